/// Writes JSON to the end of a buffer, without an allocation for each value.
public enum JSONWriter {
  /// What stands between the parts.
  public enum Style: Sendable {
    /// `[1,2]`, for records.
    case compact
    /// `[1, 2]`, as Python prints lists.
    case spaced
  }

  /// How numbers are written that JSON cannot write.
  public enum NonFinite: Sendable {
    /// As the texts "NaN", "Infinity" and "-Infinity".
    case text
    /// As null: which it was stands elsewhere.
    case null
    /// As NaN, Infinity and -Infinity, which is no JSON. Python's reader takes it, and so does
    /// DuckDB where it casts a text to a list.
    case bare
  }

  /// Text that is JSON already, or a part of it.
  @inline(__always)
  public static func raw(_ text: String, to buffer: inout [UInt8]) {
    buffer.append(contentsOf: text.utf8)
  }

  /// Any value. Numbers keep all their bits: an f64 is written with as few digits
  /// as tell it from its neighbours and never looks like an integer; bytes become
  /// `{"base64":"..."}`. O(size).
  public static func value(
    _ value: Value, style: Style = .compact, nonFinite: NonFinite = .text,
    to buffer: inout [UInt8]
  ) {
    switch value {
    case .null: raw("null", to: &buffer)
    case .bool(let value): raw(value ? "true" : "false", to: &buffer)
    case .integer(let value): integer(value, to: &buffer)
    case .unsigned(let value): unsigned(value, to: &buffer)
    case .number(let value): number(value, nonFinite: nonFinite, to: &buffer)
    case .text(let value): text(value, to: &buffer)
    case .bytes(let value):
      raw(style == .compact ? "{\"base64\":\"" : "{\"base64\": \"", to: &buffer)
      Base64.encode(value, to: &buffer)
      raw("\"}", to: &buffer)
    case .integers(let values):
      list(values, style, to: &buffer) { value, buffer in integer(value, to: &buffer) }
    case .numbers(let values):
      list(values, style, to: &buffer) { value, buffer in
        number(value, nonFinite: nonFinite, to: &buffer)
      }
    case .record(let fields):
      buffer.append(UInt8(ascii: "{"))
      for (index, field) in fields.enumerated() {
        if index > 0 { comma(style, to: &buffer) }
        text(field.name, to: &buffer)
        buffer.append(UInt8(ascii: ":"))
        if style == .spaced { buffer.append(UInt8(ascii: " ")) }
        self.value(field.value, style: style, nonFinite: nonFinite, to: &buffer)
      }
      buffer.append(UInt8(ascii: "}"))
    }
  }

  /// A text in quotes. O(length).
  public static func text(_ text: String, to buffer: inout [UInt8]) {
    buffer.append(UInt8(ascii: "\""))
    if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C || $0 >= 0x7F }) {
      escaped(text.utf8, to: &buffer)
    } else {
      buffer.append(contentsOf: text.utf8)
    }
    buffer.append(UInt8(ascii: "\""))
  }

  /// A text in quotes that is known to be UTF-8. O(length).
  static func text(_ bytes: ArraySlice<UInt8>, to buffer: inout [UInt8]) {
    buffer.append(UInt8(ascii: "\""))
    escaped(bytes, to: &buffer)
    buffer.append(UInt8(ascii: "\""))
  }

  private static func escaped(_ bytes: some Sequence<UInt8>, to buffer: inout [UInt8]) {
    for byte in bytes {
      escaped(byte, to: &buffer)
      // The last byte of characters that control terminals or are invisible.
      if byte >= 0x7F { hide(&buffer) }
    }
  }

  /// Escapes the last character as its number if it controls a terminal, turns text around or hides
  /// it. Readers of JSON see the same character.
  private static func hide(_ buffer: inout [UInt8]) {
    let end = buffer.count
    let code: UInt32
    let length: Int
    switch (end > 2 ? buffer[end - 3] : 0, end > 1 ? buffer[end - 2] : 0, buffer[end - 1]) {
    case (_, _, 0x7F): (code, length) = (0x7F, 1)
    case (_, 0xC2, let last) where last < 0xA0: (code, length) = (UInt32(last), 2)
    case (_, 0xD8, 0x9C): (code, length) = (0x61C, 2)
    case (0xE2, 0x80, let last) where 0x8B...0x8F ~= last || 0xA8...0xAE ~= last:
      (code, length) = (0x2000 + UInt32(last & 0x3F), 3)
    case (0xE2, 0x81, let last) where 0xA0...0xAF ~= last:
      (code, length) = (0x2040 + UInt32(last & 0x3F), 3)
    case (0xEF, 0xBB, 0xBF): (code, length) = (0xFEFF, 3)
    default: return
    }
    buffer.removeLast(length)
    raw("\\u", to: &buffer)
    for shift: UInt32 in [12, 8, 4, 0] {
      let digit = UInt8(truncatingIfNeeded: code >> shift & 15)
      buffer.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
  }

  private static func escaped(_ byte: UInt8, to buffer: inout [UInt8]) {
    switch byte {
    case 0x22, 0x5C:
      buffer.append(0x5C)
      buffer.append(byte)
    case 0x20...: buffer.append(byte)
    case 0x08: raw("\\b", to: &buffer)
    case 0x09: raw("\\t", to: &buffer)
    case 0x0A: raw("\\n", to: &buffer)
    case 0x0C: raw("\\f", to: &buffer)
    case 0x0D: raw("\\r", to: &buffer)
    default:
      raw("\\u00", to: &buffer)
      buffer.append(0x30 + byte >> 4)
      let low = byte & 15
      buffer.append(low < 10 ? 0x30 + low : 0x61 + low - 10)
    }
  }

  public static func integer(_ value: Int64, to buffer: inout [UInt8]) {
    if value < 0 { buffer.append(UInt8(ascii: "-")) }
    unsigned(value.magnitude, to: &buffer)
  }

  @inline(__always)
  public static func unsigned(_ value: UInt64, to buffer: inout [UInt8]) {
    DecimalText.whole(value, to: &buffer)
  }

  public static func number(
    _ value: Double, nonFinite: NonFinite = .text, to buffer: inout [UInt8]
  ) {
    if value.isFinite { return DecimalText.number(value, to: &buffer) }
    let name = NonFiniteName.name(value)
    switch nonFinite {
    case .null: raw("null", to: &buffer)
    case .bare: raw(name, to: &buffer)
    case .text: text(name, to: &buffer)
    }
  }

  /// Seconds with at most nine decimals and never an exponent: 0.000012.
  public static func seconds(_ value: Double, to buffer: inout [UInt8]) {
    guard value.magnitude < 9e9 else { return number(value, to: &buffer) }
    let nanoseconds = UInt64(value.magnitude * 1e9 + 0.5)
    if value < 0, nanoseconds > 0 { buffer.append(UInt8(ascii: "-")) }
    unsigned(nanoseconds / 1_000_000_000, to: &buffer)
    // A number with a point is told from an integer.
    buffer.append(UInt8(ascii: "."))
    let fraction = nanoseconds % 1_000_000_000
    if fraction == 0 { return buffer.append(0x30) }
    DecimalText.fixed(fraction, 9, to: &buffer)
    while buffer[buffer.count - 1] == 0x30 { buffer.removeLast() }
  }

  @inline(__always)
  private static func list<Element>(
    _ values: [Element], _ style: Style, to buffer: inout [UInt8],
    _ write: (Element, inout [UInt8]) -> Void
  ) {
    buffer.append(UInt8(ascii: "["))
    var isFirst = true
    for value in values {
      if !isFirst { comma(style, to: &buffer) }
      isFirst = false
      write(value, &buffer)
    }
    buffer.append(UInt8(ascii: "]"))
  }

  private static func comma(_ style: Style, to buffer: inout [UInt8]) {
    buffer.append(UInt8(ascii: ","))
    if style == .spaced { buffer.append(UInt8(ascii: " ")) }
  }
}

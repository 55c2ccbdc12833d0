/// Appends JSON to a buffer of UTF-8.
///
/// Numbers read back as the same bits: doubles in their shortest form, always
/// with a point or an exponent, so that they are told from integers. What JSON
/// has no number for is a text: "NaN", "Infinity", "-Infinity". Bytes are
/// `{"base64":"..."}`.
public enum JSONWriter {
  /// How elements are set apart.
  public enum Style: Sendable {
    /// `[1,2]`: records.
    case compact
    /// `[1, 2]`: the triple, as Python prints lists.
    case spaced
  }

  public static func raw(_ text: String, to buffer: inout [UInt8]) {
    buffer.append(contentsOf: text.utf8)
  }

  public static func value(_ value: Value, style: Style = .compact, to buffer: inout [UInt8]) {
    switch value {
    case .null: raw("null", to: &buffer)
    case .bool(let value): raw(value ? "true" : "false", to: &buffer)
    case .integer(let value): integer(value, to: &buffer)
    case .unsigned(let value): raw(String(value), to: &buffer)
    case .number(let value): number(value, to: &buffer)
    case .text(let value): text(value, to: &buffer)
    case .bytes(let value):
      raw(style == .compact ? "{\"base64\":\"" : "{\"base64\": \"", to: &buffer)
      Base64.encode(value, to: &buffer)
      raw("\"}", to: &buffer)
    case .integers(let values):
      list(values, to: &buffer, style, open: "[", close: "]") { integer($0, to: &$1) }
    case .numbers(let values):
      list(values, to: &buffer, style, open: "[", close: "]") { number($0, to: &$1) }
    case .record(let fields):
      list(fields, to: &buffer, style, open: "{", close: "}") { field, buffer in
        text(field.name, to: &buffer)
        raw(style == .compact ? ":" : ": ", to: &buffer)
        self.value(field.value, style: style, to: &buffer)
      }
    }
  }

  private static func list<Element>(
    _ elements: [Element], to buffer: inout [UInt8], _ style: Style, open: String, close: String,
    _ write: (Element, inout [UInt8]) -> Void
  ) {
    raw(open, to: &buffer)
    var isFirst = true
    for element in elements {
      if !isFirst { raw(style == .compact ? "," : ", ", to: &buffer) }
      isFirst = false
      write(element, &buffer)
    }
    raw(close, to: &buffer)
  }

  public static func integer(_ value: Int64, to buffer: inout [UInt8]) {
    if value < 0 { buffer.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    let start = buffer.count
    repeat {
      buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    // The digits came from the back.
    var low = start
    var high = buffer.count - 1
    while low < high {
      buffer.swapAt(low, high)
      low += 1
      high -= 1
    }
  }

  public static func number(_ value: Double, to buffer: inout [UInt8]) {
    if value.isFinite {
      raw(value.description, to: &buffer)
    } else {
      raw(value.isNaN ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"", to: &buffer)
    }
  }

  public static func text(_ value: String, to buffer: inout [UInt8]) {
    buffer.append(UInt8(ascii: "\""))
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        buffer.append(UInt8(ascii: "\\"))
        buffer.append(byte)
      case 0x0A: raw("\\n", to: &buffer)
      case 0x0D: raw("\\r", to: &buffer)
      case 0x09: raw("\\t", to: &buffer)
      case 0..<0x20, 0x7F:
        raw("\\u00", to: &buffer)
        buffer.append(hexadecimal[Int(byte >> 4)])
        buffer.append(hexadecimal[Int(byte & 15)])
      default: buffer.append(byte)
      }
    }
    buffer.append(UInt8(ascii: "\""))
  }

  private static let hexadecimal = Array("0123456789abcdef".utf8)

  /// Seconds in plain decimals to the nanosecond, without trailing zeros.
  public static func seconds(_ seconds: Double, to buffer: inout [UInt8]) {
    let nanoseconds = seconds > 0 ? UInt64(min(seconds * 1e9, 1e18).rounded()) : 0
    integer(Int64(nanoseconds / 1_000_000_000), to: &buffer)
    var fraction = nanoseconds % 1_000_000_000
    if fraction == 0 { return }
    var digits = 9
    while fraction % 10 == 0 {
      fraction /= 10
      digits -= 1
    }
    buffer.append(UInt8(ascii: "."))
    let start = buffer.count
    buffer.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits))
    for index in stride(from: start + digits - 1, through: start, by: -1) {
      buffer[index] = UInt8(ascii: "0") + UInt8(fraction % 10)
      fraction /= 10
    }
  }
}

/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: [UInt8], to buffer: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
      let rest = bytes.count - index
      let a = bytes[index]
      let b = rest > 1 ? bytes[index + 1] : 0
      let c = rest > 2 ? bytes[index + 2] : 0
      buffer.append(alphabet[Int(a >> 2)])
      buffer.append(alphabet[Int((a & 3) << 4 | b >> 4)])
      buffer.append(rest > 1 ? alphabet[Int((b & 15) << 2 | c >> 6)] : UInt8(ascii: "="))
      buffer.append(rest > 2 ? alphabet[Int(c & 63)] : UInt8(ascii: "="))
      index += 3
    }
  }

  /// Appends what a text stands for; false, and nothing appended, if it is no base64.
  static func decode(_ text: some Collection<UInt8>, into buffer: inout [UInt8]) -> Bool {
    let before = buffer.count
    var bits: UInt32 = 0
    var count = 0
    var padding = 0
    for byte in text {
      count += 1
      if byte == UInt8(ascii: "=") {
        padding += 1
      } else if let value = value(byte), padding == 0 {
        bits = bits << 6 | value
        if count % 4 == 0 {
          buffer.append(UInt8(truncatingIfNeeded: bits >> 16))
          buffer.append(UInt8(truncatingIfNeeded: bits >> 8))
          buffer.append(UInt8(truncatingIfNeeded: bits))
          bits = 0
        }
        continue
      } else {
        padding = 3
        break
      }
    }
    var isSound = count % 4 == 0 && padding <= 2
    // The bits that padding leaves over must be zero.
    if isSound, padding == 1 {
      isSound = bits & 3 == 0
      buffer.append(UInt8(truncatingIfNeeded: bits >> 10))
      buffer.append(UInt8(truncatingIfNeeded: bits >> 2))
    } else if isSound, padding == 2 {
      isSound = bits & 15 == 0
      buffer.append(UInt8(truncatingIfNeeded: bits >> 4))
    }
    if !isSound { buffer.removeLast(buffer.count - before) }
    return isSound
  }

  private static func value(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a") + 26)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0") + 52)
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}

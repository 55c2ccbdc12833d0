/// RFC 4648, section 4, and nothing laxer: padded, no line breaks, no stray bits.
enum Base64 {
  static func encode(_ bytes: [UInt8], to buffer: inout [UInt8]) {
    var index = 0
    while index + 2 < bytes.count {
      append(bytes[index], bytes[index + 1], bytes[index + 2], digits: 4, to: &buffer)
      index += 3
    }
    switch bytes.count - index {
    case 1: append(bytes[index], 0, 0, digits: 2, to: &buffer)
    case 2: append(bytes[index], bytes[index + 1], 0, digits: 3, to: &buffer)
    default: break
    }
  }

  private static func append(
    _ first: UInt8, _ second: UInt8, _ third: UInt8, digits: Int, to buffer: inout [UInt8]
  ) {
    let word = UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
    for place in 0..<4 {
      let value = UInt8(word >> UInt32(18 - 6 * place) & 63)
      buffer.append(place < digits ? digit(value) : UInt8(ascii: "="))
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + value - 26
    case 52..<62: UInt8(ascii: "0") + value - 52
    case 62: UInt8(ascii: "+")
    default: UInt8(ascii: "/")
    }
  }

  private static func value(_ digit: UInt8) -> UInt32? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }

  /// Replaces the base64 text that `buffer` ends with, from `start` on, by its
  /// bytes. Returns what is wrong if it is not base64; then the text is removed. O(length).
  static func decode(in buffer: inout [UInt8], from start: Int) -> Base64Problem? {
    let count = buffer.count - start
    var padding = 0
    while padding < min(2, count), buffer[buffer.count - 1 - padding] == UInt8(ascii: "=") {
      padding += 1
    }
    var word: UInt32 = 0
    var target = start
    var problem: Base64Problem? = count & 3 == 0 ? nil : .length(count)
    for index in 0..<count - padding {
      guard let value = value(buffer[start + index]) else {
        problem = wrongDigit(buffer[(start + index)...])
        break
      }
      word = word << 6 | value
      // Every digit but the first of four completes a byte.
      if index & 3 > 0 {
        buffer[target] = UInt8(truncatingIfNeeded: word >> UInt32(6 - 2 * (index & 3)))
        target += 1
      }
    }
    let strayBits: UInt32 = padding == 1 ? 3 : padding == 2 ? 15 : 0
    if problem == nil, word & strayBits != 0 { problem = .strayBits }
    buffer.removeLast(buffer.count - (problem == nil ? target : start))
    return problem
  }

  private static func wrongDigit(_ rest: ArraySlice<UInt8>) -> Base64Problem {
    if rest.first == UInt8(ascii: "=") { return .padding }
    return .character(String(decoding: rest.prefix(4), as: UTF8.self).unicodeScalars.first ?? " ")
  }
}

import KernelHostModel

/// Texts by number, each kept once. Number 0 is the empty text.
struct TextTable {
  private(set) var texts = [""]
  private var numbers: [ExactText: UInt32] = [ExactText(""): 0]
  /// The size of all texts together.
  private(set) var bytes = 0

  /// Longer texts are cut, and say so.
  static let textLimit = 2000

  subscript(number: UInt32) -> String { texts[Int(number)] }

  /// Returns the number of a text, which is cut if it is too long. O(length).
  mutating func number(of text: String) -> UInt32 {
    let text = Self.clipped(text)
    if let number = numbers[ExactText(text)] { return number }
    let number = UInt32(texts.count)
    texts.append(text)
    numbers[ExactText(text)] = number
    bytes += text.utf8.count + 32
    return number
  }

  /// Returns the text, or its first bytes and its length. O(length).
  static func clipped(_ text: String, most: Int = textLimit) -> String {
    let count = text.utf8.count
    if count <= most { return text }
    // The cut must not split a character.
    var end = text.utf8.index(text.utf8.startIndex, offsetBy: most)
    while text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
    return text[..<end] + Wording.cut(bytes: count)
  }
}

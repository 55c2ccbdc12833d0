@testable import KernelHostModel

/// Whether a message is fit for a person and for a terminal.
enum MessageCheck {
  /// Why a message is not; empty: it is.
  /// `file`: the bytes of another file that the message can be about.
  static func faults(
    of error: Diagnostic, in source: SourceText, file: [UInt8] = []
  ) -> [String] {
    let foreign = source.bytes + file
    var faults: [String] = []
    if !(0...source.bytes.count).contains(error.place) { faults.append("place \(error.place)") }
    let sentence = Wording.sentence(error.problem, in: source)
    if sentence.utf8.count < 10 { faults.append("short") }
    // Names of kernels and parameters are cut; paths and lists have their own limits.
    if sentence.utf8.count > 2500 { faults.append("long: \(sentence.utf8.count)") }
    for word in ["Optional(", "KernelHostModel.", "(problem:", "Swift."]
    where sentence.contains(word) {
      if !foreign.contains(word) { faults.append(word) }
    }
    if sentence.contains("nil"), !foreign.contains("nil") { faults.append("nil") }
    for columns in [20, 79, 100] {
      let text = error.rendered(in: source, columns: columns)
      if text.unicodeScalars.contains(where: { Self.isUnfit($0) && $0 != "\n" }) {
        faults.append("controls in \(text.debugDescription)")
      }
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      if lines.count != (error.problem.hasExcerpt ? 3 : 1) { faults.append("lines of \(text)") }
      if withoutColours(Paint.message(text)) != text { faults.append("colours") }
    }
    return faults
  }

  /// Without sequences like ESC [ 1 ; 31 m.
  private static func withoutColours(_ text: String) -> String {
    var isInside = false
    return String(
      decoding: text.utf8.filter { byte in
        if byte == 0x1B { isInside = true }
        defer { if isInside, byte == UInt8(ascii: "m") { isInside = false } }
        return !isInside
      }, as: UTF8.self)
  }

  /// What a terminal obeys, or turns a line around with.
  private static func isUnfit(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
    case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
    default: false
    }
  }
}

extension [UInt8] {
  fileprivate func contains(_ word: String) -> Bool { firstRange(of: Array(word.utf8)) != nil }
}

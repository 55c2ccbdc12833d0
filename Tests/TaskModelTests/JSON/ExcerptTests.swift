import Glibc
import Testing

@testable import KernelHostModel

/// Held against the C library's own `wcwidth`, which terminals use or agree with.
struct ExcerptTests {
  private struct Shown {
    let line: [Unicode.Scalar]
    /// Columns before the caret.
    let caret: Int

    init(_ bytes: [UInt8], _ place: Int, columns: Int) {
      let source = SourceText(name: "m", bytes: bytes)
      let text = source.excerpt(at: source.position(of: place), columns: columns)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      line = Array(lines[0].unicodeScalars)
      caret = lines.last.map { $0.unicodeScalars.count - 1 } ?? -1
    }

    var columns: Int { line.reduce(0) { $0 + ExcerptTests.width($1) } }

    /// What begins in the column of the caret; nil: nothing does.
    var aboveCaret: Unicode.Scalar? {
      var column = 0
      for scalar in line {
        let width = ExcerptTests.width(scalar)
        if column == caret, width > 0 { return scalar }
        column += width
      }
      return nil
    }
  }

  private nonisolated(unsafe) static let locale: locale_t? = unsafe newlocale(
    LC_CTYPE_MASK, "C.UTF-8", nil)

  /// Not imported.
  private nonisolated(unsafe) static let wcwidth = unsafe unsafeBitCast(
    dlsym(nil, "wcwidth"), to: (@convention(c) (Int32) -> Int32).self)

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    let before = unsafe uselocale(locale)
    defer { _ = unsafe uselocale(before) }
    return Int(unsafe wcwidth(Int32(bitPattern: scalar.value)))
  }

  /// A character as an excerpt shows it; nil: it stands on the one before, or is not shown.
  private static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x09: return " "
    case 0..<0x20: return Unicode.Scalar(0x2400 + scalar.value)
    case 0x7F: return "\u{2421}"
    case 0x1F1E6...0x1F1FF: return Unicode.Scalar(scalar.value - 0x1F1E6 + 0x41)
    case 0x1F3FB...0x1F3FF: return nil
    case 0x200B, 0x202E, 0xFEFF, 0xE000, 0x9B: return "\u{FFFD}"
    default: return width(scalar) == 0 ? nil : scalar
    }
  }

  private static let characters: [Unicode.Scalar] = Array(
    ("abcdefghijklmnopqrstuvwxyz{}[]\":,0123456789   \t\t\u{1B}\u{7}\u{7F}\u{9B}"
      + "éßñøЖλשع€中文字日本語テスト한국어ｆｕｌｌ，、。e\u{301}a\u{308}\u{20DD}o\u{302}\u{323}"
      + "😀🎉🚀👨\u{200D}👩\u{200D}👧❤\u{FE0F}👍\u{1F3FD}🇩🇪🇯🇵☎✈⌚⛔"
      + "\u{200B}\u{200C}\u{202E}\u{FEFF}\u{E000}\u{1100}\u{1161}\u{11A8}𝔸𠀀").unicodeScalars)

  /// Above the caret stands the character at the place, whatever the line and the width.
  @Test func theCaretStandsUnderTheCharacter() {
    var random = SystemRandomNumberGenerator()
    for round in 0..<1500 {
      let count = Int.random(in: 0...(round % 3 == 0 ? 400 : 60), using: &random)
      let line = (0..<count).map { _ in Self.characters.randomElement(using: &random)! }
      let end = ["", "\n", "\r\n", "\nmore"].randomElement(using: &random)!
      let columns = Int.random(in: 20...160, using: &random)
      var bytes = Array("first line\r\n".utf8)
      var places: [Int] = []
      for scalar in line {
        places.append(bytes.count)
        bytes += Array(String(scalar).utf8)
      }
      places.append(bytes.count)
      bytes += Array(end.utf8)
      for index in [0, count / 2, max(count - 1, 0), count, Int.random(in: 0...count)] {
        let shown = Shown(bytes, places[index], columns: columns)
        let text = String(String.UnicodeScalarView(line))
        #expect(shown.columns <= columns, "\(columns): \(text.debugDescription)")
        #expect(shown.caret >= 0 && shown.caret <= columns, "\(text.debugDescription)")
        if index == count {
          // Behind the last character.
          #expect(shown.caret == shown.columns, "\(text.debugDescription)")
          continue
        }
        // The one that a mark stands on; a mark at the beginning of a line stands on none.
        guard let base = line[...index].last(where: { Self.shown($0) != nil }) else { continue }
        #expect(
          shown.aboveCaret == Self.shown(base), "\(index) of \(columns): \(text.debugDescription)")
      }
    }
  }

  /// Each character takes as many columns as the C library says, but for what is younger than
  /// it, and for a few that it has otherwise than Unicode's table.
  @Test func widths() {
    let widened: [ClosedRange<UInt32>] = [0x3248...0x324F, 0x4DC0...0x4DFF, 0x1171E...0x1171E]
    var wrong: [String] = []
    for value in (0x20...0x3134F as ClosedRange<UInt32>)
    where !widened.contains(where: { $0.contains(value) }) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let widths = Printable.plain(String(scalar)).unicodeScalars.map { Self.width($0) }
      if widths == [-1] { continue }
      if [Printable.width(Printable.plain(String(scalar)))] != widths {
        wrong.append(String(value, radix: 16))
      }
    }
    let first = wrong.prefix(20).joined(separator: " ")
    #expect(wrong.count == 0, "\(first)")
  }
}

import Testing

@testable import KernelHostModel

struct NearNameTests {
  @Test func nearest() {
    let names = ["for_loop", "while_loop_increment", "sleep", "fft", "primes", "sha256"]
    for (wrong, right) in [
      ("for_lop", "for_loop"), ("forloop", "for_loop"), ("for-loop", "for_loop"),
      ("FOR_LOOP", "for_loop"), ("slepe", "sleep"), ("ftf", "fft"), ("prime", "primes"),
      ("sha265", "sha256"),
    ] {
      #expect(NearName.nearest(to: wrong, among: names) == right, "\(wrong)")
    }
    for wrong in ["", "x", "matmul", String(repeating: "for_loop", count: 1000)] {
      #expect(NearName.nearest(to: wrong, among: names) == nil, "\(wrong)")
    }
  }

  @Test func tiesAreBrokenByName() {
    #expect(NearName.nearest(to: "cat", among: ["rat", "bat", "hat"]) == "bat")
    #expect(NearName.nearest(to: "cat", among: ["hat", "bat", "rat"]) == "bat")
  }

  @Test func distances() {
    func distance(_ left: String, _ right: String) -> Int {
      NearName.distance(Array(left.unicodeScalars), Array(right.unicodeScalars))
    }
    #expect(distance("", "abc") == 3 && distance("abc", "") == 3 && distance("", "") == 0)
    #expect(distance("kitten", "sitting") == 3 && distance("abcd", "abdc") == 1)
    #expect(distance("ca", "abc") == 3)
  }
}

struct NameTableTests {
  @Test func numbers() {
    var table = NameTable()
    var known: [String: UInt32] = [:]
    var random = Random(seed: 1)
    for _ in 0..<20_000 {
      let name = "n" + String(random.below(3_000))
      let id = table.intern(name)
      #expect(known[name] == nil || known[name] == id)
      known[name] = id
      #expect(table.name(id) == name)
    }
    #expect(table.count == known.count)
    #expect(table.intern("") == UInt32(known.count) && table.name(UInt32(known.count)) == "")
  }
}

struct SourceTextTests {
  private static func shown(_ bytes: [UInt8], _ place: Int) -> [String] {
    let source = SourceText(name: "m", bytes: bytes)
    return source.excerpt(at: source.position(of: place))
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test func positions() {
    let source = SourceText(name: "m", text: "aé😀b\r\n\nc")
    for (place, line, column) in [
      (0, 1, 1), (1, 1, 2), (3, 1, 3), (7, 1, 4), (10, 2, 1), (11, 3, 1), (12, 3, 2),
      (99, 3, 2), (-1, 1, 1),
    ] {
      let position = source.position(of: place)
      #expect(position.line == line && position.column == column, "\(place)")
      for start in 0...max(0, min(place, 12)) {
        let from = source.position(of: start)
        #expect(source.position(of: place, from: from) == position)
      }
    }
    #expect(SourceText(name: "m", bytes: []).position(of: 5).column == 1)
  }

  @Test func excerpts() {
    #expect(Self.shown(Array("ab\r\ncd\r\n".utf8), 5) == ["cd", " ^"])
    #expect(Self.shown(Array("\ta\u{1B}[31mb".utf8), 7) == [" a\u{241B}[31mb", "       ^"])
    #expect(Self.shown([0x61, 0xFF, 0xFE, 0x62], 3) == ["a\u{FFFD}\u{FFFD}b", "   ^"])
    // Text that turns around, and a wide character.
    #expect(Self.shown(Array("\u{202E}中x".utf8), 6) == ["\u{FFFD}中x", "   ^"])
    #expect(Self.shown(Array("x\n".utf8), 2) == ["", "^"])
    #expect(Self.shown([], 0) == ["", "^"])
  }

  @Test func longLines() {
    let line = Array(
      (String(repeating: "é", count: 500) + "!" + String(repeating: "z", count: 500)).utf8)
    let shown = Self.shown(line, 1000)
    #expect(shown[0].count == 100 && shown[0].hasPrefix("...é") && shown[0].hasSuffix("z..."))
    #expect(Array(shown[0])[shown[1].count - 1] == "!")
    // A line that fits is shown whole.
    #expect(Self.shown(Array(String(repeating: "a", count: 100).utf8), 99)[0].count == 100)
    // No text at all, and much of it.
    let noise = [UInt8](repeating: 0x80, count: 100_000)
    #expect(Self.shown(noise, 50_000)[0].unicodeScalars.count < 120)
  }
}

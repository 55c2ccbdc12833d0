import Testing

@testable import KernelHostModel

/// The table of the tasks' names.
struct TaskNamesTests {
  /// Tasks with some names, which stand end to end.
  private static func tasks(_ names: [[UInt8]]) -> (tasks: [Manifest.Task], text: [UInt8]) {
    var text: [UInt8] = []
    let tasks = names.map { name in
      defer { text += name }
      return Manifest.Task(
        kernel: 0, firstArgument: 0, name: PoolRange(start: text.count, count: name.count),
        place: 0, timeout: 0)
    }
    return (tasks, text)
  }

  /// Enters names and compares with a dictionary: what is found, and which are there twice.
  private static func compare(_ names: [[UInt8]], seed: UInt64 = 1) {
    var (tasks, text) = tasks(names)
    var table = TaskNames(seed: seed)
    let duplicates = table.enterAll(&tasks, text)
    var first: [[UInt8]: Int] = [:]
    var expected: [[Int]] = []
    for (number, name) in names.enumerated() where !name.isEmpty {
      if let other = first[name] { expected.append([number, other]) } else { first[name] = number }
    }
    #expect(duplicates.map { [$0.task, $0.first] } == expected)
    #expect(duplicates.allSatisfy { tasks[$0.task].name.isEmpty })
    for (name, number) in first {
      let start = text.count
      text += name
      let found = table.find(start..<text.count, tasks, text)
      #expect(found == number, "\(name)")
      if found != number { return }
    }
    for name in first.keys.prefix(100) {
      for other in [name + [0], Array(name.dropLast()), name + name] where first[other] == nil {
        let start = text.count
        text += other
        #expect(table.find(start..<text.count, tasks, text) == nil)
      }
    }
  }

  private static func compare(_ names: [String]) { compare(names.map { Array($0.utf8) }) }

  @Test func fewAndNone() {
    Self.compare([String]())
    Self.compare(["a"])
    Self.compare(["", "a", "", "a", "b", "a", "b"])
    #expect(TaskNames().find(0..<0, [], []) == nil)
  }

  /// Each length up to some words, each as a prefix of the next, and two of each.
  @Test func prefixes() {
    let names = (1...70).map { String(repeating: "x", count: $0) }
    Self.compare(names + names.map { $0 + "y" } + names)
    let zeros = (1...40).map { [UInt8](repeating: 0, count: $0) }
    Self.compare(zeros + zeros)
  }

  /// Bytes count, and not characters.
  @Test func unicode() {
    Self.compare(["é", "e\u{301}", "É", "日本語", "日本", "😀", "\u{0}", "ß", "ss", "é"])
  }

  /// Names whose hashes have the same 32 bits, under a seed that is known, are told apart. Of so
  /// many names about ten pairs are such.
  @Test func collisions() {
    var known: [UInt64: [UInt8]] = [:]
    var colliding: [[UInt8]] = []
    for number in 0..<300_000 {
      let name = Array("task \(number)".utf8)
      let tag = NameHash.quick(name.span, name.indices, seed: 1) >> 32
      if let other = known[tag] { colliding += [other, name] } else { known[tag] = name }
    }
    #expect(colliding.count >= 4)
    Self.compare(colliding)
    Self.compare(colliding + colliding.reversed())
  }

  /// Each bit of a name changes about half of the bits of its hash that count, and no seed makes
  /// two of them the same.
  @Test func bitsSpread() {
    for length in [1, 7, 8, 9, 16, 17, 33] {
      var changed = 0
      for seed in 0..<UInt64(20) {
        let name = [UInt8](repeating: 0x61, count: length)
        let hash = NameHash.quick(name.span, name.indices, seed: seed &* 0x9E37_79B9_7F4A_7C15)
        for bit in 0..<length * 8 {
          var other = name
          other[bit / 8] ^= 1 << UInt8(bit % 8)
          let hashed = NameHash.quick(
            other.span, other.indices, seed: seed &* 0x9E37_79B9_7F4A_7C15)
          changed += ((hash ^ hashed) >> 32).nonzeroBitCount
        }
      }
      let mean = Double(changed) / Double(20 * length * 8)
      #expect((15.5...16.5).contains(mean), "\(length): \(mean)")
    }
  }

  /// Names that a table of one seed has in one place are spread by another seed.
  @Test func hostileNames() {
    let slots: UInt64 = 1 << 12
    var crowded: [[UInt8]] = []
    var number = 0
    while crowded.count < 200 {
      let name = Array("h\(number)".utf8)
      if NameHash.quick(name.span, name.indices, seed: 7) >> 52 == 5 { crowded.append(name) }
      number += 1
    }
    let places = Set(
      crowded.map { NameHash.quick($0.span, $0.indices, seed: 8) >> 52 & (slots - 1) })
    #expect(places.count > 150)
    Self.compare(crowded, seed: 7)
  }

  /// Ten million where a release is tested; a hundred thousand in debug.
  @Test func many() {
    #if DEBUG
      let count = 100_000
    #else
      let count = 10_000_000
    #endif
    var text: [UInt8] = []
    var tasks: [Manifest.Task] = []
    for number in 0..<count {
      let start = text.count
      text += "t".utf8
      JSONWriter.integer(Int64(number % (count - 10)), to: &text)
      tasks.append(
        Manifest.Task(
          kernel: 0, firstArgument: 0, name: PoolRange(start: start, count: text.count - start),
          place: 0, timeout: 0))
    }
    var table = TaskNames()
    let duplicates = table.enterAll(&tasks, text)
    #expect(duplicates.map { $0.first } == Array(0..<10))
    let wrong = stride(from: 0, to: count - 10, by: 97).count {
      table.find(tasks[$0].name.indices, tasks, text) != $0
    }
    #expect(wrong == 0)
  }

  /// The hash that journals keep has not changed.
  @Test func theHashOfJournals() {
    let text = Array("a hash that is kept, of 42 bytes and so on".utf8)
    func slow(_ range: Range<Int>) -> UInt64 {
      var hash = 9 ^ UInt64(range.count) &* 0x9E37_79B9_7F4A_7C15
      func mix(_ word: UInt64) {
        let product = (hash ^ word ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(
          by: hash &+ 0xE703_7ED1_A0B4_28DB)
        hash = product.high ^ product.low
      }
      var word: UInt64 = 0
      for (index, byte) in text[range].enumerated() {
        word = word << 8 | UInt64(byte)
        if index % 8 == 7 {
          mix(word)
          word = 0
        }
      }
      mix(word)
      return hash
    }
    for start in 0..<text.count {
      for end in start...text.count {
        #expect(NameHash.of(text, start..<end, seed: 9) == slow(start..<end))
      }
    }
  }
}

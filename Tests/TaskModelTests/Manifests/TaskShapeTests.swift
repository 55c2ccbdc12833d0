import KernelHostTestSupport
import Testing

@testable import KernelHostModel

/// Tasks that are read by the shape of one before them are those that the parser reads.
struct TaskShapeTests {
  private static func compare(
    _ text: String, _ format: ManifestFormat = .json,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let source = SourceText(name: "m", text: text)
    let quick = ManifestReader.read(source, format: format, usesShapes: true)
    let slow = ManifestReader.read(source, format: format, usesShapes: false)
    #expect(Exercise.same(quick, slow), "\(text)", sourceLocation: sourceLocation)
  }

  private static let model = """
    {"name": "t1", "kernel": "everything", "args": {"number": 1, "real": 2.5, "text": "abc", \
    "flag": true}, "after": "t0"}
    """

  /// Second tasks that differ from the first in one place, of every kind.
  @Test func oneDifference() {
    let changes: [(String, String)] = [
      ("\"t1\"", "\"t2\""), ("\"t1\"", "\"\""), ("\"t1\"", "\"t\\u0031\""), ("\"t1\"", "\"é\""),
      ("\"t1\"", "\"t1"), ("\"t1\"", "null"), ("\"t1\"", "\"a\tb\""), ("\"t1\"", "t1"),
      (": 1", ": -0"), (": 1", ": 01"), (": 1", ": 1.5"), (": 1", ": 1e3"), (": 1", ": 1e400"),
      (": 1", ": 9223372036854775807"), (": 1", ": 18446744073709551615"), (": 1", ": -"),
      (": 1", ": 99999999999999999999"), (": 1", ": \"1\""), (": 1", ": [1]"), (": 1", ": 1x"),
      (": 1", ": null"), (": 1", ":  1 "), (": 1", ":\n1"), ("2.5", "2."), ("2.5", "-2.5e-7"),
      ("2.5", "2.50000000000000000000001"), ("2.5", "+2.5"), ("2.5", ".5"), ("2.5", "2.5.5"),
      ("2.5", "0.00000000000000000000000125"), ("2.5", "true"), ("true", "false"), ("true", "tru"),
      ("true", "truex"), ("\"abc\"", "\"\""), ("\"abc\"", "\"a\\\"c\""), ("\"abc\"", "\"日本\""),
      ("\"real\"", "\"reel\""), ("\"real\"", "\"number\""), ("everything", "nothing"),
      ("everything", "everythinG"), ("\"t0\"", "\"t1\""), ("\"t0\"", "\"\""),
      ("\"t0\"", "[\"t0\"]"),
      (", \"after\": \"t0\"", ""), ("\"t0\"}", "\"t0\", \"timeout\": 3}"), ("\"t0\"}", "\"t0\""),
      ("\"t0\"}", "\"t0\"]"), ("\"t0\"}", "\"t0\" x}"),
      ("{\"name\"", "{ \"name\""), ("\"args\"", "\"name\""), ("\"kernel\"", "\"kernal\""),
    ]
    for (from, to) in changes {
      let other = Self.model.replacing(from, with: to)
      #expect(other != Self.model)
      Self.compare("[\(Self.model),\n\(other)]")
      Self.compare("[\(Self.model),\n\(other),\(Self.model),\(other)]")
      Self.compare("{\"tasks\": [\(Self.model),\n\(other), \(Self.model)\n]}")
      Self.compare("\(Self.model)\n\(other)\n\(Self.model)\n", .jsonl)
      Self.compare("\(Self.model)\n\(other)", .jsonl)
    }
  }

  /// A text that ends anywhere in a task that has the shape of the one before.
  @Test func cutOff() {
    let text = "[\(Self.model),\n\(Self.model)]"
    for count in 0...text.utf8.count { Self.compare(String(text.prefix(count))) }
    let lines = "\(Self.model)\n\(Self.model)\n\(Self.model)"
    for count in 0...lines.utf8.count { Self.compare(String(lines.prefix(count)), .jsonl) }
    for place in 0...Self.model.utf8.count {
      var broken = Self.model
      broken.insert("\n", at: broken.index(broken.startIndex, offsetBy: min(place, broken.count)))
      Self.compare("\(Self.model)\n\(broken)\n\(Self.model)", .jsonl)
    }
  }

  /// More shapes than are kept, in turns and at random.
  @Test func manyShapes() {
    var random = Random(seed: 4)
    for kinds in [2, 3, 8, 9, 40] {
      for isRandom in [false, true] {
        let tasks = (0..<200).map { number in
          let kind = isRandom ? Int.random(in: 0..<kinds, using: &random) : number % kinds
          return "{\"kernel\": \"k\(kind)\", \"name\": \"n\(number % 150)\", \"args\": [\(number)]}"
        }
        Self.compare("[" + tasks.joined(separator: ", ") + "]")
        Self.compare(tasks.joined(separator: "\n"), .jsonl)
      }
    }
  }

  /// Shapes that never come again are not kept for ever.
  @Test func uselessShapes() {
    var shapes = TaskShapes()
    for number in 0..<1000 where shapes.areWanted {
      let text = Array("{\"kernel\":\"k\(number)\"}".utf8)
      if let shape = TaskShape(text, text.indices, [], kernel: 0) { shapes.add(shape) }
    }
    #expect(!shapes.areWanted && shapes.all.count == TaskShapes.most)
    #expect(TaskShape([UInt8](repeating: 1, count: 9000), 0..<9000, [], kernel: 0) == nil)
  }

  /// Mistakes that the planner finds in such tasks have their places.
  @Test func placesOfMistakes() {
    func task(_ change: (from: String, to: String) = ("", "")) -> String {
      "{\"kernel\": \"for_loop\", \"args\": {\"max\": 3, \"increment\": 1}}"
        .replacing(change.from, with: change.to)
    }
    let says = TestKernels.complaints(
      "[\(task()),\n\(task()),\n\(task(("3", "1.5"))),\n\(task(("max", "maximum"))),\n"
        + "\(task(("for_loop", "for_lop")))]")
    #expect(says.count == 3)
    #expect(says.map { $0.prefix(5) } == ["3:40:", "4:33:", "5:12:"])
  }
}

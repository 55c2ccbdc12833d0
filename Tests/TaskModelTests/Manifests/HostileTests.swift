import Testing

@testable import KernelHostModel

/// Bytes that nobody meant: no crash, no hang, and every mistake has its place.
struct HostileTests {
  private static let ordinary = """
    { "mode": "concurrent", "isolation": "none", "plugins": [],
      "defaults": { "timeout": 1e1 }, "metadata": { "é": [1, -2.5e-3, true, null] },
      "tasks": [ { "kernel": "for_loop", "args": { "max": 3 }, "name": "a" },
        { "kernel": "logistic_map", "args": [3.5, 0.25, 9], "timeout": 2 },
        { "kernel": "everything", "name": "b\\n\\ud83d\\ude00\\"",
          "args": { "data": {"base64": "QUI="}, "real": [1, 2.5, "NaN"], "flag": false } } ] }
    """

  private static let lines = """
    {"kernel": "for_loop", "name": "a", "args": {"max": 3}}
    {"kernel": "for_loop", "name": "b", "args": [1, 2, 3], "timeout": 2.5}

    {"kernel": "everything", "args": {"whole": [1, 2], "text": "\\u00e9"}}
    """

  private static func check(_ bytes: [UInt8], _ format: ManifestFormat) -> Bool {
    let source = SourceText(name: "m", bytes: bytes)
    switch Planner.plan(source, format: format, catalogue: TestKernels.all) {
    case .success(let plan):
      for call in 0..<plan.callCount {
        plan.forEachArgument(of: plan.locate(call)) { parameter, _ in
          #expect(plan.signature(ofCall: call).parameters.indices.contains(parameter))
        }
      }
      return true
    case .failure(let found):
      #expect(found.total >= found.errors.count && !found.errors.isEmpty)
      for error in found.errors {
        #expect((0...bytes.count).contains(error.place))
        let text = error.rendered(in: source)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(lines == (error.problem.hasExcerpt ? 3 : 1))
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
      }
      return false
    }
  }

  @Test func ordinaryIsSound() {
    #expect(Self.check(Array(Self.ordinary.utf8), .json))
    #expect(Self.check(Array(Self.lines.utf8), .jsonl))
  }

  /// Cut off at every byte.
  @Test func truncation() {
    let bytes = Array(Self.ordinary.utf8)
    for count in 0..<bytes.count { #expect(!Self.check(Array(bytes[..<count]), .json), "\(count)") }
    let lines = Array(Self.lines.utf8)
    for count in 0..<lines.count { _ = Self.check(Array(lines[..<count]), .jsonl) }
  }

  @Test func mutation() {
    var random = Random(seed: 42)
    let alphabet =
      Array("{}[]\",:\\0123456789.eE+-tfn/'# \n\tu".utf8) + [0, 0x1B, 0x80, 0xC3, 0xFF]
    for round in 0..<20_000 {
      let format: ManifestFormat = round & 1 == 0 ? .json : .jsonl
      var bytes = Array((format == .json ? Self.ordinary : Self.lines).utf8)
      for _ in 0...random.below(3) {
        let place = random.below(bytes.count)
        let byte = alphabet[random.below(alphabet.count)]
        switch random.below(5) {
        case 0: bytes[place] = byte
        case 1: bytes[place] ^= 1 << UInt8(random.below(8))
        case 2: bytes.insert(byte, at: place)
        case 3: bytes.remove(at: place)
        default:
          let end = min(bytes.count, place + random.below(30))
          bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
        }
      }
      _ = Self.check(bytes, format)
    }
  }

  @Test func noise() {
    var random = Random(seed: 5)
    for _ in 0..<2_000 {
      let bytes = (0..<random.below(200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      #expect(!Self.check(bytes, .json))
      _ = Self.check(bytes, .jsonl)
    }
  }

  /// A line of 10 MB: found, and shown in part.
  @Test func longLine() {
    let text = "[{\"kernel\": \"" + String(repeating: "x", count: 10_000_000) + "\", \"q\": 1}]"
    let source = SourceText(name: "m", text: text)
    guard case .failure(let found) = Planner.plan(source, catalogue: TestKernels.all) else {
      Issue.record("a plan")
      return
    }
    #expect(found.errors.count == 2)
    #expect(found.rendered(in: source).utf8.count < 1000)
  }

  /// A million mistakes take no million of anything.
  @Test func manyMistakes() {
    let text = "[" + String(repeating: "{\"kernel\":\"nothin\"},", count: 100_000) + "{}]"
    let source = SourceText(name: "m", text: text)
    guard case .failure(let found) = Planner.plan(source, catalogue: TestKernels.all) else {
      Issue.record("a plan")
      return
    }
    #expect(found.errors.count == 20 && found.total == 100_001)
  }

  /// Names by the thousand in one object.
  @Test func manyKeys() {
    let members = (0..<20_000).map { "\"k\($0)\": \($0)" }.joined(separator: ",")
    let says = TestKernels.complaints(
      "[{\"kernel\": \"nothing\", \"args\": {\(members), \"k7\": 1}}]")
    #expect(says.count == 20 && says[0].contains("has no parameter \"k0\""))
  }

  @Test func manyNames() throws {
    let tasks = (0..<50_000).map { "{\"kernel\": \"nothing\", \"name\": \"n\($0)\"}" }
    let text = "[" + tasks.joined(separator: ",\n") + "]"
    let plan = try TestKernels.plan(text).get()
    #expect(plan.taskName(ofCall: 49_999) == "n49999")
    let twice = text.replacing("\"n49999\"", with: "\"n1234\"")
    #expect(TestKernels.complaints(twice).count == 1)
    #expect(TestKernels.complaints(twice)[0].contains("the first in line 1235, column 1;"))
  }
}

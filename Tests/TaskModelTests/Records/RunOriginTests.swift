import Testing

@testable import KernelHostModel

/// What records say of their run comes back as it was.
struct RunOriginTests {
  private static var full: RunOrigin {
    var origin = RunOrigin(
      manifest: "/a \"b\".json", source: SourceText(name: "m", text: "[]"), input: .jsonl)
    (origin.host, origin.build, origin.abi) = ("0.1.0", "00ff", "1.0")
    origin.command = ["host", "--format", "jsonl", "\u{1B}[31m\n\u{202E}"]
    (origin.folder, origin.began) = ("/é", "2026-01-01T00:00:00.000Z")
    origin.metadata = Array(#"{"a":[1,2.50,"x y"]}"#.utf8)
    (origin.mode, origin.lanes, origin.isolation, origin.sandbox) =
      ("parallel", 3, "process", "strict")
    origin.machine.system = "Linux"
    (origin.machine.release, origin.machine.machine) = ("6.1", "x86_64")
    (origin.machine.processor, origin.machine.processors) = ("Z80", 2)
    var plugin = PluginOrigin(path: "/f.c", isOfCommand: true)
    (plugin.kernels, plugin.compiler, plugin.flags) = (["f", "g"], "cc 1", ["-O2", ""])
    plugin.library = .init(path: "/f.so", bytes: 5, sha256: "ab")
    plugin.sources = [.init(path: "/f.c", bytes: 0, sha256: "cd"), .init(path: "/f.h")]
    var library = PluginOrigin(path: "libm.so.6", isOfCommand: false)
    library.functions = ["double j0(double x)"]
    origin.plugins = [plugin, library]
    return origin
  }

  private func read(_ text: String) throws -> (runs: [RunOrigin], calls: Int, isCutOff: Bool) {
    var reader = RecordReader(name: "r")
    var (runs, calls): ([RunOrigin], Int) = ([], 0)
    try reader.read(Array(text.utf8), isLast: true, run: { runs.append($0) }, { _ in calls += 1 })
    return (runs, calls, reader.isCutOff)
  }

  private func record(_ origin: RunOrigin) -> String {
    var buffer: [UInt8] = []
    origin.writeRecord(to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  @Test func comesBack() throws {
    let call = #"{"call":0,"kernel":"k","status":"ok"}"#
    let text = record(Self.full)
    #expect(!text.contains("\n") && !text.contains("\u{1B}") && !text.contains("\u{202E}"))
    let found = try read(text + "\n" + call + "\n")
    #expect(found.runs == [Self.full] && found.calls == 1)
    let least = RunOrigin(manifest: nil, source: SourceText(name: "", bytes: []), input: .json)
    #expect(try read(record(least)).runs == [least])
    #expect(Self.full.differences(from: Self.full).isEmpty)
    #expect(Self.full.commandPlugins == ["/f.c"])
  }

  /// Cut anywhere, it is the beginning of a record that a killed run leaves.
  @Test func cutOff() throws {
    let text = record(Self.full)
    for count in 1..<text.utf8.count {
      let part = String(decoding: text.utf8.prefix(count), as: UTF8.self)
      // Not inside a character.
      guard part.utf8.count == count, !part.contains("\u{FFFD}") else { continue }
      let found = try read(part)
      #expect(found.isCutOff && found.runs.isEmpty, "\(part)")
    }
    #expect(throws: RecordError.self) { _ = try read(text.dropLast(5) + "\n" + text) }
  }

  /// What is none of its kind is passed over; what is no record of a run is none of a call either.
  @Test(arguments: [
    #"{"run":{"version":"x","host":1,"command":[1,"a",null],"lanes":-1,"machine":[],"plugins":{}}}"#,
    #"{"run":{"plugins":[1,null,{},{"path":5},{"path":"p","library":[],"sources":[{},1]}]}}"#,
    #"{"run":{"lanes":1e999,"machine":{"processors":"2","processor":{}},"input":"xml"}}"#,
    #"{"run":{}}"#, #"{"run":{"unknown":[[{"a":null}]]},"other":1}"#,
  ])
  func strange(_ text: String) throws {
    let found = try read(text + "\n")
    #expect(found.runs.count == 1 && found.calls == 0)
    #expect(found.runs[0].lanes == 0 && found.runs[0].plugins.allSatisfy { $0.path == "p" })
  }

  @Test(arguments: [#"{"run":1}"#, #"{"run":null}"#, #"{"run":{},"call":0}"#, #"{"ran":{}}"#])
  func noRecord(_ text: String) {
    #expect(throws: RecordError.self) { _ = try read(text + "\n") }
  }

  /// Version 1 has it beside the first call.
  @Test func insideACall() throws {
    let found = try read(
      #"{"call":0,"kernel":"k","status":"ok","run":{"version":1,"manifest":"m","plugins":["/p.so"]}}"#
    )
    #expect(found.calls == 1 && found.runs.count == 1 && found.runs[0].version == 1)
    #expect(found.runs[0].commandPlugins == ["/p.so"] && found.runs[0].manifest == "m")
  }

  @Test func withoutWhiteSpace() {
    var buffer: [UInt8] = []
    let text = #" { "a b\" \\" : [ 1.50 , "x \\\" y" ] ,\#n\#t"é": {} }"#
    JSONWriter.compact(Array(text.utf8)[...], to: &buffer)
    #expect(String(decoding: buffer, as: UTF8.self) == #"{"a b\" \\":[1.50,"x \\\" y"],"é":{}}"#)
  }

  @Test func longValues() {
    #expect(Value.integers(Array(0..<64)).recorded == .integers(Array(0..<64)))
    #expect(Value.integers(Array(0..<65)).recorded.isDigest)
    #expect(Value.text(String(repeating: "é", count: 512)).recorded.isDigest == false)
    let long = String(repeating: "é", count: 513)
    let digest = Value.text(long).recorded
    #expect(
      digest["count"] == 1026 && digest["sha256"] == .text(SHA256.digits(of: Array(long.utf8))))
    #expect(Value.bytes(Array(long.utf8)).recorded == digest)
    // As a text that looks like one is none.
    #expect(!Value.text(#"{"count":1,"sha256":"x"}"#).isDigest)
    // The same numbers, but for the sign of a zero.
    let numbers = [Double](repeating: 0, count: 70)
    #expect(Value.numbers(numbers).recorded != Value.numbers([-0.0] + numbers.dropFirst()).recorded)
  }
}

import Foundation
import KernelHostTestSupport
import Testing

/// Inputs that are no manifest at all, and ones of unreasonable size.
struct BadInputTests {
  private func refuse(
    _ operand: String, in folder: TemporaryFolder, _ words: String..., place: String? = nil
  ) throws {
    let before = try folder.names
    let run = try HostBinary.run([operand, "-o", "out.txt"], folder: folder.path)
    try Refusal.expectRefused(run, place ?? "", words)
    #expect(try folder.names == before)
    let check = try HostBinary.run(["check", operand], folder: folder.path)
    try Refusal.expectRefused(check, place ?? "", words)
  }

  @Test func missingFile() throws {
    try refuse("missing.json", in: TemporaryFolder(), "missing.json", "No such file")
  }

  @Test func missingFolder() throws {
    try refuse("no/m.json", in: TemporaryFolder(), "no/m.json", "No such file")
  }

  @Test func emptyName() throws { try refuse("", in: TemporaryFolder()) }

  @Test func endlessName() throws {
    let name = String(repeating: "x", count: 5_000)
    try refuse(name, in: TemporaryFolder(), "too long")
  }

  @Test func directory() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path("d.json"), withIntermediateDirectories: false)
    try refuse("d.json", in: folder, "d.json", "is a folder, not a manifest")
  }

  @Test func linkToItself() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("m.json"), withDestinationPath: "m.json")
    try refuse("m.json", in: folder, "m.json")
  }

  @Test func unreadableFile() throws {
    // Root may read everything; a process's own memory nobody can read from its start.
    try refuse("/proc/self/mem", in: TemporaryFolder(), "/proc/self/mem")
  }

  @Test func emptyFile() throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "m.json")
    try refuse("m.json", in: folder, "empty", place: "m.json:1:1: ")
    let input = try HostBinary.run(["-"], folder: folder.path)
    try Refusal.expectRefused(input, "<stdin>:1:1: ", ["empty"])
    let null = try HostBinary.run(["/dev/null"], folder: folder.path)
    try Refusal.expectRefused(null, "/dev/null:1:1: ", ["empty"])
  }

  @Test func emptyJSONLinesIsNoCallAtAll() throws {
    let run = try Invocation("", name: "m.jsonl")
    #expect(run.outcome.end == .exit(0))
    #expect(run.outcome.out == "All Complete\nResults: []\n")
  }

  /// The host's own executable, as binary as can be.
  @Test func binaryFile() throws {
    let folder = try TemporaryFolder()
    try refuse(HostBinary.path, in: folder, place: "\(HostBinary.path):1:")
    try folder.write([0x5B, 0x00, 0x5D], to: "m.json")
    try refuse("m.json", in: folder, place: "m.json:1:2: ")
  }

  @Test(arguments: [[0xFF, 0xFE], [0xFE, 0xFF], []] as [[UInt8]], [false, true])
  func utf16(_ mark: [UInt8], _ isBig: Bool) throws {
    let text = "[{\"kernel\": \"for_loop\"}]".utf16.flatMap { unit in
      isBig ? [UInt8(unit >> 8), UInt8(unit & 255)] : [UInt8(unit & 255), UInt8(unit >> 8)]
    }
    let folder = try TemporaryFolder()
    try folder.write(mark + text, to: "m.json")
    try refuse("m.json", in: folder, "UTF-8", place: "m.json:1:")
    if mark == (isBig ? [0xFE, 0xFF] : [0xFF, 0xFE]) {
      try refuse("m.json", in: folder, "UTF-16")
    }
  }

  /// Bytes that no UTF-8 has: alone, cut off, too long, a surrogate, beyond U+10FFFF.
  @Test(
    arguments: [
      [0xFF], [0x80], [0xC3], [0xE2, 0x82], [0xC0, 0xAF], [0xED, 0xA0, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x82, 0x82, 0xAC],
    ] as [[UInt8]])
  func notUTF8(_ bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let before = Array("[{\"kernel\": \"for_loop\", \"name\": \"".utf8)
    try folder.write(before + bytes + Array("\"}]".utf8), to: "m.json")
    try refuse("m.json", in: folder, "UTF-8", place: "m.json:1:\(before.count + 1): ")
    // Nor are they let through where nothing but the manifest itself is read.
    try folder.write(
      Array("{\"metadata\": {\"x\": \"".utf8) + bytes + Array("\"}, \"tasks\": []}".utf8),
      to: "m.json")
    try refuse("m.json", in: folder, "UTF-8", place: "m.json:1:21: ")
  }

  @Test(arguments: [
    "[", "{\"metadata\": [", "{\"a\":", "[{\"kernel\": \"for_loop\", \"args\": [",
    "{\"metadata\": {\"a\": [",
  ])
  func nesting(_ opening: String) throws {
    let folder = try TemporaryFolder()
    let unit = String(opening.suffix(from: opening.lastIndex { "[{".contains($0) }!))
    try folder.write(opening + String(repeating: unit, count: 100_000), to: "m.json")
    let start = ContinuousClock.now
    try refuse("m.json", in: folder, place: "m.json:1:")
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  /// Deep but well formed: what the limit does not forbid is no matter for the stack.
  @Test func nestingThatIsClosedAgain() throws {
    let folder = try TemporaryFolder()
    let open = String(repeating: "[", count: 100_000)
    let close = String(repeating: "]", count: 100_000)
    try folder.write("{\"metadata\": {\"x\": \(open)\(close)}, \"tasks\": []}", to: "m.json")
    let run = try HostBinary.run(["m.json"], folder: folder.path)
    #expect(run.end == .exit(0) || run.end == .exit(2))
    try folder.write(
      "{\"metadata\": {\"x\": \(open.prefix(200))\(close.prefix(200))}, \"tasks\": []}",
      to: "m.json")
    #expect(try HostBinary.run(["m.json"], folder: folder.path).end == .exit(0))
  }

  /// A line of 100 MB with a mistake at its end, which is found, and shown in a few
  /// lines.
  @Test func lineOf100MB() throws {
    let folder = try TemporaryFolder()
    let begin = "{\"metadata\": {\"x\": \""
    let end = "\"}, \"tasks\": [{\"kernel\": "
    var bytes = Array(begin.utf8)
    bytes += [UInt8](repeating: UInt8(ascii: "x"), count: 100_000_000)
    bytes += Array((end + "\"for_lop\"}]}").utf8)
    try folder.write(bytes, to: "m.json")
    let start = ContinuousClock.now
    let run = try HostBinary.run(["m.json"], folder: folder.path)
    let column = begin.utf8.count + 100_000_000 + end.utf8.count + 1
    try Refusal.expectRefused(run, "m.json:1:\(column): ", ["for_lop", "\"for_loop\""])
    #expect(run.standardError.count < 1000)
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  /// A word of 100 MB is not shown whole either.
  @Test func wordOf100MB() throws {
    let folder = try TemporaryFolder()
    try folder.write([UInt8](repeating: UInt8(ascii: "x"), count: 100_000_000), to: "m.json")
    let run = try HostBinary.run(["m.json"], folder: folder.path)
    try Refusal.expectRefused(run, "m.json:1:1: ", [])
    #expect(run.standardError.count < 1000)
  }
}

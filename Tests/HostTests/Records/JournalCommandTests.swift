import Foundation
import KernelHostTestSupport
import Testing

/// `host status` and `host results`, over journals that an earlier host wrote.
struct JournalCommandTests {
  private static let folder = Repository.path + "/Tests/Journals/format-1"
  private static let complete = folder + "/complete.kh"
  private static let killed = folder + "/killed.kh"

  @Test func resultsAreWrittenWithoutTheManifest() throws {
    let wanted = try String(contentsOfFile: Self.folder + "/complete.jsonl", encoding: .utf8)
    let jsonl = try HostBinary.run(["results", "--format", "jsonl", Self.complete])
    #expect(jsonl.end == .exit(1) && jsonl.out == wanted)
    #expect(jsonl.err == "host: 1 of 44 calls not ok: 1 error\n")
    let output = try TemporaryFolder()
    let file = try HostBinary.run([
      "results", "--format", "csv", "-o", output.path("r.csv"), Self.complete,
    ])
    #expect(file.end == .exit(1) && file.out.isEmpty)
    #expect(try output.read("r.csv").split(separator: "\n").count == 45)
    #expect(try output.names == ["r.csv", "r.csv.run.json"])
  }

  @Test func damageAndMissingCallsAreSaid() throws {
    let outcome = try HostBinary.run(["results", "--format", "tokens", Self.killed])
    #expect(outcome.end == .exit(1))
    #expect(outcome.out.split(separator: "\n").count == 21)
    #expect(outcome.err.contains("the journal is damaged in 2 places"))
    #expect(outcome.err.contains("\"000001-0123456789abcdef.jsonl\" at byte 512"))
    #expect(outcome.err.contains("23 calls have no record yet and are left out"))
  }

  @Test func statusTellsHowFarItIs() throws {
    let complete = try HostBinary.run(["status", Self.complete])
    #expect(complete.end == .exit(0))
    #expect(complete.out.hasPrefix("44 of 44 calls (100%), 1 not ok (1 error)\ncomplete\n"))
    let killed = try HostBinary.run(["status", Self.killed])
    #expect(killed.out.hasPrefix("21 of 44 calls (47%), 1 not ok (1 crash)\n"))
    #expect(killed.out.contains("not running; the last process did not end it"))
    let json = try HostBinary.run(["status", "--json", Self.killed])
    let object =
      try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any] ?? [:]
    #expect(object["calls"] as? Int == 44 && object["done"] as? Int == 21)
    #expect(object["left"] as? Int == 23 && object["half_done"] as? Int == 0)
    #expect(object["counts"] as? [String: Int] == ["ok": 20, "crash": 1])
    #expect(object["state"] as? String == "died" && object["segments"] as? Int == 2)
  }

  @Test(arguments: ["status", "results"])
  func whatIsNoJournalIsRefused(_ command: String) throws {
    let folder = try TemporaryFolder()
    let missing = try HostBinary.run([command, folder.path("none")])
    #expect(missing.end == .exit(2) && missing.err.contains("is not a journal"))
    try folder.write("{}", to: "run.json")
    let foreign = try HostBinary.run([command, folder.path])
    #expect(foreign.end == .exit(2) && foreign.err.contains("is not that of a journal"))
    try folder.write("{\"kernelhost_journal\":\"7.0\"}\n", to: "run.json")
    let newer = try HostBinary.run([command, folder.path])
    #expect(newer.end == .exit(2) && newer.err.contains("version 7.0"))
    let file = try HostBinary.run([command, folder.path("run.json")])
    #expect(file.end == .exit(2) && file.err.contains("is a file"))
    let none = try HostBinary.run([command])
    #expect(none.end == .exit(2) && none.err.contains("host \(command) DIR"))
    #expect(try folder.names == ["run.json"])
  }

  @Test func anOptionOfAnotherFormatIsRefused() throws {
    let outcome = try HostBinary.run(["results", "--csv-units", Self.complete])
    #expect(outcome.end == .exit(2) && outcome.err.contains("--format csv alone"))
  }
}

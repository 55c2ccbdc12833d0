import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// Journals that a command is to read and cannot.
struct JournalInputTests {
  private static let small = #"{"tasks": [{"kernel": "logistic_map", "sweep": {"r": [3.1, 3.2]}}]}"#

  /// Damage that hides what is recorded is found in the input, whichever command finds it.
  @Test(arguments: ["folder", "pipe", "link"])
  func aSegmentThatCannotBeReadIsWrongInput(_ kind: String) throws {
    let study = try JournalStudy(Self.small)
    #expect(try study.run(["--calls", "0..0"]).end == .exit(0))
    let segment = try #require(try study.segments.first)
    let path = study.folder.path("study.kh/" + segment)
    let files = FileManager.default
    try files.removeItem(atPath: path)
    switch kind {
    case "folder": try files.createDirectory(atPath: path, withIntermediateDirectories: false)
    case "pipe": #expect(unsafe mkfifo(path, 0o600) == 0)
    default: try files.createSymbolicLink(atPath: path, withDestinationPath: "nowhere")
    }
    for words in [
      ["run", "--journal", "study.kh", "study.json"], ["finish", "study.kh"],
      ["run", "--journal", "study.kh", "--shard", "0/2", "--reshard", "2", "study.json"],
      ["merge", "study.kh", "-o", "x"], ["results", "study.kh"], ["status", "study.kh"],
      ["run", "--journal", "new.kh", "--reuse", "study.kh", "study.json"],
    ] {
      let outcome = try HostBinary.run(words, folder: study.folder.path)
      #expect(outcome.end == .exit(2), "\(words) \(outcome.end) \(outcome.err)")
      #expect((outcome.out + outcome.err).contains(segment), "\(words) \(outcome.err)")
    }
  }

  /// A wrong name must not cost all calls again.
  @Test func reuseOfWhatIsNoJournalIsRefused() throws {
    let study = try JournalStudy(Self.small)
    for name in ["typo.kh", "study.json"] {
      let outcome = try study.run(["--reuse", name])
      #expect(outcome.end == .exit(2), "\(outcome.err)")
      #expect(outcome.err.contains("\"\(name)\" is "), "\(outcome.err)")
    }
    #expect(try study.folder.names.sorted() == ["ledger", "study.json"])
    // Another study's journal has nothing to give: a note says so.
    try study.folder.write(#"{"tasks": [{"kernel": "for_loop"}]}"#, to: "other.json")
    let other = try HostBinary.run(
      ["run", "--journal", "other.kh", "other.json"], folder: study.folder.path)
    #expect(other.end == .exit(0), "\(other.err)")
    let usual = ["--journal", "study.kh", "--reuse", "other.kh", "-o", "results"]
    let outcome = try study.run(usual: usual)
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    #expect(outcome.err.contains("0 calls of 2 taken"), "\(outcome.err)")
  }
}

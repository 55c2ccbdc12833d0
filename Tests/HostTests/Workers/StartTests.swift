import Foundation
import KernelHostTestSupport
import Testing

/// What a user sees where workers cannot be started, or only some of them: a sentence that
/// says why, or all tokens; never a hang and never a part of the results.
struct StartTests {
  static let manifest = Array(
    """
    {"tasks": [{"kernel": "primes", "args": {"limit": 100000}},
               {"kernel": "for_loop", "args": {"max": 2}},
               {"kernel": "moments", "args": {"values": [1, 2, 3]}}]}
    """.utf8)

  /// Runs `host` below a shell that has changed something before. `change` ends in a
  /// separator or a program that runs what follows.
  private func run(after change: String, _ arguments: String...) throws -> Outcome {
    let words = ([HostBinary.path, "-", "--format", "jsonl"] + arguments).joined(separator: " ")
    return try Child("/bin/bash", ["-c", change + words], input: Self.manifest).finish()
  }

  private func expectAnAnswer(_ outcome: Outcome, _ what: String) throws {
    switch outcome.end {
    case .exit(2):
      // Nothing ran, and it says what is wrong.
      #expect(outcome.out.isEmpty, "\(what): \(outcome.out)")
      #expect(outcome.err.contains("host: "), "\(what): \(outcome.err)")
    case .exit(0), .exit(1):
      let lines = outcome.out.lines.filter { $0.hasPrefix("{\"call\"") }
      let records = try lines.map { try JSON.object($0) }
      #expect(records.count == 3, "\(what): \(outcome.out)")
      for record in records where record["ok"] as? Bool != true {
        let error = record["error"] as? [String: Any]
        #expect((error?["message"] as? String)?.isEmpty == false, "\(what): \(record)")
      }
    default:
      Issue.record("\(what) ended with \(outcome.end): \(outcome.err)")
    }
  }

  @Test(arguments: ["process", "call"])
  func fewDescriptors(_ isolation: String) throws {
    for count in [4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 32] {
      try expectAnAnswer(
        run(after: "ulimit -n \(count); exec ", "--isolation", isolation), "ulimit -n \(count)")
    }
  }

  @Test(arguments: ["process", "call"])
  func littleAddressSpace(_ isolation: String) throws {
    for megabytes in [150, 250, 400, 700, 1500, 4000] {
      try expectAnAnswer(
        run(after: "ulimit -v \(megabytes * 1024); exec ", "--isolation", isolation),
        "ulimit -v of \(megabytes) MiB")
    }
  }

  @Test(arguments: ["process", "call"])
  func smallFiles(_ isolation: String) throws {
    for blocks in [0, 1, 64, 100_000] {
      try expectAnAnswer(
        run(after: "ulimit -f \(blocks); exec ", "--isolation", isolation), "ulimit -f \(blocks)")
    }
  }

  @Test(arguments: ["process", "call"])
  func lockedMemoryAndNoStack(_ isolation: String) throws {
    try expectAnAnswer(run(after: "ulimit -l 0; exec ", "--isolation", isolation), "ulimit -l 0")
    try expectAnAnswer(run(after: "ulimit -s 256; exec ", "--isolation", isolation), "ulimit -s")
  }

  /// RLIMIT_NPROC does not hold for root, so the host runs as somebody else.
  @Test(
    .enabled(
      if: canBeNobody, "root and setpriv are needed, and a build that others may read"))
  func fewProcesses() throws {
    for count in 1...8 {
      try expectAnAnswer(run(after: "\(Self.nobody) prlimit --nproc=\(count) "), "nproc=\(count)")
    }
  }

  private static let nobody = "exec setpriv --reuid 65534 --regid 65534 --clear-groups"
  static var canBeNobody: Bool {
    let test = "\(nobody) prlimit --nproc=100 \(HostBinary.path) --version"
    return (try? Child("/bin/bash", ["-c", test]).finish())?.end == .exit(0)
  }

  @Test(
    .enabled(if: canUnshare, "a mount namespace of one's own is needed"),
    // But the folder that the executable itself is in.
    arguments: ["/proc", "/tmp", "/dev/shm", "/sys"].filter { !HostBinary.path.hasPrefix($0) })
  func aFolderThatIsNotThere(_ folder: String) throws {
    let change = "mount -t tmpfs -o ro none \(folder) && exec "
    let words = "\(HostBinary.path) - --format jsonl"
    let outcome = try Child(
      "/usr/bin/env", Self.unshare + ["sh", "-c", change + words], input: Self.manifest
    ).finish()
    try expectAnAnswer(outcome, "\(folder) is empty and read-only")
  }

  private static let unshare = ["unshare", "--user", "--map-root-user", "--mount"]
  static var canUnshare: Bool {
    let test = unshare + ["sh", "-c", "mount -t tmpfs -o ro none /sys"]
    return (try? Child("/usr/bin/env", test).finish())?.end == .exit(0)
  }
}

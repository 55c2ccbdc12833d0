import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// A study in a folder of its own, run with a journal.
struct JournalStudy {
  let folder: TemporaryFolder

  init(_ manifest: String) throws {
    folder = try TemporaryFolder()
    try folder.write(manifest, to: "study.json")
    try folder.write("", to: "ledger")
  }

  /// `count` calls of a kernel that writes down each start; `pause` between two steps, in seconds.
  static func ledger(
    _ kernel: String, count: Int, steps: Int = 2, pause: Double = 0, run: String = ""
  ) throws -> JournalStudy {
    let study = try JournalStudy("")
    let library = try Plugins.library("ledger.c")
    let path = study.folder.path("ledger")
    try study.folder.write(
      """
      {"plugins": ["\(library)"], "allow": {"write": ["\(path)"]}\(run), "tasks": [
        {"kernel": "\(kernel)", "args": {"path": "\(path)", "steps": \(steps), "pause": \(pause)},
         "sweep": {"id": {"from": 0, "to": \(count - 1), "count": \(count)}}}]}
      """, to: "study.json")
    return study
  }

  static let usual = ["--journal", "study.kh", "--format", "jsonl", "-q", "-o", "results"]

  func run(_ arguments: [String] = [], usual: [String] = Self.usual) throws -> Outcome {
    try HostBinary.run(["run"] + usual + arguments + ["study.json"], folder: folder.path)
  }

  func start(_ arguments: [String] = [], usual: [String] = Self.usual) throws -> Child {
    try HostBinary.start(["run"] + usual + arguments + ["study.json"], folder: folder.path)
  }

  /// What the calls wrote down, in order.
  var begun: [Int] {
    get throws { try folder.read("ledger").split(separator: "\n").compactMap { Int($0) } }
  }

  /// The lines of the newest segment.
  var lastSegment: [String] {
    get throws { try segments.last.map { try folder.read("study.kh/" + $0).lines } ?? [] }
  }

  var hasResults: Bool { FileManager.default.fileExists(atPath: folder.path("results")) }

  /// The lines of all segments.
  var journal: [String] {
    get throws {
      try segments.flatMap { try folder.read("study.kh/" + $0).lines }
    }
  }

  var segments: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: folder.path("study.kh"))
        .filter { $0.hasSuffix(".jsonl") }.sorted()
    }
  }

  /// Waits until something holds that the child is to bring about.
  func wait(_ child: Child, until isSo: () throws -> Bool) throws { try child.wait(until: isSo) }
}

/// Records without what differs from run to run.
func withoutTimes(_ records: String) -> [String] {
  records.lines.dropFirst().map { line in
    line.replacing(
      /,"(seconds|start|elapsed|lane|attempts)":[^,}]*/, with: "")
  }
}

import Foundation
import KernelHostTestSupport
import Testing

/// A program run in a folder of its own that holds one manifest.
struct Invocation {
  let folder: TemporaryFolder
  let outcome: Outcome

  /// `arguments` follow the manifest's name.
  init(
    _ manifest: String, _ arguments: String..., name: String = "m.json",
    output: Child.Output = .captured
  ) throws {
    folder = try TemporaryFolder()
    try folder.write(manifest, to: name)
    outcome = try HostBinary.run([name] + arguments, folder: folder.path, output: output)
  }

  /// Standard output as lines, without the last one's end.
  var lines: [String] { outcome.out.lines }

  /// The records of calls in standard output.
  var records: [[String: Any]] {
    get throws { try outcome.out.callRecords }
  }
}

extension String {
  /// The records of calls in JSON Lines, behind that of their run.
  var callRecords: [[String: Any]] {
    get throws {
      let records = try lines.map { try JSON.object($0) }
      #expect(records.first?["run"] is [String: Any], "\(records.first ?? [:])")
      return Array(records.dropFirst())
    }
  }

  /// Without the end of the last line. Characters are not looked at: "\r\n" is one.
  var lines: [String] {
    var parts = utf8.split(separator: 10, omittingEmptySubsequences: false).map { String($0)! }
    if parts.last == "" { parts.removeLast() }
    return parts
  }
}

/// JSON as Foundation reads it: a reader that is not the project's own.
enum JSON {
  static func value(_ text: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
  }

  static func object(_ text: String) throws -> [String: Any] {
    try #require(try value(text) as? [String: Any], "no JSON object: \(text.prefix(200))")
  }

  static func array(_ text: String) throws -> [Any] {
    try #require(try value(text) as? [Any], "no JSON array: \(text.prefix(200))")
  }
}

/// Manifests that several tests use.
enum Sample {
  /// Ok, failing, ok; with a name and an error, and all of them print but the second.
  static let mixed = """
    { "metadata": { "study": "a \\"b\\", c", "n": [1, 2.50, 9007199254740993] },
      "tasks": [
        { "kernel": "for_loop", "args": { "max": 2 } },
        { "name": "no, \\"way\\"", "kernel": "for_loop", "args": { "increment": 0 } },
        { "name": "last", "kernel": "for_loop", "args": [5, -2, 0] } ] }
    """

  /// What it prints, in order.
  static let mixedPrints = """
    Looping for: 2
    0
    Looping for: 0
    5
    Looping for: 2
    1
    Looping for: 0
    3
    Looping for: 0
    1

    """

  static let failure = #"[null, false, "EINVAL: increment must not be 0"]"#
}

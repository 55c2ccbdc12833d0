import Foundation
import KernelHostTestSupport
import Testing

/// Libraries of one sample, and what the host says of calls.
struct SampleRun {
  let folder: TemporaryFolder
  let library: String

  init(_ sample: PluginSample) throws {
    folder = try TemporaryFolder()
    library = try sample.build(in: folder)
  }

  /// The records of the calls of one kernel or more.
  func records(
    _ calls: [(kernel: String, args: Any)], manifest: [String: Any] = [:]
  ) throws -> [[String: Any]] {
    var manifest = manifest
    manifest["tasks"] = calls.map { ["kernel": $0.kernel, "args": $0.args] }
    try folder.write(Array(try JSONSerialization.data(withJSONObject: manifest)), to: "m.json")
    let run = try HostBinary.run(
      ["--plugin", library, "--format", "jsonl", folder.path("m.json")], folder: folder.path)
    try #require(run.end == .exit(0) || run.end == .exit(1), "\(run.err)")
    let records = try run.out.callRecords
    try #require(records.count == calls.count, "\(run.err)")
    return records
  }

  func results(_ calls: [(kernel: String, args: Any)]) throws -> [Any] {
    try records(calls).map { record in
      try #require(record["ok"] as? Bool == true, "\(record)")
      return try #require(record["result"])
    }
  }

  /// The results of calls whose results are objects.
  func objects(_ calls: [(kernel: String, args: Any)]) throws -> [[String: Any]] {
    try results(calls).map { try #require($0 as? [String: Any]) }
  }

  /// A call that fails: the name of its error, the code and the message.
  func failure(
    _ kernel: String, _ args: Any, manifest: [String: Any] = [:]
  ) throws -> (name: String, code: Int, message: String) {
    let record = try #require(try records([(kernel, args)], manifest: manifest).first)
    let error = try #require(record["error"] as? [String: Any], "\(record)")
    return (
      try #require(error["name"] as? String), try #require(error["code"] as? Int),
      try #require(error["message"] as? String)
    )
  }

  /// Arguments that no call is made with.
  func refusal(_ kernel: String, _ args: Any) throws -> String {
    let task: [String: Any] = ["kernel": kernel, "args": args]
    try folder.write(Array(try JSONSerialization.data(withJSONObject: [task])), to: "m.json")
    let run = try HostBinary.run(["--plugin", library, "m.json"], folder: folder.path)
    #expect(run.end == .exit(2), "\(run.out)")
    return run.err
  }
}

/// Whether a result is an array of these numbers, as near as rounding lets it be.
func isNear(_ one: Any?, _ other: [Double]) -> Bool {
  guard let one = one as? [Double], one.count == other.count else { return false }
  return zip(one, other).allSatisfy { abs($0 - $1) <= 1e-9 }
}

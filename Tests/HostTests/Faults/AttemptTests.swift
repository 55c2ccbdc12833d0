import KernelHostTestSupport
import Testing

/// How often a call was started, and why: the records and the messages agree.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct AttemptTests {
  private static let source = """
    #include "kernel_host.h"
    #include <stdlib.h>
    typedef struct { int64_t kind, end; } boom;
    static int boom_step(kh_call *call, void *state) {
      boom *self = state;
      if (self->kind == 1) abort();
      if (self->kind == 2) return kh_fail(call, -EIO, "no luck");
      return KH_DONE;
    }
    KH_KERNEL(boom, .summary = "Crashes or fails.", .flags = KH_PURE | KH_FLAT,
              .params = KH_PARAMS(KH_PARAM(boom, kind, "1: crash, 2: error")),
              .results = KH_RESULTS(KH_RESULT(boom, end, "0")), .step = boom_step);
    """

  private func run(_ head: String, _ tasks: String) throws -> (
    records: [[String: Any]], err: String
  ) {
    let folder = try TemporaryFolder()
    try folder.write(Self.source, to: "boom.c")
    try folder.write("{\"plugins\": [\"boom.c\"], \(head) \"tasks\": [\(tasks)]}", to: "m.json")
    let run = try HostBinary.run(["m.json", "--format", "jsonl"], folder: folder.path)
    return (try run.out.callRecords, run.err)
  }

  private func message(_ record: [String: Any]) -> String {
    (record["error"] as? [String: Any])?["message"] as? String ?? ""
  }

  /// A second look, alone, at whose crash it was is no retry: it takes none away and is told.
  @Test func aCheckIsNoRetry() throws {
    let (records, _) = try run(
      #""defaults": {"retries": {"times": 2, "on": ["crash", "EIO"]}},"#,
      #"{"kernel": "boom"}, {"kernel": "boom", "args": [1]}, {"kernel": "boom", "args": [2]}"#)
    #expect(records.map { $0["status"] as? String } == ["ok", "crash", "error"])
    #expect(records[0]["attempts"] as? Int == 1 || records[0]["attempts"] as? Int == 2)
    #expect(records[1]["attempts"] as? Int == 4, "\(records[1])")
    #expect(
      message(records[1]).contains(
        "of its 4 attempts 2 were retries and 1 was made alone, to tell"),
      "\(records[1])")
    // The first start may have ended with its neighbour's crash.
    let last = records[2]["attempts"] as? Int ?? 0
    #expect(
      last == 3 && message(records[2]) == "no luck"
        || last == 4 && message(records[2]).contains("2 were retries and 1 repeats one"),
      "\(records[2])")
  }

  @Test func alone() throws {
    let (records, _) = try run(
      #""isolation": "call","#,
      #"{"kernel": "boom", "args": [1], "retries": {"times": 2, "on": ["SIGABRT"]}}"#)
    #expect(records[0]["attempts"] as? Int == 3)
    #expect(!message(records[0]).contains("attempts"), "\(records[0])")
  }

  /// The limit that is told is the one that was given, in the warning and in each record.
  @Test func theCrashLimit() throws {
    let (records, err) = try run(
      #""crash_limit": 5,"#, #"{"kernel": "boom", "args": [1], "repeat": 40}"#)
    let skipped = records.filter { $0["status"] as? String == "skipped" }
    #expect(!skipped.isEmpty && records.count - skipped.count >= 5)
    let limit = "kernel \"boom\" has reached the crash limit, 5 crashes"
    #expect(err.contains("warning: \(limit): its calls that have not begun are skipped"), "\(err)")
    #expect(err.contains("--crash-limit N"))
    #expect(
      skipped.allSatisfy {
        message($0).hasPrefix(
          "not called, because kernel \"boom\" had reached the crash limit, 5 crashes; ")
          && message($0).contains("--crash-limit N")
      }, "\(skipped[0])")
  }
}

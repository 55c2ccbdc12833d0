import KernelHost
import KernelHostTestSupport
import Testing

/// Manifests whose records come to Swift.
@Suite struct ManifestRunTests {
  static let study = """
    {"isolation": "none", "tasks": [
      {"name": "slow", "kernel": "sleep", "args": [0.01]},
      {"kernel": "logistic_map", "args": {"n": 0}, "sweep": {"x0": [0.25, 0.5, 0.75]}},
      {"kernel": "for_loop", "args": {"increment": 0}}]}
    """

  @Test func recordsComeInCallOrder() async throws {
    let run = try ManifestRun(json: Self.study)
    #expect(run.callCount == 5)
    // Each iteration runs it once.
    for _ in 0..<2 {
      var records: [ManifestRun.Record] = []
      for try await record in run.records { records.append(record) }
      #expect(records.map { $0.call } == Array(0..<5))
      #expect(records.map { $0.task } == ["slow", nil, nil, nil, nil])
      #expect(records.map { $0.point } == [0, 0, 1, 2, 0])
      #expect(records[2].kernel == "logistic_map" && records[2].token.result?.double == 0.5)
      #expect(records[3].argument("x0") == 0.75 && records[3].argument("r") == 3.5)
      #expect(records[4].token.error?.name == "EINVAL")
    }
  }

  @Test func recordsComeAsCallsEnd() async throws {
    let run = try ManifestRun(json: Self.study)
    var calls: [Int] = []
    for try await record in try run.records(inCallOrder: false, buffering: 1) {
      calls.append(record.call)
    }
    #expect(calls.last == 0 && calls.sorted() == Array(0..<5))
  }

  /// The calls wait for a reader that takes one record at a time.
  @Test func aSlowReaderLosesNothing() async throws {
    let run = try ManifestRun(
      json: """
        {"isolation": "none", "mode": "parallel", "jobs": 2, "tasks":
          [{"kernel": "logistic_map", "args": {"n": 0}, "repeat": 20000}]}
        """)
    var next = 0
    for try await record in try run.records(buffering: 2) {
      #expect(record.call == next)
      next += 1
    }
    #expect(next == 20_000)
  }

  @Test(.timeLimit(.minutes(1))) func cancellationEndsTheRun() async throws {
    let run = try ManifestRun(
      json: """
        [{"kernel": "logistic_map", "args": {"n": 0}},
         {"kernel": "while_loop_increment", "args": {"incr": 0, "max": 1}}]
        """)
    let (first, continuation) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      for try await record in run.records {
        #expect(record.call == 0)
        continuation.yield()
      }
    }
    for await _ in first { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    // Leaving the loop ends a run, too, while its lane waits for room.
    for try await _ in try run.records(buffering: 1) { break }
  }

  @Test func pluginsAndCrashesInWorkers() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      #include <stdlib.h>
      typedef struct { int64_t dies; int64_t out; } bad;
      static int bad_step(kh_call *call, void *state) {
          (void)call;
          bad *self = state;
          if (self->dies) abort();
          self->out = 7;
          return KH_DONE;
      }
      KH_KERNEL(bad, .flags = KH_PURE | KH_FLAT, .params = KH_PARAMS(KH_PARAM(bad, dies, "1: die")),
                .results = KH_RESULTS(KH_RESULT(bad, out, "seven")), .step = bad_step);

      """, to: "bad.c")
    try folder.write(
      """
      {"plugins": ["bad.c"], "tasks": [{"kernel": "bad", "sweep": {"dies": [0, 1, 0]}}]}
      """, to: "study.json")
    let run = try ManifestRun(path: folder.path("study.json"))
    var results: [String] = []
    for try await record in run.records {
      results.append(record.token.result?.int.map { "\($0)" } ?? record.token.status.rawValue)
    }
    #expect(results == ["7", "crash", "7"])
  }

  @Test func mistakesHaveTheirPlaces() throws {
    let error = #expect(throws: HostError.self) {
      try ManifestRun(json: #"[{"kernel": "for_lop"}]"#, name: "study")
    }
    #expect(
      error?.description.hasPrefix("study:1:13: error: kernel \"for_lop\" is unknown") == true)
    #expect(throws: HostError.self) { try ManifestRun(path: "/nonexistent/study.json") }
    let run = try ManifestRun(json: "[]")
    #expect(throws: HostError.self) { try run.records(buffering: 0) }
  }
}

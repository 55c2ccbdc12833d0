import Foundation
import KernelHostTestSupport
import Testing

/// How much of the machine a run takes: threads, processes, stacks.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct ShareTests {
  private static let threads = """
    #include "kernel_host.h"
    #include <stdlib.h>
    typedef struct { int64_t omp, blas; } threads;
    static int64_t number(const char *name) {
        const char *text = getenv(name);
        return text == NULL ? 0 : atoll(text);
    }
    static int step(kh_call *call, void *state) {
        threads *self = state;
        (void)call;
        self->omp = number("OMP_NUM_THREADS");
        self->blas = number("OPENBLAS_NUM_THREADS");
        return KH_DONE;
    }
    KH_KERNEL(threads, .step = step, .results = KH_RESULTS(KH_RESULT(threads, omp, ""),
                                                           KH_RESULT(threads, blas, "")));

    """

  /// Lanes beside each other compute in one thread each, unless the user says otherwise.
  @Test func libraryThreads() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.threads, to: "threads.c")
    try folder.write(#"{"plugins": ["threads.c"], "tasks": [{"kernel": "threads"}]}"#, to: "m.json")
    let result = { (options: [String], environment: [String: String]) in
      let run = try HostBinary.run(
        ["m.json", "--format", "jsonl", "-q"] + options, environment: environment,
        folder: folder.path)
      let result = try run.out.callRecords[0]["result"] as? [String: Int]
      return [result?["omp"], result?["blas"]]
    }
    #expect(try result(["-j", "2"], [:]) == [1, 1])
    #expect(try result(["-j", "2"], ["OMP_NUM_THREADS": "3"]) == [3, 0])
    #expect(try result(["-j", "2"], ["OPENBLAS_NUM_THREADS": "4"]) == [1, 4])
    #expect(try result(["-j", "1"], [:]) == [0, 0])
    #expect(try result([], [:]) == [0, 0])
  }

  /// With -j N no more than N processes have calls at a time, whichever they are.
  @Test(arguments: [1, 2]) func processes(_ jobs: Int) throws {
    let library = try Plugins.library("hostile/burns.c")
    let run = try Invocation(
      """
      { "plugins": ["\(library)"], "tasks": [
        { "kernel": "burns", "args": { "seconds": 0.02 }, "repeat": 10 },
        { "kernel": "burns", "args": { "seconds": 0.02 }, "repeat": 10, "memory": "1 GiB" },
        { "kernel": "sleep", "args": [0.05], "repeat": 4 },
        { "kernel": "burns", "args": { "seconds": 0.02 }, "repeat": 4, "memory": "1 GiB" } ] }
      """, "-j", "\(jobs)", "--format", "jsonl", "-q")
    let records = try run.records
    #expect(records.count == 28 && records.allSatisfy { $0["status"] as? String == "ok" })
    let spans = records.compactMap { record -> (lane: Int, from: Double, to: Double)? in
      guard let lane = record["lane"] as? Int, let start = record["start"] as? Double,
        let seconds = record["seconds"] as? Double
      else { return nil }
      return (lane, start, start + seconds)
    }
    #expect(spans.count == 28)
    for span in spans {
      let busy = Set(
        spans.filter { $0.from < span.from + 1e-6 && $0.to > span.from + 1e-3 }.map { $0.lane })
      #expect(busy.count <= jobs, "at \(span.from): \(busy)")
    }
  }

  /// Where the system has no room for all lanes, those that there are do the work.
  @Test func aLaneThatCannotBeMadeIsSaid() throws {
    let folder = try TemporaryFolder()
    try folder.write(#"[{"kernel": "primes", "args": [10000], "repeat": 300}]"#, to: "m.json")
    let run = try Child(
      "/bin/sh",
      ["-c", "ulimit -n 24; exec \"$@\"", "sh", HostBinary.path, "m.json", "-q", "-j", "64"],
      folder: folder.path
    ).finish()
    #expect(run.end == .exit(0))
    #expect(
      run.err.contains("warning: not all of the 64 lanes could be made, so fewer calls run"),
      "\(run.err)")
  }

  private static let deep = """
    #include "kernel_host.h"
    #include <string.h>
    typedef struct { int64_t mib, sum; } deep;
    static int64_t down(int64_t left) {
        volatile char page[65536];
        memset((void *)page, 1, sizeof page);
        return left <= 0 ? page[7] : down(left - 1) + page[left % 65536];
    }
    static int step(kh_call *call, void *state) {
        deep *self = state;
        (void)call;
        self->sum = down(self->mib * 16);
        return KH_DONE;
    }
    KH_KERNEL(deep, .step = step, .params = KH_PARAMS(KH_PARAM(deep, mib, "")),
              .results = KH_RESULTS(KH_RESULT(deep, sum, "")));

    """

  /// ulimit -s is the stack of a call, and ulimit -d does not count the lane's own memory, in
  /// workers and inside the host.
  @Test(arguments: ["process", "call", "none"]) func limitsOfTheShell(_ isolation: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.deep, to: "deep.c")
    try folder.write(
      #"{"plugins": ["deep.c"], "tasks": [{"kernel": "deep", "args": [20]}]}"#, to: "deep.json")
    try folder.write(
      #"[{"kernel": "moments", "args": [[1, 2, 3]]}]"#, to: "plain.json")
    let run = { (limit: String, manifest: String) in
      try Child(
        "/bin/sh",
        [
          "-c", "\(limit); exec \"$@\"", "sh", HostBinary.path, manifest, "-q", "--format",
          "jsonl", "--isolation", isolation,
        ], folder: folder.path
      ).finish()
    }
    let deep = try run("ulimit -s 65536", "deep.json")
    #expect(deep.out.contains("\"result\":321,"), "\(deep)")
    let plain = try run("ulimit -d 150000", "plain.json")
    #expect(plain.end == .exit(0), "\(plain)")
  }
}

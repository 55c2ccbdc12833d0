import Foundation
import KernelHostTestSupport
import Testing

/// What the calls in one process share: made before the first, once, and freed at the end.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct SetupTests {
  private static let source = #"""
    #define _GNU_SOURCE
    #include "kernel_host.h"
    #include <fcntl.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <unistd.h>

    typedef struct { int64_t process, calls; } table;
    typedef struct { int64_t n, i, calls, tables, last, nap; void *call, *state; } looks;

    static int make(kh_call *call, void **shared) {
        if (getenv("SETUP_FAILS")) return kh_fail(call, -ENOENT, "no table for %s", "you");
        if (getenv("SETUP_HANGS")) for (volatile int i = 0;; i++) continue;
        if (getenv("SETUP_CRASHES")) *(volatile int *)0 = 1;
        if (getenv("SETUP_IS_WRONG")) return KH_MORE;
        int only = getenv("SETUP_IS_FOR_ONE") || getenv("SETUP_KILLS_LATER")
            ? open("out/one", O_CREAT | O_EXCL, 0600) : 0;
        if (only < 0 && getenv("SETUP_KILLS_LATER")) abort();
        if (only < 0) return kh_fail(call, -EEXIST, "another process has it");
        static int tries;
        if (getenv("SETUP_FAILS_ONCE") && tries++ == 0) return -EAGAIN;
        table *made = calloc(1, sizeof *made);
        if (made == NULL) return -ENOMEM;
        made->process = getpid();
        *shared = made;
        kh_print(call, "made\n");
        return 0;
    }
    static void unmake(void *shared) {
        table *made = shared;
        if (getenv("TEARDOWN_HANGS")) for (volatile int i = 0;; i++) continue;
        if (getenv("TEARDOWN_CRASHES")) abort();
        int file = open("out/log", O_WRONLY | O_APPEND | O_CREAT, 0600);
        dprintf(file, "%lld\n", (long long)made->calls);
        close(file);
        free(made);
    }
    static int start(kh_call *call, void *state) {
        table *made = kh_shared(call);
        looks *self = state;
        self->calls = ++made->calls;
        self->call = call;
        self->state = state;
        return KH_MORE;
    }
    static int step(kh_call *call, void *state) {
        looks *self = state;
        table *made = kh_shared(call);
        if (made->process != getpid()) return kh_fail(call, -EFAULT, "of another process");
        if (self->call != call || self->state != state) return kh_fail(call, -EFAULT, "moved");
        if (self->last != made->process) self->tables++;
        self->last = made->process;
        if (++self->i >= self->n) return KH_DONE;
        return self->nap && self->i % 2 ? kh_sleep(call, 0.02) : KH_MORE;
    }
    static int finish(kh_call *call, void *state) {
        (void)state;
        return ((table *)kh_shared(call))->process == getpid() ? 0 : -EFAULT;
    }
    KH_KERNEL(looks, .flags = KH_PURE | KH_FLAT, .setup = make, .teardown = unmake,
        .start = start, .step = step, .finish = finish,
        .params = KH_PARAMS(KH_PARAM(looks, n, "steps"), KH_PARAM(looks, nap, "sleeps")),
        .results = KH_RESULTS(KH_RESULT(looks, calls, ""), KH_RESULT(looks, tables, "")),
        .defaults = KH_DEFAULTS(looks, .n = 2));
    /* A second kernel over one struct, with the same table. */
    KH_KERNEL_AS("looks_too", looks, .flags = KH_PURE | KH_FLAT, .setup = make, .teardown = unmake,
        .start = start, .step = step, .results = KH_RESULTS(KH_RESULT(looks, calls, "")),
        .defaults = KH_DEFAULTS(looks, .n = 2));

    static int dies_step(kh_call *call, void *state) {
        (void)call;
        if (++((looks *)state)->i == 5) abort();
        return KH_MORE;
    }
    KH_KERNEL_AS("dies", looks, .step = dies_step);

    typedef struct { int64_t fails, number, attempt; double left; } knows;
    static int knows_step(kh_call *call, void *state) {
        knows *self = state;
        self->number = (int64_t)kh_call_number(call);
        self->attempt = kh_attempt(call);
        self->left = kh_time_left(call);
        return kh_shared(call) == NULL && self->attempt > self->fails ? KH_DONE : -EAGAIN;
    }
    KH_KERNEL(knows, .flags = KH_PURE, .step = knows_step,
        .params = KH_PARAMS(KH_PARAM(knows, fails, "so many attempts")),
        .results = KH_RESULTS(KH_RESULT(knows, number, ""), KH_RESULT(knows, attempt, ""),
            KH_RESULT(knows, left, "", .unit = "s")));

    """#

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Headers.library("lib.so", of: [(Self.source, Headers.current)], in: folder)
    try FileManager.default.createDirectory(
      atPath: folder.path("out"), withIntermediateDirectories: true)
  }

  private func run(
    _ tasks: String, _ options: [String] = [], environment: [String: String] = [:]
  ) throws -> Outcome {
    try? FileManager.default.removeItem(atPath: folder.path("out/log"))
    let allow = options.contains("none") ? "" : #""allow": {"write": ["out"]}, "#
    try folder.write(
      #"{"plugins": ["lib.so"], \#(allow)"tasks": [\#(tasks)]}"#, to: "m.json")
    return try HostBinary.run(
      ["m.json", "--format", "tokens", "-q"] + options, environment: environment,
      folder: folder.path)
  }

  /// So many calls each process had that ended as it should.
  private var log: [Int] {
    get throws { try folder.read("out/log").lines.compactMap { Int($0) } }
  }

  private static let five = #"{"kernel": "looks", "repeat": 5}"#

  private static func tokens(_ calls: ClosedRange<Int>) -> [String] {
    calls.map { #"[{"calls": \#($0), "tables": 1}, true, ""]"# }
  }

  @Test(arguments: ["process", "none"]) func onceInEachProcess(_ isolation: String) throws {
    let run = try run(Self.five, ["--isolation", isolation])
    #expect(run.out.lines == Self.tokens(1...5), "\(run.out)\(run.err)")
    #expect(try log == [5])
  }

  @Test func onceInEachCallsProcess() throws {
    let run = try run(Self.five, ["--isolation", "call"])
    #expect(run.out.lines == [String](repeating: Self.tokens(1...1)[0], count: 5), "\(run.err)")
    #expect(try log == [1, 1, 1, 1, 1])
  }

  /// Where memory is checked, each call reaches its own alone, and all reach the table.
  @Test func whereMemoryIsChecked() throws {
    let run = try run(Self.five, ["--check-memory"])
    #expect(run.out.lines == Self.tokens(1...5), "\(run.out)\(run.err)")
  }

  @Test func inAReplay() throws {
    _ = try run(Self.five)
    let arguments = ["m.json", "-q", "--format", "jsonl", "-o", "r.jsonl"]
    #expect(try HostBinary.run(arguments, folder: folder.path).end == .exit(0))
    let again = try HostBinary.run(["replay", "r.jsonl", "--call", "3"], folder: folder.path)
    #expect(again.out.contains(Self.tokens(1...1)[0]), "\(again.out)\(again.err)")
    #expect(try log == [5, 5, 1])
  }

  @Test(arguments: ["process", "none"]) func inSeveralLanes(_ isolation: String) throws {
    let run = try run(
      #"{"kernel": "looks", "args": [2000], "repeat": 300}"#, ["-j", "2", "--isolation", isolation])
    #expect(run.end == .exit(0), "\(run.err)")
    let log = try log
    #expect(log.reduce(0, +) == 300 && log.count <= 2, "\(log)")
  }

  @Test func kernelsWithTheSameFunction() throws {
    let run = try run(#"{"kernel": "looks"}, {"kernel": "looks_too"}, {"kernel": "looks"}"#)
    #expect(
      run.out.lines == [Self.tokens(1...1)[0], "[2, true, \"\"]", Self.tokens(3...3)[0]],
      "\(run.out)\(run.err)")
    #expect(try log == [3])
  }

  /// Live and sleeping calls go on from their bytes, at the same addresses, in a worker with a
  /// table of its own.
  @Test func madeAgainAfterADeath() throws {
    for nap in [0, 1] {
      let run = try run(
        #"{"kernel": "looks", "args": [12, \#(nap)], "repeat": 3}, {"kernel": "dies"}"#)
      let tokens = run.out.lines
      #expect(tokens.count == 4 && tokens[3].contains("SIGABRT"), "\(run.out)\(run.err)")
      for call in 1...3 {
        #expect(tokens[call - 1] == #"[{"calls": \#(call), "tables": 2}, true, ""]"#)
      }
      #expect(try log == [0])
    }
  }

  /// Calls that could go on, but for what they share: each has its token.
  @Test(arguments: ["SETUP_IS_FOR_ONE", "SETUP_KILLS_LATER"])
  func notMadeAgainAfterADeath(_ variable: String) throws {
    for nap in [0, 1] {
      try? FileManager.default.removeItem(atPath: folder.path("out/one"))
      let run = try run(
        #"{"kernel": "looks", "args": [12, \#(nap)], "repeat": 3}, {"kernel": "dies"}"#,
        environment: [variable: "1"])
      let tokens = run.out.lines
      #expect(tokens.count == 4 && tokens[3].contains("SIGABRT"), "\(run.out)\(run.err)")
      let words =
        variable == "SETUP_IS_FOR_ONE"
        ? "EEXIST: another process has it" : "died in the setup of its kernel of SIGABRT"
      for token in tokens.prefix(3) { #expect(token.contains(words), "\(run.out)\(run.err)") }
    }
  }

  @Test(arguments: ["process", "none", "call"]) func anErrorIsEachCalls(_ isolation: String) throws
  {
    let options = ["--isolation", isolation]
    let failed = try run(Self.five, options, environment: ["SETUP_FAILS": "1"])
    #expect(failed.end == .exit(1))
    let line = "[null, false, \"ENOENT: no table for you\"]"
    #expect(failed.out.lines == [String](repeating: line, count: 5), "\(failed.out)\(failed.err)")
    let wrong = try run(#"{"kernel": "looks"}"#, options, environment: ["SETUP_IS_WRONG": "1"])
    #expect(wrong.out.contains("EPROTO: setup returned 1, which is neither"), "\(wrong.out)")
  }

  /// The next call tries again.
  @Test func anErrorThatGoesAway() throws {
    let run = try run(Self.five, environment: ["SETUP_FAILS_ONCE": "1"])
    #expect(run.out.lines.first?.contains("EAGAIN") == true, "\(run.out)")
    #expect(run.out.lines.dropFirst() == Self.tokens(1...4)[...], "\(run.out)")
  }

  @Test func aHangEndsByTheTimeout() throws {
    let run = try run(
      #"{"kernel": "looks", "timeout": 0.05, "grace": 0.05}, {"kernel": "knows"}"#,
      environment: ["SETUP_HANGS": "1"])
    #expect(
      run.out.lines.first?.contains("killed in the setup of its kernel") == true,
      "\(run.out)\(run.err)")
    #expect(run.out.lines.last?.hasPrefix("[{\"number\": 1,") == true, "\(run.out)\(run.err)")
  }

  @Test func aCrashIsTheCalls() throws {
    let run = try run(
      #"{"kernel": "looks"}, {"kernel": "knows"}"#, environment: ["SETUP_CRASHES": "1"])
    #expect(run.out.lines.first?.contains("SIGSEGV") == true, "\(run.out)\(run.err)")
    #expect(
      run.out.lines.first?.contains("died in the setup of its kernel of SIGSEGV") == true,
      "\(run.out)\(run.err)")
    #expect(run.out.lines.first?.contains("in make+0x") == true, "\(run.out)\(run.err)")
    #expect(run.out.lines.last?.hasPrefix("[{\"number\": 1,") == true, "\(run.out)\(run.err)")
  }

  /// What freeing does costs no token.
  @Test(arguments: ["TEARDOWN_HANGS", "TEARDOWN_CRASHES"])
  func aWrongTeardown(_ variable: String) throws {
    for isolation in ["process", "call"] {
      let run = try run(
        #"{"kernel": "looks"}"#, ["--isolation", isolation], environment: [variable: "1"])
      #expect(run.end == .exit(0) && run.out.lines == Self.tokens(1...1), "\(run.out)\(run.err)")
    }
  }

  @Test(arguments: ["process", "none", "call"]) func whatACallKnows(_ isolation: String) throws {
    let options = ["--isolation", isolation]
    let run = try run(#"{"kernel": "knows", "repeat": 4}"#, options)
    let expected = (0..<4).map {
      #"[{"number": \#($0), "attempt": 1, "left": "Infinity"}, true, ""]"#
    }
    #expect(run.out.lines == expected, "\(run.out)\(run.err)")
    let some = try self.run(
      #"{"kernel": "knows", "repeat": 4}"#, options + ["--calls", "2..3"])
    #expect(some.out.lines == expected[2...3].map { $0 }, "\(some.out)\(some.err)")
    let again = try self.run(
      #"{"kernel": "knows", "args": [2], "retries": {"times": 3}}"#, options)
    #expect(
      again.out.lines == [#"[{"number": 0, "attempt": 3, "left": "Infinity"}, true, ""]"#],
      "\(again.out)\(again.err)")
    for limit in [#""timeout": 50"#, #""deadline": 50"#, #""deadline": 50, "timeout": 100"#] {
      let timed = try self.run(#"{"kernel": "knows", \#(limit)}"#, options)
      let left = timed.out.split(separator: " ").compactMap {
        Double($0.filter { $0 != "}" && $0 != "," })
      }
      #expect((left.last ?? 0) > 40 && (left.last ?? 0) <= 50, "\(timed.out)\(timed.err)")
    }
  }
}

import Foundation
import KernelHostTestSupport
import Testing

/// What a token says of a crash beside its signal: who called, why, and its last line.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct BlameTests {
  private static let source = """
    #include "kernel_host.h"
    #include <assert.h>
    #include <signal.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/time.h>
    #include <unistd.h>
    typedef struct { int64_t way; } odd;
    static volatile int64_t sink;
    static void (*volatile nothing)(void);
    __attribute__((noinline)) static int64_t length(const char *text) {
        return (int64_t)strlen(text) + sink;
    }
    __attribute__((noinline)) static int64_t descend(int64_t depth) {
        volatile char frame[1000];
        frame[0] = (char)depth;
        return depth < 0 ? 0 : descend(depth + 1) + frame[0];
    }
    __attribute__((noinline)) static int64_t array(void) {
        volatile char *bytes = __builtin_alloca(9 << 20);
        bytes[0] = 1;
        return bytes[0];
    }
    static int odd_step(kh_call *call, void *state) {
        (void)call;
        switch (((odd *)state)->way) {
        case 0: sink = length((const char *)8); break;
        case 1: nothing(); break;
        case 2: sink = descend(0); break;
        case 3: sink = array(); break;
        case 4: fprintf(stderr, "first\\nterminate\\n  what():  disk on \\033[31mfire\\n\\n"); abort();
        case 5: fprintf(stderr, "library: no licence"); _exit(3);
        case 6: for (;;) sink++;
        case 7: signal(SIGXCPU, SIG_IGN); for (;;) sink++;
        case 8: sink = *(volatile int64_t *)16; break;
        default: break;
        }
        return KH_DONE;
    }
    KH_KERNEL(odd, .summary = "End in some way.", .flags = KH_PURE, .step = odd_step,
        .params = KH_PARAMS(KH_PARAM(odd, way, "which")));

    typedef struct { double seconds; } alarmed;
    static int alarmed_step(kh_call *call, void *state) {
        struct itimerval soon = {.it_value = {0, 20000}};
        (void)call;
        (void)state;
        setitimer(ITIMER_REAL, &soon, NULL);
        return KH_DONE;
    }
    KH_KERNEL(alarmed, .summary = "Set a clock, and end.", .flags = 0, .step = alarmed_step,
        .params = KH_PARAMS(KH_PARAM(alarmed, seconds, "unused")));
    """

  private func run(_ manifest: String, _ options: String...) throws -> (Outcome, TemporaryFolder) {
    let folder = try TemporaryFolder()
    try folder.write(Self.source, to: "odd.c")
    try folder.write(manifest, to: "m.json")
    let outcome = try HostBinary.run(
      ["m.json", "--format", "jsonl"] + options,
      environment: ["XDG_CACHE_HOME": Plugins.folder + "/cache"], folder: folder.path)
    return (outcome, folder)
  }

  @Test func theTokenTellsTheCallerTheStackAndTheLastLine() throws {
    let (outcome, _) = try run(
      """
      {"plugins": ["odd.c"], "isolation": "call",
       "tasks": [{"kernel": "odd", "sweep": {"way": [0, 1, 2, 3, 4, 5, 8, 9]}}]}
      """)
    let records = try outcome.out.callRecords
    let messages = records.map { ($0["error"] as? [String: Any])?["message"] as? String ?? "" }
    try #require(messages.count == 8, "\(outcome.err)")
    #expect(messages[0].contains("libc") && messages[0].contains("called from length"))
    #expect(messages[1].contains("at address 0x0, in a call from odd_step+0x"))
    #expect(messages[2].contains("in descend+0x") && messages[2].contains(": its stack was full ("))
    #expect(messages[3].contains("in array+0x") && messages[3].contains(": its stack was full ("))
    #expect(messages[4].contains("called from odd_step+0x"))
    #expect(messages[4].hasSuffix(#"the last line that it wrote: "what():  disk on ␛[31mfire""#))
    #expect(messages[5].hasSuffix(#"the last line that it wrote: "library: no licence""#))
    // Nothing is claimed where nothing is known.
    #expect(messages[6].contains("at address 0x10, in odd_step+0x"))
    for claim in ["stack", "called from", "last line"] {
      #expect(!messages[6].contains(claim), "\(messages[6])")
    }
    #expect(messages[7].isEmpty)
  }

  /// The limit is named, too, where the kernel of the system had to kill.
  @Test func aLimitOfProcessorTimeIsNamed() throws {
    let (outcome, _) = try run(
      """
      {"plugins": ["odd.c"], "isolation": "call", "limits": {"cpu": 1},
       "tasks": [{"kernel": "odd", "sweep": {"way": [6, 7]}}]}
      """)
    let records = try outcome.out.callRecords
    let errors = records.compactMap { $0["error"] as? [String: Any] }
    #expect(errors.map { $0["name"] as? String } == ["SIGXCPU", "SIGKILL"])
    for error in errors {
      #expect((error["message"] as? String)?.contains("the 1 second of processor time") == true)
      #expect((error["message"] as? String)?.contains("limits.cpu") == true)
    }
  }

  /// A worker that dies between the steps of its calls is told: at once, among the events, and
  /// in the summary; and who had run there.
  @Test func aDeathInNoCallIsTold() throws {
    let (outcome, folder) = try run(
      """
      {"plugins": ["odd.c"], "tasks": [
        {"kernel": "primes", "args": [10]}, {"kernel": "alarmed"}, {"kernel": "sleep", "args": [0.1]}]}
      """, "--events", "events.jsonl", "--summary")
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    #expect(try outcome.out.callRecords.count == 3)
    let told = "died between the steps of its calls of SIGALRM"
    let warnings = outcome.err.lines.filter {
      $0.hasPrefix("host: warning: a worker process \(told)")
    }
    #expect(warnings.count == 1, "\(outcome.err)")
    #expect(warnings.first?.contains("alarmed (call 1)") == true)
    #expect(outcome.err.contains("workers that died outside the code of calls: once"))
    let events = try folder.read("events.jsonl").lines.map { try JSON.object($0) }
    let losses = events.filter { $0["event"] as? String == "worker_died" }
    #expect(losses.count == 1 && losses[0]["name"] as? String == "SIGALRM")
    let suspects = try #require(losses.first?["suspects"] as? [[String: Any]])
    #expect(suspects.contains { $0["kernel"] as? String == "alarmed" })
  }

  /// The latest call is the first that is suspected; the events have all that are known.
  @Test func theLatestIsSuspectedFirst() throws {
    let sweep = #""sweep": {"limit": {"from": 10, "to": 39, "step": 1}}"#
    // One call at a time: each begins when the one before it has ended.
    let (outcome, folder) = try run(
      """
      {"plugins": ["odd.c"], "tasks": [{"name": "first", "kernel": "primes", \(sweep)},
        {"kernel": "odd", "args": [8], "after": ["first"]}]}
      """, "--events", "events.jsonl", "--live", "1")
    let events = try folder.read("events.jsonl").lines.map { try JSON.object($0) }
    let crash = try #require(events.first { $0["event"] as? String == "crashed" }, "\(outcome.err)")
    let suspects = try #require(crash["suspects"] as? [[String: Any]])
    #expect(suspects.first?["calls"] as? [Int] == Array((0..<30).reversed()))
    #expect(suspects.first?["more"] as? Int == 0)
  }
}

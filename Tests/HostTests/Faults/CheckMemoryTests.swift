import Foundation
import KernelHostTestSupport
import Testing

/// `--check-memory`: an overrun faults in the step that does it.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct CheckMemoryTests {
  private static let source = """
    #include "kernel_host.h"
    typedef struct {
        kh_text what;
        int64_t size, steps, value, spare;
        kh_text said;
    } overruns;
    static volatile char *other;
    static int overruns_step(kh_call *call, void *state) {
        overruns *self = state;
        if (self->what.data[0] == 'k') other = state;
        if (self->steps++ < 2) return KH_MORE;
        volatile char *block = kh_alloc(call, (size_t)self->size);
        if (block == NULL) return -ENOMEM;
        for (int64_t i = 0; i < self->size; i++) self->value += block[i] + 1;
        switch (self->what.data[0]) {
        case 's': ((volatile char *)(self + 1))[0] = 1; break;
        case 'b': block[self->size] = 1; break;
        case 'f': block[-1] = 1; break;
        case 'a': ((volatile char *)(uintptr_t)self->what.data)[48] = 1; break;
        case 'o': other[0] = 1; break;
        default: break;
        }
        self->said = (kh_text){"fine", 4};
        return self->steps < 5 ? KH_MORE : KH_DONE;
    }
    KH_KERNEL(overruns,
        .flags = KH_PURE | KH_FLAT,
        .params = KH_PARAMS(KH_PARAM(overruns, what, "where"), KH_PARAM(overruns, size, "of blocks")),
        .results = KH_RESULTS(KH_RESULT(overruns, value, "bytes"), KH_RESULT(overruns, said, "")),
        .step = overruns_step);
    """

  private static func record(_ what: String, _ size: Int, _ isolation: String) throws -> [String] {
    let folder = try TemporaryFolder()
    try folder.write(source, to: "o.c")
    try folder.write(
      """
      { "plugins": ["o.c"], "isolation": "\(isolation)", "tasks": [
        { "kernel": "overruns", "args": { "what": "keeps", "size": 100 } },
        { "kernel": "overruns", "args": { "what": "\(what)", "size": \(size) } },
        { "kernel": "overruns", "args": { "what": "nothing", "size": 5000 } } ] }
      """, to: "m.json")
    let run = try HostBinary.run(
      ["run", "--check-memory", "--format", "jsonl", "-q", "m.json"], folder: folder.path)
    // Behind the record of the run.
    return run.out.split(separator: "\n").dropFirst().map(String.init) + [run.err]
  }

  /// At the first byte: a size of whole 16 bytes leaves none between.
  @Test(arguments: ["s", "b", "a23456789012345678901234567890ab"], ["process", "call"])
  func theStepIsNamed(_ what: String, _ isolation: String) throws {
    let lines = try Self.record(what, 64, isolation)
    #expect(lines.count == 4 && lines[1].contains("died in step 2 of SIGSEGV"), "\(lines)")
    #expect(lines[1].contains("in overruns_step"), "\(lines)")
    for (line, value) in [(0, 300), (2, 15_000)] where lines.count == 4 {
      #expect(lines[line].contains("\"value\":\(value)"), "\(lines)")
    }
  }

  /// Bytes that share a page with the memory: found behind the step, which ends the call.
  @Test(arguments: [("b", 61), ("f", 64)])
  func theLastBytesAreLookedAt(_ what: String, _ size: Int) throws {
    let lines = try Self.record(what, size, "process")
    #expect(lines.count == 4 && lines[1].contains("around its memory from kh_alloc"), "\(lines)")
    #expect(lines[1].contains("\"steps\":3"), "\(lines)")
  }

  /// Another call's memory is out of reach, and a lane that goes on closes it again.
  @Test func othersAreOutOfReach() throws {
    let lines = try Self.record("others", 64, "process")
    #expect(lines.count == 4 && lines[1].contains("died in step 2 of SIGSEGV"), "\(lines)")
    #expect(lines.count == 4 && lines[0].contains("\"ok\":true"), "\(lines)")
  }

  @Test func itNeedsProcesses() throws {
    let run = try HostBinary.run(["run", "--check-memory", "--isolation", "none", "m.json"])
    #expect(
      run.end == .exit(2) && run.err.contains("--check-memory needs worker processes"), "\(run.err)"
    )
  }
}

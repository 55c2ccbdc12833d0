import KernelHostTestSupport
import Testing

/// What a call writes with the C library's own functions is its own, and is all there.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct RawOutputTests {
  private static let source = """
    #include "kernel_host.h"
    #include <stdio.h>
    typedef struct { int64_t n, i; kh_text how; } writes;
    static int writes_step(kh_call *call, void *state) {
        writes *self = state;
        switch (self->how.data[0]) {
        case 'd': printf("."); break;
        case 'l': printf("line %d\\n", (int)self->i); break;
        case 'n': fwrite("\\0a\\0b", 1, 4, stdout); break;
        case 'f': {
            FILE *file = fopen("left", "w");
            if (file == NULL) return kh_fail(call, -EIO, "cannot open the file");
            fputs("left open", file);
        }
        }
        return ++self->i >= self->n ? KH_DONE : KH_MORE;
    }
    KH_KERNEL(writes, .summary = "Write.", .flags = KH_PURE | KH_FLAT,
              .params = KH_PARAMS(KH_PARAM(writes, n, "steps"), KH_PARAM(writes, how, "")),
              .step = writes_step);
    """

  private func run(_ tasks: String, _ isolation: String) throws -> (Outcome, TemporaryFolder) {
    let folder = try TemporaryFolder()
    try folder.write(Self.source, to: "writes.c")
    let allow = isolation == "none" ? "" : #""allow": { "write": ["."] },"#
    try folder.write(
      """
      { "plugins": ["writes.c"], \(allow) "isolation": "\(isolation)", "tasks": [\(tasks)] }
      """, to: "m.json")
    let outcome = try HostBinary.run(["m.json", "--format", "tokens", "-q"], folder: folder.path)
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    return (outcome, folder)
  }

  @Test(arguments: ["process", "call"]) func textWithoutAnEndOfLineIsItsCallsOwn(
    _ isolation: String
  ) throws {
    let (outcome, _) = try run(
      """
      { "kernel": "writes", "args": [5, "dots"] }, { "kernel": "writes", "args": [2, "lines"] },
      { "kernel": "writes", "args": [2, "nul"] }
      """, isolation)
    #expect(outcome.err.contains("call 0 (writes): ....."), "\(outcome.err)")
    #expect(outcome.err.contains("call 1 (writes): line 0\n"))
    #expect(outcome.err.contains("call 1 (writes): line 1\n"))
    // Behind a NUL, too.
    let nul = outcome.err.lines.first { $0.contains("call 2") } ?? ""
    #expect(nul.filter { $0 == "a" || $0 == "b" }.hasSuffix("abab"), "\(nul)")
  }

  @Test(arguments: ["process", "none"]) func aFileThatIsLeftOpenIsWritten(_ isolation: String)
    throws
  {
    let (_, folder) = try run(#"{ "kernel": "writes", "args": [1, "file"] }"#, isolation)
    #expect(try folder.read("left") == "left open")
  }
}

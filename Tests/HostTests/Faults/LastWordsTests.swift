import KernelHostTestSupport
import Testing

/// What a call writes by itself in the step that kills its worker, beside other live calls.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct LastWordsTests {
  /// With each of these another way leads from the death to the token.
  @Test(arguments: ["KH_PURE | KH_FLAT", "KH_PURE", "KH_FLAT", "0"])
  func areShownOnce(flags: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      #include <stdio.h>
      typedef struct { int64_t number, steps; } speaker;
      static int speaker_step(kh_call *call, void *state) {
          speaker *self = (speaker *)state;
          (void)call;
          if (self->number == 50) {
              fwrite("\\0last words\\n", 1, 12, stdout); // behind a NUL, too
              fflush(stdout);
              *(volatile int *)0 = 1;
          }
          return ++self->steps < 3 ? KH_MORE : KH_DONE;
      }
      KH_KERNEL(speaker, .summary = "Speak and die.", .flags = \(flags),
          .params = KH_PARAMS(KH_PARAM(speaker, number, "which one")),
          .results = KH_RESULTS(KH_RESULT(speaker, steps, "steps")), .step = speaker_step);
      """, to: "speaker.c")
    let sweep = #"{"number": {"from": 0, "to": 99, "step": 1}}"#
    try folder.write(
      #"{"plugins": ["speaker.c"], "tasks": [{"kernel": "speaker", "sweep": \#(sweep)}]}"#,
      to: "m.json")
    let outcome = try HostBinary.run(
      ["m.json", "--format", "tokens"],
      environment: ["XDG_CACHE_HOME": folder.path("cache")], folder: folder.path)
    #expect(outcome.err.ranges(of: "call 50 (speaker): last words").count == 1)
    let lines = outcome.out.split(separator: "\n")
    #expect(lines.count == 100 && lines[50].hasPrefix("[null, false, \"SIGSEGV"))
    // Where they cannot go on, nor start again, the others are lost.
    let isGood = { (line: Substring) in line == "[3, true, \"\"]" }
    #expect(lines.count(where: isGood) == 99 || flags == "0")
  }
}

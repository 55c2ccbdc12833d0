import KernelHostTestSupport
import Testing

/// A text parameter is never NULL, as the header says.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct DefaultTextTests {
  @Test(arguments: ["process", "call", "none"])
  func aTextThatIsNotGivenIsEmpty(_ isolation: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      #include <string.h>
      typedef struct { int64_t n; kh_text name, other; int64_t lengths; } asks;
      static int asks_step(kh_call *call, void *state) {
          asks *self = state;
          (void)call;
          if (self->name.data == NULL || self->other.data == NULL) return -EFAULT;
          self->lengths = (int64_t)(100 * strlen(self->name.data) + strlen(self->other.data));
          return KH_DONE;
      }
      KH_KERNEL(asks, .summary = "Two texts.", .flags = KH_PURE | KH_FLAT,
                .params = KH_PARAMS(KH_PARAM(asks, n, ""), KH_PARAM(asks, name, ""),
                                    KH_PARAM(asks, other, "")),
                .results = KH_RESULTS(KH_RESULT(asks, lengths, "")), .step = asks_step);
      """, to: "asks.c")
    try folder.write(
      """
      { "plugins": ["asks.c"], "isolation": "\(isolation)", "tasks": [
        { "kernel": "asks" }, { "kernel": "asks", "args": { "other": "abc" } } ] }
      """, to: "m.json")
    let run = try HostBinary.run(["m.json", "--format", "tokens", "-q"], folder: folder.path)
    #expect(run.out == "[0, true, \"\"]\n[3, true, \"\"]\n", "\(run.err)")
  }
}

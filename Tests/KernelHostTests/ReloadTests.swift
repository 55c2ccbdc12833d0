import Foundation
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// A library that changes while a program that embeds the host runs: who opened it first goes
/// on with the old code, who opens it next has the new one.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct ReloadTests {
  private static func build(_ answer: Int, in folder: TemporaryFolder) throws {
    try folder.write(
      """
      #include "kernel_host.h"
      typedef struct { int64_t value; } answer;
      static int step(kh_call *call, void *state) {
          (void)call;
          ((answer *)state)->value = \(answer);
          return KH_DONE;
      }
      KH_KERNEL(answer, .step = step, .results = KH_RESULTS(KH_RESULT(answer, value, "")));

      """, to: "a.c")
    let command = [
      Plugins.compiler!, "-shared", "-fPIC", "-I", Repository.path + "/include", "a.c", "-o",
      "new.so",
    ]
    let outcome = try Child("/usr/bin/env", command, folder: folder.path).finish()
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    try Data(contentsOf: URL(fileURLWithPath: folder.path("new.so")))
      .write(to: URL(fileURLWithPath: folder.path("a.so")), options: .atomic)
  }

  @Test(arguments: [Isolation.none, .process])
  func theOldCodeGoesOnAndTheNextHasTheNew(_ isolation: Isolation) async throws {
    let folder = try TemporaryFolder()
    var setup = WorkerSetup()
    setup.isolation = isolation
    setup.plugins = [Plugin(path: folder.path("a.so"))]
    var kernels: [Kernel] = []
    for answer in 1...3 {
      try Self.build(answer, in: folder)
      let host = try CallHost(try LoadedKernels.open(setup), printing: .discard)
      kernels.append(try host.kernel("answer"))
    }
    for (index, kernel) in kernels.enumerated() {
      let token = await execCommand { try await kernel() }
      #expect(token.result == .integer(Int64(index + 1)))
    }
  }
}

import KernelBridge
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Synchronization
import Testing

/// A lane that waits for the host, which is busy with what its call prints, is in order.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct SlowReaderTests {
  /// 64 MiB in one step, of which the host takes one in 22 ms: longer than a lane may be of no
  /// use, and it looks after it only between two.
  @Test func muchTextIsNoDamage() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      typedef struct { int64_t pieces; } talks;
      static int talks_step(kh_call *call, void *state) {
          for (int64_t i = 0; i < ((talks *)state)->pieces; i++) kh_print(call, "%65536d", 1);
          return KH_DONE;
      }
      KH_KERNEL(talks, .flags = KH_PURE, .params = KH_PARAMS(KH_PARAM(talks, pieces, "")),
                .step = talks_step);

      """, to: "talks.c")
    var setup = WorkerSetup()
    setup.isolation = .process
    setup.plugins = [Plugin(path: folder.path("talks.c"))]
    let taken = Atomic<Int>(0)
    let host = try CallHost(
      try LoadedKernels.open(setup),
      printing: .handler { bytes in
        taken.add(bytes.count, ordering: .relaxed)
        let end = monotonicNanoseconds() + UInt64(bytes.count) * 22_000_000 / (1 << 20)
        while monotonicNanoseconds() < end { continue }
      })
    let kernel = try host.kernel("talks")
    let token = await execCommand { try await kernel(pieces: 1024) }
    #expect(token.ok, "\(token)")
    #expect(taken.load(ordering: .relaxed) == 64 << 20)
  }
}

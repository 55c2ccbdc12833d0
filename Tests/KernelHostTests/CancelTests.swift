import Dispatch
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// A Swift task that is cancelled while its call hangs.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct CancelTests {
  /// The worker is killed once the step's grace is over; a neighbour goes on.
  @Test(arguments: [Isolation.process, .call])
  func aHungStepEndsWithItsTask(_ isolation: Isolation) async throws {
    var setup = WorkerSetup()
    setup.isolation = isolation
    setup.plugins = [
      Plugin(path: try Plugins.library("hostile/greedy.c")),
      Plugin(path: try Plugins.library("neighbours.c")),
    ]
    let host = try CallHost(try LoadedKernels.open(setup), printing: .discard)
    let hung = try host.kernel("endless_step")
    let good = try host.kernel("good_flat")
    let neighbour = Task { try await good(steps: 1000) }
    let task = Task { await gather(try hung.call(["at": 0]))[0] }
    // It has begun, or is cancelled before: both end. No thread of the Swift pool is in the way:
    // other tests wait there for compilers.
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(100)) { task.cancel() }
    let token = try await task.value
    #expect(token.status == .cancelled && token.seconds < 20)
    _ = try await neighbour.value
  }
}

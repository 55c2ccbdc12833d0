import KernelBridge
import TaskModel

/// Lanes of this process, or in workers, and the system's clock.
final class ArenaLanes: LaneProvider {
  let catalogue: Catalogue
  private let workers: WorkerSupervisor?
  /// What another fork server is set up with, should this one be gone.
  private let setup: WorkerSetup

  init(_ catalogue: Catalogue, _ workers: WorkerSupervisor?, _ setup: WorkerSetup) {
    self.catalogue = catalogue
    self.workers = workers
    self.setup = setup
  }

  var now: UInt64 { monotonicNanoseconds() }

  func makeLane(
    liveLimit: Int?, lanes: Int, silence: UInt64, copiesCalls: Bool
  ) throws(SystemError) -> any Lane {
    try ArenaLane(
      catalogue: catalogue, workers: workers, liveLimit: liveLimit, lanes: lanes,
      silence: silence, copiesCalls: copiesCalls)
  }

  func wait(_ lanes: [any Lane], nanoseconds: Int64?) {
    ArenaLane.wait(lanes, nanoseconds: nanoseconds)
  }

  func another() throws(SystemError) -> any LaneProvider {
    ArenaLanes(catalogue, try LoadedKernels.startAgain(setup), setup)
  }
}

import KernelBridge
import KernelHostModel

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
    let workers = try LoadedKernels.startAgain(setup)
    // Default states may have pointers into libraries, which are elsewhere in other processes.
    guard let fresh = try? workers.catalogue(origins: setup.origins, folder: setup.folder),
      Self.fields(fresh) == Self.fields(catalogue)
    else {
      throw SystemError("start a worker process", path: nil, code: SystemError.noProcess)
    }
    return ArenaLanes(fresh, workers, setup)
  }

  /// What calls name by number.
  private static func fields(_ catalogue: Catalogue) -> [[String]] {
    catalogue.signatures.map { [$0.name] + $0.parameters.map(\.name) + $0.results.map(\.name) }
  }
}

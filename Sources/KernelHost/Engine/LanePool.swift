import Dispatch
import KernelBridge
import KernelHostModel
import Synchronization

/// Runs the calls of a run over one lane or several, each with a driver and a thread of its own.
///
/// A single lane gets all calls as they may begin. Several lanes take blocks of neighbours: small
/// at first, larger while they end quickly, and small again at the end (guided self-scheduling,
/// Polychronopoulos and Kuck 1987). An idle lane gets half of what the others have not begun. A
/// lane begins few calls at a time. The rest waits in its ring, where its owner can take it back at
/// any moment, also during a long step.
///
/// The few calls that a lane has begun take turns, a step each. Running one call for a slice of 50
/// us was up to 40 percent slower for short steps, and no faster for long ones. Steps of one call
/// depend on each other; steps of different calls overlap in the processor.
enum LanePool {
  /// Runs all calls; the first driver on this thread. `make` makes another, on the thread that is
  /// to run it. Lanes that cannot be had are done without, with a warning for the first. What
  /// such a lane was to continue begins anew.
  static func run(
    _ source: PlannedCalls, _ engine: RunEngine, lanes: Int, first: LaneDriver,
    make: @escaping @Sendable (Int) throws(SystemError) -> LaneDriver
  ) {
    let others = DispatchGroup()
    let isTold = Atomic<Bool>(false)
    let snapshots = first.settings.snapshots
    let cancellation = first.settings.cancellation
    let tell = { @Sendable (error: SystemError) in
      guard !isTold.exchange(true, ordering: .relaxed) else { return }
      let reason = Wording.system(error.action, error.path, error.reason)
      engine.tell { $0.warned(call: nil, Wording.laneMissing(of: lanes, reason)) }
    }
    for lane in 1..<max(lanes, 1) {
      others.enter()
      // Each begins when it is there: to start a worker takes milliseconds.
      let started = HostThread.start {
        do throws(SystemError) {
          let driver = try make(lane)
          driver.run(RunSupply(driver, engine, source, lanes: lanes))
        } catch {
          tell(error)
          snapshots?.leave(lane: lane, engine, isStopping: cancellation.isCancelled)
        }
        others.leave()
      }
      if !started {
        others.leave()
        tell(SystemError("start a thread", path: nil, code: Errno.tryAgain.number))
        for missing in lane..<lanes {
          snapshots?.leave(lane: missing, engine, isStopping: cancellation.isCancelled)
        }
        break
      }
    }
    first.run(RunSupply(first, engine, source, lanes: lanes))
    others.wait()
  }
}

import Dispatch
import KernelBridge
import Synchronization
import TaskModel

/// Runs the calls of a run over one lane or several, each with a driver and a thread of its own.
///
/// One lane gets all calls as they may begin. Of several each takes blocks of neighbours: small at
/// first, larger while they are done quickly, and small again at the end (guided self-scheduling,
/// Polychronopoulos and Kuck 1987). A lane that has run dry gets half of what the others have not
/// begun: a lane begins few calls at a time, the rest waits in its ring, where its owner can take
/// it back at any moment, in the middle of a long step, too.
///
/// The few calls that a lane has begun take turns, a step each. Running one call for a slice of
/// 50 us was up to 40 percent slower for short steps (steps of one call depend on each other,
/// those of different calls overlap in the processor) and no faster for long ones.
enum LanePool {
  /// Runs all calls; the first driver on this thread. `make` makes another, on the thread that is
  /// to run it. Lanes that cannot be had are done without, with a warning for the first.
  static func run(
    _ source: PlannedCalls, _ engine: RunEngine, lanes: Int, first: LaneDriver,
    make: @escaping @Sendable (Int) throws(SystemError) -> LaneDriver
  ) {
    let others = DispatchGroup()
    let isTold = Atomic<Bool>(false)
    let tell = { @Sendable (error: SystemError) in
      guard !isTold.exchange(true, ordering: .relaxed) else { return }
      let reason = Wording.system(error.action, error.path, error.reason)
      engine.tell { $0.warned(call: nil, Wording.laneMissing(of: lanes, reason)) }
    }
    let first = RunSupply(first, engine, source, lanes: lanes)
    for lane in 1..<max(lanes, 1) {
      others.enter()
      // Each begins when it is there: to start a worker takes milliseconds.
      let started = HostThread.start {
        do throws(SystemError) {
          let supply = RunSupply(try make(lane), engine, source, lanes: lanes)
          while supply.turn() {}
        } catch {
          tell(error)
        }
        others.leave()
      }
      if !started {
        others.leave()
        tell(SystemError("start a thread", path: nil, code: 11))
        break
      }
    }
    while first.turn() {}
    others.wait()
  }
}

/// Brings the calls of a run to one of its lanes, until all are done. On its driver's thread.
final class RunSupply {
  private let driver: LaneDriver
  private let engine: RunEngine
  private let source: PlannedCalls
  /// Nil for a lane that takes all there is.
  private let blocks: BlockSizer?
  private var isClosed = false

  init(_ driver: LaneDriver, _ engine: RunEngine, _ source: PlannedCalls, lanes: Int) {
    self.driver = driver
    self.engine = engine
    self.source = source
    blocks = lanes > 1 ? BlockSizer(driver.settings.silence) : nil
    engine.attach(driver.settings.cancellation)
    driver.beforeWait = { engine.tell { $0.flush() } }
  }

  /// Takes calls, feeds and takes what has ended, or waits. Returns false when all is done.
  func turn() -> Bool {
    if !isClosed, driver.settings.cancellation.isCancelled {
      engine.close(TokenMaker.cancelledBeforeStart)
      isClosed = true
    }
    if let refusal = engine.refusal { driver.scheduler.refuse(with: refusal) }
    takeCalls()
    if !driver.isBusy {
      if engine.isDone {
        // The other drivers may sleep for long.
        engine.tell { $0.flush() }
        driver.lane.letEnd()
        return false
      }
      engine.ask()
    } else if engine.isHungry, driver.hasUnbegun {
      let ranges = driver.giveBack()
      if !ranges.isEmpty { engine.giveBack(ranges) }
    }
    driver.turn()
    return true
  }

  private func takeCalls() {
    // Calls that sleep keep no lane from others.
    if let blocks, driver.isBusy, driver.lane.isIdle { blocks.wait() }
    while blocks?.wantsMore ?? true, let calls = engine.deal(blocks?.size ?? .max) {
      blocks?.begin()
      let start = driver.provider.now
      driver.add(
        source.block(calls),
        BlockSink(engine) { [blocks, driver] in
          blocks?.end(nanoseconds: driver.provider.now - start)
        })
    }
  }
}

/// How many calls a lane takes at a time. On its driver's thread.
private final class BlockSizer {
  private(set) var size = 1
  private var open = 0
  /// The lane has nothing to do though its blocks are not done.
  private var isWaiting = false
  private static let most = 1024
  private let silence: UInt64

  /// `silence`: of the lane.
  init(_ silence: UInt64) { self.silence = silence }

  /// Short calls in two blocks, so that the lane never waits for the next; long ones in one, so
  /// that another lane may have what has not begun.
  var wantsMore: Bool { isWaiting || open < (size >= 4 ? 2 : 1) }

  func begin() {
    open += 1
    isWaiting = false
  }

  func wait() {
    isWaiting = true
    size = min(size * 2, Self.most)
  }

  func end(nanoseconds: UInt64) {
    open -= 1
    // A lane says only now and then that calls have ended: what it has must last for longer, or it
    // is idle for a while each time.
    if nanoseconds < silence * 2 {
      size = min(size * 2, Self.most)
    } else if nanoseconds > silence * 8 {
      size = max(size / 2, 1)
    }
  }
}

/// A block's sink: the run's results, and a word when the block is done.
private final class BlockSink: CallSink {
  private let engine: RunEngine
  private let isDone: () -> Void

  init(_ engine: RunEngine, _ isDone: @escaping () -> Void) {
    self.engine = engine
    self.isDone = isDone
  }

  func printed(call: Int, _ bytes: ArraySlice<UInt8>) {
    engine.tell { $0.printed(call: call, bytes) }
  }
  func wrote(call: Int, _ bytes: ArraySlice<UInt8>) {
    engine.tell { $0.wrote(call: call, bytes) }
  }
  func warned(call: Int?, _ text: String) { engine.tell { $0.warned(call: call, text) } }
  func noted(_ note: RunnerNote) { engine.tell { $0.noted(note) } }
  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
    engine.ended(count, call)
  }
  func missing(in calls: Range<Int>) -> [Range<Int>] { engine.missing(in: calls) }
  func finished() { isDone() }
}

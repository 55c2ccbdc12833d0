import KernelHostModel

/// Brings the calls of a run to one of its lanes, until all are done. On its driver's thread.
final class RunSupply: CallSupply {
  private let engine: RunEngine
  private let source: PlannedCalls
  /// Nil for a lane that takes all there is.
  private let blocks: BlockSizer?
  private var isClosed = false
  private let held = HeldCalls()

  init(_ driver: LaneDriver, _ engine: RunEngine, _ source: PlannedCalls, lanes: Int) {
    self.engine = engine
    self.source = source
    blocks = lanes > 1 ? BlockSizer(driver.settings.silence) : nil
    engine.attach(driver.settings.cancellation)
    driver.beforeWait = { engine.tell { $0.flush() } }
    for (job, call) in driver.restored {
      driver.addRestored(
        call, job: job, source.block(call.number..<call.number + 1), BlockSink(engine) {})
    }
    driver.restored = []
    driver.settings.snapshots?.leave(
      driver.notRestored, engine, isStopping: driver.settings.cancellation.isCancelled)
    driver.notRestored = []
  }

  func supply(_ driver: LaneDriver) -> Bool {
    if !isClosed, driver.settings.cancellation.isCancelled {
      engine.close(TokenMaker.cancelledBeforeStart)
      isClosed = true
    }
    if let refusal = engine.refusal { driver.scheduler.refuse(with: refusal) }
    deal(to: driver)
    if !driver.isBusy {
      if engine.isDone {
        // The other drivers may sleep for long.
        engine.tell { $0.flush() }
        driver.takeSnapshots()
        driver.lane.letEnd()
        return false
      }
      engine.ask()
    } else if engine.isHungry, driver.hasUnbegun {
      let ranges = driver.giveBack().map(\.calls)
      if !ranges.isEmpty { engine.giveBack(ranges) }
    }
    return true
  }

  private func wantsMore(_ driver: LaneDriver) -> Bool {
    // A call whose begin was written down and that did not begin may be lost with the host.
    blocks?.wantsMore ?? (!engine.dealsLate || driver.scheduler.waiting.isEmpty)
  }

  private func deal(to driver: LaneDriver) {
    // Calls that sleep keep no lane from others, unless it has no room for these.
    let hasRoom = !engine.dealsLate || !driver.hasUnbegun
    if let blocks, driver.isBusy, driver.lane.isIdle, hasRoom { blocks.wait() }
    while wantsMore(driver),
      let calls = engine.deal(blocks?.size ?? .max, held, driver.settings.cancellation)
    {
      blocks?.begin()
      let start = driver.provider.now
      // The driver has the sink: it must not be kept by it, as it may end before the block does.
      driver.add(
        source.block(calls),
        BlockSink(engine) { [blocks, unowned driver] in
          blocks?.end(nanoseconds: driver.provider.now - start)
        })
    }
  }
}

/// How many calls a lane takes at a time. On its driver's thread.
final class BlockSizer {
  private(set) var size = 1
  private(set) var open = 0
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
  func saw(_ event: RunEvent) { engine.tell { $0.saw(event) } }
  func looked(lane: Int, _ calls: [RunningCall]) {
    engine.tell { $0.looked(lane: lane, calls) }
  }
  func surveyed(lane: Int, _ calls: [RunningCall], of count: Int) {
    engine.tell { $0.surveyed(lane: lane, calls, of: count) }
  }
  var wantsSurveys: Bool {
    var wants = false
    engine.tell { wants = $0.wantsSurveys }
    return wants
  }
  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
    engine.ended(count, call)
  }
  func missing(in calls: Range<Int>) -> [Range<Int>] { engine.missing(in: calls) }
  func finished() { isDone() }
}

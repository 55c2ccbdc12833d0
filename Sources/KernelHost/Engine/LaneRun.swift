import Dispatch
import KernelBridge
import Synchronization
import TaskModel

/// The calls of a run over one lane or several, each with a runner and a thread of its own.
///
/// One lane gets all calls as they may begin. Of several each takes blocks of neighbours: small
/// at first, larger while they are done quickly, and small again at the end (guided
/// self-scheduling, Polychronopoulos and Kuck 1987). A lane that has run dry gets half of what
/// the others have not begun: a lane begins few calls at a time, the rest waits in its ring,
/// where its owner can take it back at any moment, in the middle of a long step, too.
///
/// The few calls that a lane has begun take turns, a step each: to let one run on for 50 us was
/// slower by up to 40 percent where steps are short, for a step waits for the one before it and
/// those of several calls overlap, and gained nothing where they are long.
enum LaneRun {
  /// Runs all calls; the first runner on this thread. `make` makes another, on the thread that
  /// is to drive it; those that cannot be had are done without, with a warning for the first.
  static func run(
    _ source: PlannedCalls, _ dealer: Dealer, _ shared: SharedSink, lanes: Int, first: Runner,
    make: @escaping @Sendable (Int) throws(SystemError) -> Runner
  ) {
    let others = DispatchGroup()
    let first = LaneDriver(first, dealer, source, shared, lanes: lanes)
    let isTold = Atomic<Bool>(false)
    let tell = { @Sendable (reason: String) in
      guard !isTold.exchange(true, ordering: .relaxed) else { return }
      shared.use { $0.warned(call: nil, Wording.laneMissing(of: lanes, reason)) }
    }
    for lane in 1..<max(lanes, 1) {
      others.enter()
      // Each begins when it is there: to start a worker takes milliseconds.
      let started = HostThread.start {
        do throws(SystemError) {
          LaneDriver(try make(lane), dealer, source, shared, lanes: lanes).run()
        } catch {
          tell(Wording.system(error.action, error.path, error.reason))
        }
        others.leave()
      }
      if !started {
        others.leave()
        let error = SystemError("start a thread", path: nil, code: 11)
        tell(Wording.system(error.action, error.path, error.reason))
        break
      }
    }
    first.run()
    others.wait()
  }
}

/// Brings the calls of a run to one of its lanes, until all are done. On its runner's thread.
final class LaneDriver {
  private let runner: Runner
  private let dealer: Dealer
  private let source: PlannedCalls
  private let shared: SharedSink
  /// Nil for a lane that takes all there is.
  private let pace: Pace?
  private var isClosed = false

  init(
    _ runner: Runner, _ dealer: Dealer, _ source: PlannedCalls, _ shared: SharedSink, lanes: Int
  ) {
    self.runner = runner
    self.dealer = dealer
    self.source = source
    self.shared = shared
    pace = lanes > 1 ? Pace(runner.settings.silence) : nil
    dealer.attach(runner.settings.bell)
    runner.beforeWait = { shared.use { $0.flush() } }
  }

  func run() {
    while turn() {}
  }

  /// Takes calls, feeds and takes what has ended, or waits; false: all is done.
  func turn() -> Bool {
    if !isClosed, runner.settings.bell.hasRung {
      shared.use { $0.close(TokenMaker.cancelledBeforeStart) }
      isClosed = true
    }
    // Calls that sleep keep no lane from others.
    if let pace, runner.isBusy, runner.lane.isIdle { pace.wait() }
    while pace?.wantsMore ?? true, let calls = dealer.deal(pace?.size ?? .max) {
      pace?.begin()
      let start = runner.provider.now
      runner.add(
        source.block(calls),
        BlockSink(shared, dealer) { [pace, runner] in
          pace?.end(nanoseconds: runner.provider.now - start)
        })
    }
    if !runner.isBusy {
      if dealer.isDone {
        // The other runners may sleep for long.
        shared.use { $0.flush() }
        runner.lane.letEnd()
        return false
      }
      dealer.ask()
    } else if dealer.isHungry, runner.hasUnbegun {
      let ranges = runner.giveBack()
      if !ranges.isEmpty { dealer.giveBack(ranges) }
    }
    runner.turn()
    return true
  }
}

/// How much a lane takes at a time. On its runner's thread.
private final class Pace {
  private(set) var size = 1
  private var open = 0
  /// The lane has nothing to do though its blocks are not done.
  private var isWaiting = false
  private static let most = 1024
  private let silence: UInt64

  /// `silence`: of the lane.
  init(_ silence: UInt64) { self.silence = silence }

  /// Short calls in two blocks, so that the lane never waits for the next; long ones in one,
  /// so that another lane may have what has not begun.
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
    // A lane says only now and then that calls have ended: what it has must last for longer,
    // or it is idle for a while each time.
    if nanoseconds < silence * 2 {
      size = min(size * 2, Self.most)
    } else if nanoseconds > silence * 8 {
      size = max(size / 2, 1)
    }
  }
}

/// One sink for several runners. Guard: `uses` is locked around every use of `sink`.
final class SharedSink: @unchecked Sendable {
  /// How often the sink was used. (A value without size would share its address with what
  /// lies behind it, which the thread sanitizer takes for a race.)
  private let uses = Locked(0)
  private let sink: RunSink

  init(_ sink: RunSink) { self.sink = sink }

  /// For a thread that must not wait for long: nil if `sink` is in use for so many seconds.
  func use<Result>(within seconds: Double, _ body: (RunSink) -> Result) -> Result? {
    uses.withLock(within: seconds) { _ in body(sink) }
  }

  func use<Result>(_ body: (RunSink) -> Result) -> Result {
    uses.withLock { uses in
      uses &+= 1
      return body(sink)
    }
  }
}

/// A block's sink: the one of all, and a word when the block is done.
private final class BlockSink: CallSink {
  private let shared: SharedSink
  private let dealer: Dealer
  private let isDone: () -> Void

  init(_ shared: SharedSink, _ dealer: Dealer, _ isDone: @escaping () -> Void) {
    self.shared = shared
    self.dealer = dealer
    self.isDone = isDone
  }

  func printed(call: Int, _ bytes: ArraySlice<UInt8>) {
    shared.use { $0.printed(call: call, bytes) }
  }

  func wrote(call: Int, _ bytes: ArraySlice<UInt8>) { shared.use { $0.wrote(call: call, bytes) } }
  func warned(call: Int?, _ text: String) { shared.use { $0.warned(call: call, text) } }
  func noted(_ note: RunnerNote) { shared.use { $0.noted(note) } }

  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
    let taken = shared.use { $0.ended(count, call) }
    dealer.end(taken)
    return taken
  }

  func missing(in calls: Range<Int>) -> [Range<Int>] { shared.use { $0.missing(in: calls) } }

  func finished() { isDone() }
}

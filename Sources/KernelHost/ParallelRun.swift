import Dispatch
import KernelBridge
import Synchronization
import TaskModel

/// A source's calls over several lanes, each with a runner and a thread of its own.
///
/// Calls are dealt in blocks of neighbours: small at first, larger while they are done
/// quickly, and small again at the end, so that no lane is left with much when the others have
/// run dry (guided self-scheduling, Polychronopoulos and Kuck 1987).
enum ParallelRun {
  /// Runs all calls; the first runner on this thread. `make` makes another; those that cannot
  /// be had are done without.
  static func run<Source: CallSource & Sendable>(
    _ source: Source, _ sink: any CallSink, lanes: Int, first: Runner,
    beforeWait: @escaping () -> Void, make: (Int) throws(SystemError) -> Runner
  ) {
    let dealer = Dealer(callCount: source.callCount, lanes: lanes)
    let shared = SharedSink(sink, beforeWait)
    let others = DispatchGroup()
    for lane in 1..<max(lanes, 1) {
      guard let runner = try? make(lane) else { break }
      others.enter()
      // Made here and used by its thread alone from then on.
      nonisolated(unsafe) let own = runner
      let started = HostThread.start {
        unsafe drive(own, dealer, source, shared)
        others.leave()
      }
      if !started {
        others.leave()
        break
      }
    }
    drive(first, dealer, source, shared)
    others.wait()
    sink.finished()
  }

  private static func drive<Source: CallSource & Sendable>(
    _ runner: Runner, _ dealer: Dealer, _ source: Source, _ shared: SharedSink
  ) {
    let pace = Pace()
    runner.beforeWait = { shared.flush() }
    while true {
      // Calls that sleep keep no lane from others.
      if runner.isBusy, runner.lane.isIdle { pace.wait() }
      while pace.wantsMore, let calls = dealer.deal(pace.size) {
        pace.begin()
        let start = monotonicNanoseconds()
        runner.add(
          Block(source: source, calls: calls),
          BlockSink(shared) {
            pace.end(nanoseconds: monotonicNanoseconds() - start)
          })
      }
      if !runner.isBusy {
        // The other runners may sleep for long.
        shared.flush()
        return
      }
      runner.turn()
    }
  }
}

/// Hands out the calls, each once.
private final class Dealer: Sendable {
  private let next = Atomic<Int>(0)
  private let callCount: Int
  private let lanes: Int

  init(callCount: Int, lanes: Int) {
    self.callCount = callCount
    self.lanes = lanes
  }

  /// At most `wanted` calls, and no more than a part of what is left; nil: none is left.
  func deal(_ wanted: Int) -> Range<Int>? {
    while true {
      let first = next.load(ordering: .relaxed)
      if first >= callCount { return nil }
      let size = max(1, min(wanted, (callCount - first) / (2 * lanes)))
      if next.compareExchange(
        expected: first, desired: first + size, ordering: .relaxed
      ).exchanged {
        return first..<first + size
      }
    }
  }
}

/// How much a lane takes at a time. On its runner's thread.
private final class Pace {
  private(set) var size = 1
  private var open = 0
  /// The lane has nothing to do though its blocks are not done.
  private var isWaiting = false
  private static let most = 1024

  /// Short calls in two blocks, so that the lane never waits for the next; long ones in one,
  /// so that another lane may have what has not begun.
  var wantsMore: Bool { isWaiting || open < (size >= 8 ? 2 : 1) }

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
    if nanoseconds < 500_000 {
      size = min(size * 2, Self.most)
    } else if nanoseconds > 2_000_000 {
      size = max(size / 2, 1)
    }
  }
}

/// Some of a source's calls, under their own numbers.
private struct Block<Source: CallSource>: CallSource {
  let source: Source
  let calls: Range<Int>

  var firstCall: Int { calls.lowerBound }
  var callCount: Int { calls.upperBound }
  func kernel(ofCall call: Int) -> Int { source.kernel(ofCall: call) }
  func timeout(ofCall call: Int) -> UInt64 { source.timeout(ofCall: call) }
  var hasTimeouts: Bool { source.hasTimeouts }
  var hasLimits: Bool { source.hasLimits }
  func limits(ofCall call: Int) -> CallLimits { source.limits(ofCall: call) }

  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    source.write(argumentsOfCall: call, to: &writer)
  }
}

/// One sink for several runners. Guard: `uses` is locked around every use of `sink`.
private final class SharedSink: @unchecked Sendable {
  /// How often the sink was used. (A value without size would share its address with what
  /// lies behind it, which the thread sanitizer takes for a race.)
  private let uses = Locked(0)
  private let sink: any CallSink
  private let beforeWait: () -> Void

  init(_ sink: any CallSink, _ beforeWait: @escaping () -> Void) {
    self.sink = sink
    self.beforeWait = beforeWait
  }

  func use(_ body: (any CallSink) -> Void) {
    uses.withLock { uses in
      uses &+= 1
      body(sink)
    }
  }

  func flush() { use { _ in beforeWait() } }
}

/// A block's sink: the one of all, and a word when the block is done.
private final class BlockSink: CallSink {
  private let shared: SharedSink
  private let isDone: () -> Void

  init(_ shared: SharedSink, _ isDone: @escaping () -> Void) {
    self.shared = shared
    self.isDone = isDone
  }

  func printed(call: Int, _ bytes: ArraySlice<UInt8>) {
    shared.use { $0.printed(call: call, bytes) }
  }

  func wrote(call: Int, _ bytes: ArraySlice<UInt8>) { shared.use { $0.wrote(call: call, bytes) } }
  func warned(call: Int?, _ text: String) { shared.use { $0.warned(call: call, text) } }
  func noted(_ note: RunnerNote) { shared.use { $0.noted(note) } }

  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall) {
    shared.use { $0.ended(count, call) }
  }

  func finished() { isDone() }
}

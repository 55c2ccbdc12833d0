import KernelBridge
import KernelHostModel
import Synchronization

/// A thread that drives a host's lane and takes orders from any thread.
final class HostExecutor: Sendable {
  /// How the tokens of a job are delivered. The closures are called on the executor's thread.
  enum Delivery: Sendable {
    /// All tokens at the end, in call order.
    case gathered(@Sendable ([Token<Value>]) -> Void)
    /// Each token when its call ends, then the end of the job.
    case each(@Sendable (Int, Token<Value>) -> Void, finished: @Sendable () -> Void)
  }

  /// A job, for the thread that ordered it.
  final class Ticket: Sendable {
    /// The flag is set before the order to cancel is sent, so that a job that starts later sees it.
    let isCancelled = Atomic<Bool>(false)
  }

  fileprivate enum Order: Sendable {
    case start(Ticket, any CallSource & Sendable, Delivery)
    case cancel(Ticket)
    case quit
  }

  private let inbox = Locked<[Order]>([])
  private let cancellation: CancellationSource
  /// Calls that were started and whose jobs have not ended.
  private let calls = Atomic<Int>(0)

  init(
    _ lanes: any LaneProvider, _ settings: EngineSettings, _ printer: Printer
  ) throws(SystemError) {
    cancellation = settings.cancellation
    // The driver is made here. From then on only the thread uses it.
    nonisolated(unsafe) let driver = try LaneDriver(settings, lanes)
    let started = HostThread.start { [self] in unsafe serve(driver, printer) }
    if !started { throw SystemError("start a thread", path: nil, code: Errno.tryAgain.number) }
  }

  /// Ends all calls and the thread.
  func quit() { send(.quit) }

  /// Starts all calls of a source.
  func start(_ source: any CallSource & Sendable, _ ticket: Ticket, _ delivery: Delivery) {
    calls.add(source.callCount - source.firstCall, ordering: .relaxed)
    send(.start(ticket, source, delivery))
  }

  /// How many calls the lane has, about.
  var load: Int { calls.load(ordering: .relaxed) }

  /// A job with this number of calls has ended.
  fileprivate func ended(_ count: Int) { calls.subtract(count, ordering: .relaxed) }

  /// Ends a job's calls, which get their tokens.
  func cancel(_ ticket: Ticket) {
    ticket.isCancelled.store(true, ordering: .releasing)
    send(.cancel(ticket))
  }

  /// Runs all calls of a source. The tokens are in call order. Cancelling the Swift task cancels
  /// the calls.
  func run(_ source: any CallSource & Sendable) async -> [Token<Value>] {
    let ticket = Ticket()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        start(source, ticket, .gathered { continuation.resume(returning: $0) })
      }
    } onCancel: {
      cancel(ticket)
    }
  }

  private func send(_ order: Order) {
    inbox.withLock { $0.append(order) }
    cancellation.wake()
  }

  /// Returns the orders since the last call of this function.
  fileprivate func takeOrders() -> [Order] {
    inbox.withLock { inbox in
      defer { inbox.removeAll() }
      return inbox
    }
  }

  /// The thread's main function.
  private func serve(_ driver: LaneDriver, _ printer: Printer) {
    driver.beforeWait = { printer.flush() }
    driver.run(OrderSupply(self, printer, cancellation))
    printer.flush()
  }
}

/// Passes a host's orders to its driver, until the host quits. It runs on the executor's thread.
private final class OrderSupply: CallSupply {
  private let executor: HostExecutor
  private let printer: Printer
  private let cancellation: CancellationSource
  private var numbers: [ObjectIdentifier: UInt64] = [:]
  private var quits = false
  /// Orders are carried out in the order in which they came. A job waits while no number is free.
  private var orders: Queue<HostExecutor.Order> = Queue()

  init(_ executor: HostExecutor, _ printer: Printer, _ cancellation: CancellationSource) {
    self.executor = executor
    self.printer = printer
    self.cancellation = cancellation
  }

  func supply(_ driver: LaneDriver) -> Bool {
    for order in executor.takeOrders() { orders.append(order) }
    // Cancelled jobs end together: each look at the lane's calls takes a while.
    var cancelled: [UInt64] = []
    while let order = orders.first {
      if case .start = order, !driver.scheduler.hasRoomForJob { break }
      orders.removeFirst()
      switch order {
      case .start(let ticket, let source, let delivery):
        // Before a job can end, and its number be another's.
        driver.cancel(jobs: cancelled)
        cancelled.removeAll(keepingCapacity: true)
        start(source, ticket, delivery, driver)
      case .cancel(let ticket):
        // Without a number, the job has not started, and will see the flag, or has finished.
        if let number = numbers[ObjectIdentifier(ticket)] { cancelled.append(number) }
      case .quit:
        quits = true
        cancellation.cancel()
      }
    }
    driver.cancel(jobs: cancelled)
    return !quits || driver.isBusy
  }

  private func start(
    _ source: any CallSource & Sendable, _ ticket: HostExecutor.Ticket,
    _ delivery: HostExecutor.Delivery, _ driver: LaneDriver
  ) {
    let key = ObjectIdentifier(ticket)
    let range = source.firstCall..<source.callCount
    let sink = JobSink(delivery, printer, range) { [self] in
      numbers[key] = nil
      executor.ended(range.count)
    }
    let number = driver.add(source, sink)
    // A job without calls has ended by now.
    if source.callCount > source.firstCall { numbers[key] = number }
    if ticket.isCancelled.load(ordering: .acquiring) { driver.cancel(jobs: [number]) }
  }
}

/// Collects or passes on the tokens of one job. Only the executor's thread uses it.
private final class JobSink: CallSink {
  private let delivery: HostExecutor.Delivery
  private let printer: Printer
  private let gone: () -> Void
  private let first: Int
  private var tokens: [Token<Value>] = []
  private var seen: SeenCalls

  init(
    _ delivery: HostExecutor.Delivery, _ printer: Printer, _ calls: Range<Int>,
    gone: @escaping () -> Void
  ) {
    first = calls.lowerBound
    self.delivery = delivery
    self.printer = printer
    self.gone = gone
    seen = SeenCalls(most: calls.upperBound)
    if case .gathered = delivery {
      // Each is overwritten once, and a value without references costs nothing to drop.
      tokens = Array(repeating: .ok(.null), count: calls.count)
    }
  }

  func printed(call: Int, _ bytes: ArraySlice<UInt8>) { printer.print(bytes) }
  // Only output of workers is captured. It is passed on as the kernel would have written it.
  func wrote(call: Int, _ bytes: ArraySlice<UInt8>) { printer.complain(bytes) }
  func warned(call: Int?, _ text: String) { printer.complain(Array((text + "\n").utf8)[...]) }

  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
    var taken = 0
    var absent = 0
    // The array is moved out for the loop, which needs one check of exclusive access instead of one
    // per call.
    var known = SeenCalls(most: 0)
    swap(&known, &seen)
    switch delivery {
    case .gathered:
      var all: [Token<Value>] = []
      swap(&all, &tokens)
      for index in 0..<count {
        guard let ended = call(index) else {
          absent += 1
          continue
        }
        guard known.insert(ended.call) else { continue }
        all[ended.call - first] = ended.token
        taken += 1
      }
      swap(&all, &tokens)
    case .each(let each, _):
      for index in 0..<count {
        guard let ended = call(index) else {
          absent += 1
          continue
        }
        guard known.insert(ended.call) else { continue }
        each(ended.call, ended.token)
        taken += 1
      }
    }
    swap(&known, &seen)
    if taken + absent < count { warned(call: nil, Wording.secondToken) }
    return taken
  }

  func missing(in calls: Range<Int>) -> [Range<Int>] {
    calls.filter { !seen.contains($0) }.map { $0..<$0 + 1 }
  }

  func finished() {
    gone()
    printer.flush()
    switch delivery {
    case .gathered(let all): all(tokens)
    case .each(_, let finished): finished()
    }
  }
}

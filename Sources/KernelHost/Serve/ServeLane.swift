import KernelBridge
import KernelHostModel

/// What other threads tell a lane of a server.
final class ServeLane: Sendable {
  let cancellation: CancellationSource
  private let orders = Locked<[(batch: RequestBatch, calls: Range<Int>)]>([])

  init(_ cancellation: CancellationSource) { self.cancellation = cancellation }

  /// Ends those of some calls that the lane has.
  func cancel(_ batch: RequestBatch, _ calls: Range<Int>) {
    let isFirst = orders.withLock { orders in
      orders.append((batch, calls))
      return orders.count == 1
    }
    if isFirst { cancellation.wake() }
  }

  func takeOrders() -> [(batch: RequestBatch, calls: Range<Int>)] {
    orders.withLock { orders in
      defer { orders.removeAll() }
      return orders
    }
  }
}

/// Brings the calls of requests to one of a server's lanes. On its driver's thread.
///
/// A single lane gets requests of few calls at once: they take turns, a step each. Sweeps come in
/// blocks, each open one a block in its turn. Several lanes get all calls in blocks.
final class ServeSupply: CallSupply {
  private let server: Server
  private let lane: ServeLane
  private let lanes: Int
  private let sizer: BlockSizer
  private var jobs: [UInt64: (batch: RequestBatch, calls: Range<Int>)] = [:]
  /// Records and printed text that the client has not been sent.
  private var buffer: [UInt8] = []
  /// Warnings that all jobs were told.
  private var told: Set<String> = []
  private static let full = 1 << 15

  init(_ driver: LaneDriver, _ server: Server, lanes: Int) {
    self.server = server
    self.lanes = lanes
    lane = ServeLane(driver.settings.cancellation)
    sizer = BlockSizer(LaneSilence.short)
    server.attach(lane)
    driver.beforeWait = { [unowned self] in flush() }
  }

  func supply(_ driver: LaneDriver) -> Bool {
    told.removeAll(keepingCapacity: true)
    if driver.settings.cancellation.isCancelled { server.close(.now) }
    cancel(lane.takeOrders(), driver)
    if server.output.hasRoom { deal(to: driver) }
    if !driver.isBusy {
      if server.queue.isOver {
        flush()
        driver.lane.letEnd()
        return false
      }
      if lanes > 1, server.queue.ask() { server.wake() }
    } else if lanes > 1, server.queue.isHungry, driver.hasUnbegun {
      giveBack(driver)
    }
    return true
  }

  /// Ends those of some calls that the lane has: all at once, as each look at them takes a while.
  private func cancel(
    _ orders: [(batch: RequestBatch, calls: Range<Int>)], _ driver: LaneDriver
  ) {
    if orders.isEmpty { return }
    var wanted: [ObjectIdentifier: RangeSet<Int>] = [:]
    for order in orders {
      wanted[ObjectIdentifier(order.batch), default: RangeSet()].insert(contentsOf: order.calls)
    }
    driver.cancel(
      jobs.flatMap { number, job -> [JobCalls] in
        guard let calls = wanted[ObjectIdentifier(job.batch)] else { return [] }
        return calls.intersection(RangeSet(job.calls)).ranges.map {
          JobCalls(job: number, calls: $0)
        }
      })
  }

  private func deal(to driver: LaneDriver) {
    if lanes == 1 {
      while driver.scheduler.hasRoomForJob,
        let (batch, calls) = server.queue.deal(.small, most: .max)
      {
        add(batch, calls, to: driver, isSized: false)
      }
    }
    if driver.isBusy, driver.lane.isIdle { sizer.wait() }
    while sizer.wantsMore, driver.scheduler.hasRoomForJob,
      let (batch, calls) = server.queue.deal(lanes == 1 ? .large : .any, most: sizer.size)
    {
      sizer.begin()
      add(batch, calls, to: driver, isSized: true)
    }
  }

  private func add(
    _ batch: RequestBatch, _ calls: Range<Int>, to driver: LaneDriver, isSized: Bool
  ) {
    let start = driver.provider.now
    // The number of the job is not known before it is added.
    let sink = ServeSink(self, batch)
    let number = driver.add(batch.source.block(calls), sink)
    jobs[number] = (batch, calls)
    sink.isDone = { [unowned self, unowned driver] in
      jobs[number] = nil
      if isSized { sizer.end(nanoseconds: driver.provider.now - start) }
    }
  }

  private func giveBack(_ driver: LaneDriver) {
    let batches = jobs
    for part in driver.giveBack() {
      guard let batch = batches[part.job]?.batch else { continue }
      let (open, cancelled) = batch.sorted(part.calls)
      server.queue.giveBack(batch, open)
      for calls in cancelled { server.end(batch, calls) }
    }
    server.wake()
  }

  /// Sends the client what there is for it.
  fileprivate func flush() {
    if buffer.isEmpty { return }
    server.output.append(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  fileprivate func ended(
    _ batch: RequestBatch, _ count: Int, _ call: (_ index: Int) -> EndedCall?
  ) -> Int {
    var bytes: [UInt8] = []
    swap(&bytes, &buffer)
    let taken = batch.take(count, to: &bytes, publish: server.publisher(of: batch), call)
    swap(&bytes, &buffer)
    if batch.plan.hasSweeps {
      server.output.waitUntilTaken()
    } else {
      // Before the client reads of it: it may use the id again.
      server.settle(taken, of: batch)
    }
    for call in taken.second { warned(batch, call, Wording.secondToken) }
    if buffer.count >= Self.full { flush() }
    return taken.count
  }

  fileprivate func printed(_ batch: RequestBatch, _ call: Int, _ bytes: ArraySlice<UInt8>) {
    guard server.options.sendsPrints else { return }
    let reference = batch.plan.locate(call)
    ServeLines.print(batch.ids[reference.task], call: reference.point, bytes, to: &buffer)
    if buffer.count >= Self.full { flush() }
  }

  fileprivate func warned(_ batch: RequestBatch, _ call: Int?, _ text: String) {
    if let call {
      batch.warn(call, text)
    } else {
      // Each open job is told.
      guard told.insert(text).inserted else { return }
      buffer += ServeLines.warning(text)
    }
    server.complain(text)
  }
}

/// Where the tokens of a block of calls go.
private final class ServeSink: CallSink {
  private let supply: ServeSupply
  private let batch: RequestBatch
  var isDone: () -> Void = {}

  init(_ supply: ServeSupply, _ batch: RequestBatch) {
    self.supply = supply
    self.batch = batch
  }

  func printed(call: Int, _ bytes: ArraySlice<UInt8>) { supply.printed(batch, call, bytes) }
  func wrote(call: Int, _ bytes: ArraySlice<UInt8>) { supply.wrote(bytes) }
  func warned(call: Int?, _ text: String) { supply.warned(batch, call, text) }
  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
    supply.ended(batch, count, call)
  }
  func missing(in calls: Range<Int>) -> [Range<Int>] { batch.missing(in: calls) }
  func finished() { isDone() }
}

extension ServeSupply {
  /// What kernels write to descriptors 1 and 2 is for people, not for the client.
  fileprivate func wrote(_ bytes: ArraySlice<UInt8>) {
    server.show(String(decoding: bytes, as: UTF8.self))
  }
}

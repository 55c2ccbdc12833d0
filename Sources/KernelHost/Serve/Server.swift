import Dispatch
import KernelBridge
package import KernelHostModel
import Synchronization

/// A service for one client: requests come as lines, and records go as lines while calls end.
package final class Server: Sendable {
  package struct Options: Sendable {
    /// Lanes that run at the same time.
    package var lanes = 1
    /// Calls in a lane at a time; nil: the lane's own limit.
    package var liveLimit: Int?
    /// Crashes of one kernel after which its other calls are skipped; nil: there is no limit, as
    /// the server has no end of its own.
    package var crashLimit: Int?
    /// Seconds, for requests that say nothing of it.
    package var grace: Double?
    package var timeout: Double?
    /// Where the lines go.
    package var output: Int32
    /// Where warnings go, and what kernels write to descriptors 1 and 2 directly.
    package var warningDescriptor: Int32 = 2
    /// Whether the client gets what kernels print.
    package var sendsPrints = true
    /// Reads a file with the points of a sweep.
    package var readPoints: @Sendable (inout ManifestReading) -> Void = { _ in }

    package init(output: Int32) { self.output = output }
  }

  /// How the server ended.
  package struct Summary: Sendable {
    /// Why lines could not be read or written; nil: all were.
    package let failure: String?
    package let end: ServeEnd
  }

  let options: Options
  private let loaded: LoadedKernels
  private let settings: EngineSettings
  let queue = RequestQueue()
  let output = ServeOutput()
  private let lanes = Locked<[ServeLane]>([])
  private let isClosed = Atomic<Bool>(false)
  private let errors: Locked<Bool> = Locked(false)
  private let inputFailure = Locked<SystemError?>(nil)
  private let began = monotonicNanoseconds()

  var kernels: [KernelSignature] { loaded.catalogue.signatures }

  package init(_ kernels: LoadedKernels, _ options: Options) {
    loaded = kernels
    self.options = options
    var settings = kernels.settings(
      crashLimit: options.crashLimit ?? .max, liveLimit: options.liveLimit)
    settings.lanes = settings.isolation == .call ? 1 : options.lanes
    settings.dedicatedLimit = max(
      (options.lanes > 1 ? options.lanes : settings.dedicatedLimit) / settings.lanes, 1)
    settings.began = began
    self.settings = settings
  }

  /// Serves until the client ends, says so, or a signal comes.
  package func run() throws(RunError) -> Summary {
    let first: LaneDriver
    let intake: RequestIntake
    do throws(SystemError) {
      first = try LaneDriver(settings, loaded.lanes)
      intake = try RequestIntake(self)
    } catch {
      throw .cannotStart(Wording.system(error.action, error.path, error.reason))
    }
    // More lines go over with each change of threads.
    Pipe.enlarge(0)
    Pipe.enlarge(options.output)
    output.append(
      ServeLines.hello(kernels, lanes: settings.lanes, isolation: settings.isolation))
    nonisolated(unsafe) let reader = intake
    let started =
      output.start(
        options.output, onRoom: { [self] in wake() },
        onFailure: { [self] in end(.closed, urgently: true) })
      && HostThread.start { unsafe reader.run() }
    if !started {
      let error = SystemError("start a thread", path: nil, code: Errno.tryAgain.number)
      throw .cannotStart(Wording.system(error.action, error.path, error.reason))
    }
    HostThread.start { [self] in
      guard PipeWatch.waitUntilBroken(options.output) else { return }
      output.fail(
        SystemError("write records to", path: "standard output", code: Errno.brokenPipe.number))
      end(.closed, urgently: true)
    }
    let others = startOthers(first.scheduler.breaker)
    first.run(ServeSupply(first, self, lanes: settings.lanes))
    others.wait()
    let facts = queue.facts
    let reason = facts.ending ?? .eof
    let failure =
      output.end(ServeLines.end(reason, facts, seconds: seconds, lanes: settings.lanes))
      ?? inputFailure.withLock { $0 }
    return Summary(
      failure: failure.map { Wording.system($0.action, $0.path, $0.reason) }, end: reason)
  }

  private func startOthers(_ breaker: CrashBreaker) -> DispatchGroup {
    let others = DispatchGroup()
    for number in 1..<max(settings.lanes, 1) {
      others.enter()
      let started = HostThread.start { [self] in
        do throws(SystemError) {
          let driver = try LaneDriver(
            settings.another(number: number, breaker: breaker), loaded.lanes)
          driver.run(ServeSupply(driver, self, lanes: settings.lanes))
        } catch {
          let reason = Wording.system(error.action, error.path, error.reason)
          warn(Wording.laneMissing(of: settings.lanes, reason))
        }
        others.leave()
      }
      if !started { others.leave() }
    }
    return others
  }

  // MARK: Ends

  /// Ends the live calls between two steps and the others before their start. `urgently`: a step
  /// that has not returned ends now. On any thread, at any time.
  package func stop(urgently: Bool = false) { end(.signal, urgently: urgently) }

  private func end(_ reason: ServeEnd, urgently: Bool) {
    queue.drain(reason)
    settings.cancellation.cancel(urgently: urgently)
    wake()
  }

  /// Writes out what there is, for at most a second, and runs `end`.
  package func abandon(_ end: () -> Never) {
    _ = output.end(within: 1)
    end()
  }

  /// Calls that no lane has end without a start.
  func close(_ reason: ServeEnd) {
    if isClosed.exchange(true, ordering: .acquiringAndReleasing) { return }
    for unit in queue.closeAll(reason) {
      for calls in unit.ranges { end(unit.batch, calls) }
    }
  }

  func end(_ batch: RequestBatch, _ calls: Range<Int>) {
    var buffer: [UInt8] = []
    let taken = batch.end(
      calls, TokenMaker.cancelledBeforeStart, to: &buffer, publish: publisher(of: batch))
    if !batch.plan.hasSweeps { publisher(of: batch)(taken, &buffer) }
    output.waitUntilTaken()
  }

  /// Closes requests that have ended, and sends lines, without a wait.
  func publisher(
    of batch: RequestBatch
  ) -> (RequestBatch.Taken, inout [UInt8]) -> Void {
    { [self] taken, buffer in
      settle(taken, of: batch, sends: buffer)
      buffer.removeAll(keepingCapacity: true)
    }
  }

  /// Tokens were taken: requests that have all of theirs are not open any more.
  /// `lines` go with that: neither a client that reads them nor the server's end comes between.
  func settle(
    _ taken: RequestBatch.Taken, of batch: RequestBatch, sends lines: [UInt8] = []
  ) {
    if queue.close(taken, of: batch, { output.put(lines) }) { wake() }
  }

  // MARK: What the client asks for

  /// The input ends with an error, and not as its client ended it.
  func inputFailed(_ error: SystemError) { inputFailure.withLock { $0 = error } }

  func waitForRoom() -> Bool {
    output.waitForRoom()
    return queue.waitForRoom()
  }

  func drain(_ reason: ServeEnd) {
    queue.drain(reason)
    wake()
  }

  /// What holds for all requests is added to what was read.
  func prepare(_ reading: inout ManifestReading) {
    reading.manifest.isolation = settings.isolation
    reading.manifest.defaultTimeout = options.timeout
    if let grace = options.grace { reading.manifest.setDefaultGrace(grace) }
    if !reading.pointsPaths.isEmpty { options.readPoints(&reading) }
  }

  func follow(_ order: RequestLine.Kind) {
    switch order {
    case .kernels: output.append(ServeLines.kernels(kernels))
    case .stats:
      output.append(ServeLines.stats(queue.facts, seconds: seconds, lanes: settings.lanes))
    case .shutdown(.drain): drain(.drain)
    case .shutdown(.now): end(.now, urgently: false)
    case .cancel(let id): cancel(id)
    case .task, .broken: break
    }
  }

  private func cancel(_ id: RequestID) {
    let found = queue.cancel(id)
    output.append(ServeLines.cancel(id, isOpen: found != nil))
    guard let found else { return }
    for calls in found.unbegun { end(found.batch, calls) }
    for lane in lanes.withLock({ $0 }) { lane.cancel(found.batch, found.calls) }
  }

  private var seconds: Double { Double(monotonicNanoseconds() - began) * 1e-9 }

  // MARK: Lanes

  func attach(_ lane: ServeLane) { lanes.withLock { $0.append(lane) } }

  func wake() {
    for lane in lanes.withLock({ $0 }) { lane.cancellation.wake() }
  }

  // MARK: Messages for people

  private func warn(_ text: String) {
    output.append(ServeLines.warning(text))
    complain(text)
  }

  func complain(_ text: String) { show("\(ProgramName.current): warning: \(text)\n") }

  func show(_ text: String) {
    errors.withLock { _ in
      let file = OutputFile(descriptor: options.warningDescriptor, name: "standard error")
      try? file.write(Wording.plainLines(text))
      try? file.flush()
    }
  }
}

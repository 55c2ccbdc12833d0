import KernelBridge
import KernelHostModel

/// Passes the events of a run to its observers, with seconds since the run began. Two threads must
/// not use it at the same time.
final class RunEvents {
  /// When the run began, by `monotonicNanoseconds`.
  let began = monotonicNanoseconds()
  private let observers: [any RunObserver]
  private(set) var wishes = RunWishes()
  /// Calls that run and whose start was told, with the time of that.
  private var announced: [Int: Double] = [:]

  /// Returns nil if there are no observers.
  init?(_ observers: [any RunObserver]) {
    if observers.isEmpty { return nil }
    self.observers = observers
    askWishes()
  }

  /// Sets what must have happened before anything is shown.
  func showAfter(_ gate: @escaping () -> Void) {
    for observer in observers { observer.showsAfter(gate) }
  }

  private func askWishes() {
    wishes = RunWishes()
    for observer in observers { wishes.add(observer.wishes) }
  }

  /// Whether an observer wants each call.
  var wantsCalls: Bool { wishes.starts || wishes.finishes || wishes.records }

  /// Nanoseconds between two looks; `UInt64.max` if no observer wants looks.
  var lookPeriod: UInt64 {
    wishes.lookPeriod.isFinite ? UInt64(max(wishes.lookPeriod, 0.01) * 1e9) : .max
  }

  private func seconds(_ time: UInt64) -> Double {
    time >= began ? Double(time - began) * 1e-9 : 0
  }

  private var now: Double { seconds(monotonicNanoseconds()) }

  private func send(_ event: RunEvent, at time: Double) {
    for observer in observers { observer.saw(event, at: time) }
  }

  // MARK: What happens

  func planned(
    _ plan: Plan, _ selection: Selection, lanes: Int, mode: Mode, isolation: Isolation,
    origin: RunOrigin? = nil, before: StatusCounts = StatusCounts()
  ) {
    send(
      .planned(
        RunPlan(
          plan: plan, selection: selection, lanes: lanes, mode: mode,
          isolation: isolation, wallTime: wallSeconds() - now, origin: origin, before: before)),
      at: 0)
  }

  /// A call has its token.
  func ended(_ record: CallRecord) {
    if wishes.starts {
      let known = announced.isEmpty ? nil : announced.removeValue(forKey: record.call)
      if record.hasStart, known != record.start { start(record) }
    }
    let isFailure = !record.token.ok
    guard wishes.finishes || wishes.failures && isFailure else { return }
    let time = record.hasStart ? record.start + record.token.seconds : now
    for observer in observers
    where observer.wishes.finishes || isFailure && observer.wishes.failures {
      observer.saw(.finished(record), at: time)
    }
  }

  private func start(_ record: CallRecord) {
    tellStart(
      CallStart(call: record.call, lane: record.lane, attempt: record.token.attempts),
      at: record.start)
  }

  private func tellStart(_ start: CallStart, at time: Double) {
    for observer in observers where observer.wishes.starts {
      observer.saw(.started(start), at: time)
    }
  }

  func recorded(_ record: CallRecord) {
    guard wishes.records else { return }
    for observer in observers where observer.wishes.records { observer.recorded(record) }
  }

  func warned(_ call: Int?, _ text: String) { send(.warned(call: call, text), at: now) }

  /// Something happened in a lane.
  func saw(_ event: RunEvent) {
    switch event {
    case .crashed(let crash): tellStart(crash.call, crash.attempt, crash.lane, crash.start)
    case .retried(let record, _):
      if wishes.starts, record.hasStart,
        announced.removeValue(forKey: record.call) != record.start
      {
        start(record)
      }
    default: break
    }
    send(event, at: now)
  }

  /// The start of a call that has not ended, once for each attempt.
  private func tellStart(_ call: Int, _ attempt: Int32, _ lane: Int, _ start: Double) {
    guard wishes.starts, start.isFinite, announced.updateValue(start, forKey: call) != start
    else { return }
    tellStart(CallStart(call: call, lane: lane, attempt: attempt), at: start)
  }

  func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts) {
    for one in calls { tellStart(one.call, one.attempt, lane, one.start) }
    let time = now
    for observer in observers where observer.wishes.lookPeriod.isFinite {
      observer.looked(lane: lane, calls, counts, at: time)
    }
    askWishes()
  }

  func surveyed(lane: Int, _ calls: [RunningCall], of count: Int) {
    let time = now
    for observer in observers where observer.wishes.surveys {
      observer.surveyed(lane: lane, calls, of: count, at: time)
    }
  }

  func pause() {
    guard wishes.pauses else { return }
    let time = now
    for observer in observers where observer.wishes.pauses { observer.pause(at: time) }
  }

  func ended(_ counts: StatusCounts, wasStopped: Bool) {
    let time = now
    send(.ended(RunEnd(counts: counts, seconds: time, wasStopped: wasStopped)), at: time)
  }
}

import KernelBridge
import TaskModel

/// Hands what happens in a run to its observers, in their terms: numbers of calls, and seconds
/// since the run began. Used as its sink is: never from two threads at a time.
final class RunEvents {
  /// When the run began, by `monotonicNanoseconds`.
  let began = monotonicNanoseconds()
  private let observers: [any RunObserver]
  private(set) var wishes = RunWishes()
  /// Calls that run and whose start was told, with the time of that.
  private var announced: [Int: UInt64] = [:]

  /// Nil: nobody observes.
  init?(_ observers: [any RunObserver]) {
    if observers.isEmpty { return nil }
    self.observers = observers
    askWishes()
  }

  private func askWishes() {
    wishes = RunWishes()
    for observer in observers { wishes.add(observer.wishes) }
  }

  /// Whether somebody wants to hear of each call.
  var wantsCalls: Bool { wishes.starts || wishes.finishes || wishes.records }

  /// Nanoseconds between two looks; `UInt64.max`: nobody looks.
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
    origin: RunOrigin? = nil
  ) {
    send(
      .planned(
        RunPlan(
          plan: plan, selection: selection, lanes: lanes, mode: mode,
          isolation: isolation, wallTime: wallSeconds() - now, origin: origin)), at: 0)
  }

  /// A call has its token. `ran`: as its runner knows it.
  func ended(_ record: CallRecord, _ ran: Ran) {
    if wishes.starts {
      let known = announced.isEmpty ? nil : announced.removeValue(forKey: record.call)
      if record.hasStart, known != ran.began { start(record) }
    }
    guard wishes.finishes else { return }
    let time = record.hasStart ? record.start + record.token.seconds : now
    for observer in observers where observer.wishes.finishes {
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

  func noted(_ note: RunnerNote, _ counts: StatusCounts) {
    switch note {
    case .crashed(
      let call, let attempt, let lane, let start, let name, let message, let steps, let runsAgain,
      let suspects):
      tellStart(call, attempt, lane, start)
      send(
        .crashed(
          CallCrash(
            call: call, lane: Int(lane), attempt: attempt, name: name, message: message,
            start: start == 0 ? .nan : seconds(start), steps: steps, runsAgain: runsAgain,
            suspects: suspects)),
        at: now)
    case .strayDeath(let lane, let name, let message, let suspects):
      send(
        .workerDied(
          WorkerLoss(lane: Int(lane), name: name, message: message, suspects: suspects)),
        at: now)
    case .retried(let call, let token, let ran, let delay):
      let record = CallRecord(
        call: call, token: token, start: ran.began == 0 ? .nan : seconds(ran.began),
        lane: Int(ran.lane))
      if wishes.starts, record.hasStart, announced.removeValue(forKey: call) != ran.began {
        start(record)
      }
      send(.retried(record, delay: delay), at: now)
    case .restarted(let call, let attempts):
      send(.restarted(call: call, attempts: attempts), at: now)
    case .looked(let lane, let calls): looked(lane, calls, counts)
    }
  }

  /// The start of a call that has not ended, once for each attempt.
  private func tellStart(_ call: Int, _ attempt: Int32, _ lane: Int32, _ start: UInt64) {
    guard wishes.starts, start != 0, announced.updateValue(start, forKey: call) != start else {
      return
    }
    tellStart(CallStart(call: call, lane: Int(lane), attempt: attempt), at: seconds(start))
  }

  private func looked(_ lane: Int32, _ calls: [RunningNote], _ counts: StatusCounts) {
    let shown = calls.map { one in
      RunningCall(
        call: one.call, lane: Int(lane), attempt: one.attempt, start: seconds(one.seen.began),
        steps: one.seen.steps, inside: Double(one.seen.inside) * 1e-9,
        progress: one.seen.progress, isAsleep: one.seen.isAsleep)
    }
    for one in calls { tellStart(one.call, one.attempt, lane, one.seen.began) }
    let time = now
    for observer in observers where observer.wishes.lookPeriod.isFinite {
      observer.looked(lane: Int(lane), shown, counts, at: time)
    }
    askWishes()
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

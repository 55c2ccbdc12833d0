import KernelBridge
import KernelHostModel

@testable import KernelHost

/// The worker of a simulated lane: its start, its death, and what is left.
extension SimulatedLane {
  func start(once: Bool, isMeasured: Bool) throws(SystemError) {
    if hasWorker { world.fault("a worker is started beside another") }
    if provider.isDead {
      throw SystemError("start a worker process", path: nil, code: SystemError.noProcess)
    }
    if world.dice.chance(world.startFailures) {
      world.failedStarts += 1
      throw SystemError("start a worker process", path: nil, code: 11)
    }
    isOnce = once
    death = nil
    isNew = false
    worker = .starting(world.now + 300_000)
  }

  /// `slot`: of the call in whose code it dies; nil: of the one in whose step it is, if it is.
  func die(
    _ cause: WorkerDeath.Cause, _ reason: WorkerDeath.HostReason? = nil, _ slot: UInt32? = nil,
    wasNoted: Bool = false
  ) {
    var slot = slot ?? hung?.slot
    // From outside, in the middle of a step.
    if slot == nil, case .signal(9) = cause, case .running = worker, world.dice.chance(50) {
      slot = live.first
    }
    let entry = slot.flatMap { entries[$0] }
    if let slot { live.removeAll { $0 == slot } }
    let call = entry.map {
      WorkerDeath.Call(
        tag: $0.tag, slot: slot ?? 0, kernel: $0.kernel, place: .step,
        steps: max($0.steps - 1, 0), printed: $0.printed)
    }
    world.note(
      "a worker dies of \(cause), \(reason.map { "\($0)" } ?? "by itself"), in "
        + (entry.map { "call \($0.call)" } ?? "no call"))
    death = (
      WorkerDeath(
        cause: cause, reason: reason, wasNoted: wasNoted, call: call,
        seconds: Double(entry?.own ?? 0) * 1e-9, began: entry?.began ?? 0), slot
    )
    worker = .dead
    hung = nil
    isHalted = false
    told = ended.count
    isNew = true
  }

  func takeDeath(includingQueued: Bool) -> (WorkerDeath, [Survivor]) {
    if hasWorker { world.fault("a death is taken of a worker that lives") }
    let (death, slot) = death ?? (WorkerDeath(cause: .gone(errno: SystemError.noProcess)), nil)
    // A second look, after its call was released, finds no call.
    let isReleased = slot.map { entries[$0] == nil } ?? false
    let seen =
      isReleased
      ? WorkerDeath(cause: death.cause, reason: death.reason, wasNoted: death.wasNoted) : death
    if told > 0 || !texts.isEmpty {
      world.fault("a death is dealt with before the ends that were told")
    }
    var survivors: [Survivor] = []
    for other in live where other != slot {
      guard let entry = entries[other] else { continue }
      let isFlat = catalogue.signatures[entry.kernel].isFlat
      survivors.append(
        Survivor(
          tag: entry.tag, slot: other, kernel: entry.kernel, fate: isFlat ? .resumed : .again,
          steps: entry.steps, printed: entry.printed))
    }
    for other in queued where includingQueued && other != slot {
      guard let entry = entries[other] else { continue }
      survivors.append(
        Survivor(tag: entry.tag, slot: other, kernel: entry.kernel, fate: .queued, steps: 0))
    }
    return (seen, survivors)
  }

  func takeOver() -> (WorkerDeath, beside: [Survivor])? {
    guard let (death, slot) = death, let slot, ended.isEmpty, death.reason != .damage,
      entries.values.allSatisfy({ catalogue.signatures[$0.kernel].isFlat }), world.dice.chance(80)
    else { return nil }
    let beside = live.filter { $0 != slot }.compactMap { slot in
      entries[slot].map {
        Survivor(
          tag: $0.tag, slot: slot, kernel: $0.kernel, fate: .resumed, steps: $0.steps,
          printed: $0.printed)
      }
    }
    return (death, Array(beside.prefix(256)))
  }

  func release(slot: UInt32) {
    if entries.removeValue(forKey: slot) == nil { world.fault("a slot is released twice") }
    if let index = queued.firstIndex(of: slot) {
      queued.remove(at: index)
      if index < seen { seen -= 1 }
    }
    live.removeAll { $0 == slot }
  }

  func revive() throws(SystemError) {
    for slot in live {
      guard let entry = entries[slot] else { continue }
      if !catalogue.signatures[entry.kernel].isFlat {
        world.fault("call \(entry.call), whose bytes are no use, goes on from them")
      }
    }
    try start(once: false, isMeasured: false)
  }

  func renew() {
    if hasWorker { world.fault("a lane is renewed whose worker lives") }
    if !entries.isEmpty { world.fault("a lane is renewed that has calls") }
    worker = .none
    death = nil
  }

  func check(memoryLimit: UInt64) {}
  func letEnd() {}

  func kill() {
    if hasWorker { die(.signal(9), .other) }
  }
}

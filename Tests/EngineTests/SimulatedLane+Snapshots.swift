import KernelBridge

@testable import KernelHost

/// Copies of half-done calls, as the arena's lanes make and continue them.
extension SimulatedLane {
  func requestSnapshot(olderThan age: UInt64) -> Bool {
    guard copiesCalls, wantedAge == nil, copies == nil, isCopyRead else { return false }
    wantedAge = age
    return true
  }

  func takeSnapshot() -> LaneSnapshot? {
    defer { copies = nil }
    return copies
  }

  /// Between two steps.
  func copyCalls() {
    if copiesCalls, isStopWanted, !hasLastCopies {
      hasLastCopies = true
      copies = copied(olderThan: 0, isFinal: true)
    } else if let age = wantedAge, world.dice.chance(70) {
      wantedAge = nil
      copies = copied(olderThan: age, isFinal: false)
    }
  }

  private func copied(olderThan age: UInt64, isFinal: Bool) -> LaneSnapshot {
    var saved = SavedCalls()
    for slot in live {
      guard let entry = entries[slot], catalogue.signatures[entry.kernel].isFlat,
        world.now - entry.began >= age, !entry.isDamaged
      else { continue }
      saved.calls.append(
        SavedCall(
          number: Int(entry.options.number), attempt: Int32(entry.options.attempt),
          kernel: entry.kernel, steps: entry.steps, nanoseconds: entry.own,
          printed: entry.printed, isAsleep: false))
      saved.body += [UInt8(truncatingIfNeeded: entry.steps)]
    }
    saved.kernels = catalogue.signatures.enumerated().map {
      SavedKernel(index: $0, name: $1.name, defaults: [])
    }
    world.note("copies of \(saved.calls.map(\.number)), the last: \(isFinal)")
    return LaneSnapshot(isFinal: isFinal) { [saved] in (saved, []) }
  }

  func restore(_ saved: SavedCalls, _ options: (SavedCall) -> CallOptions?) -> [Bool] {
    zip(saved.calls, saved.body).map { call, steps in
      guard let options = options(call), !world.dice.chance(10) else { return false }
      if !catalogue.signatures[call.kernel].isPure, world.steps[call.number] ?? 0 > Int64(steps) {
        world.fault("call \(call.number) must not make a step twice, and continues before its last")
      }
      nextSlot += 1
      var entry = Entry(tag: options.tag, kernel: call.kernel, options: options)
      entry.steps = Int64(steps)
      entry.began = max(world.now, 1)
      entry.own = call.nanoseconds
      entry.printed = call.printed
      entries[nextSlot] = entry
      live.append(nextSlot)
      world.note("call \(call.number) continues after \(steps) steps")
      return true
    }
  }
}

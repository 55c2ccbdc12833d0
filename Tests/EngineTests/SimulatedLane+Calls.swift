import KernelBridge
import KernelHostModel

@testable import KernelHost

/// How calls get into a simulated lane, and out of it before they begin.
extension SimulatedLane {
  func submit(
    kernel: Int, options: CallOptions, arguments: (inout Arguments) -> Void
  ) -> LaneSubmission {
    guard entries.count < liveLimit else { return .later }
    if !entries.isEmpty, world.dice.chance(2) {
      roomAt = world.now + 5_000
      return .soon
    }
    if entries.values.contains(where: { $0.tag == options.tag }) {
      world.fault("call \(CallTag.call(options.tag)) is in a lane twice")
    }
    nextSlot += 1
    entries[nextSlot] = Entry(tag: options.tag, kernel: kernel, options: options)
    queued.append(nextSlot)
    return .submitted
  }

  /// Whether a call has begun in its worker and has not ended.
  var hasBegun: Bool {
    hasWorker && entries.values.contains { $0.began > 0 && !$0.hasEnded }
  }

  func setOpen(_ open: Bool) { isOpen = open }
  func flush() { seen = queued.count }

  /// Half of what it has not begun, from the end.
  func takeBack() -> [UInt64] {
    let taken = queued.suffix(queued.count / 2)
    queued.removeLast(taken.count)
    seen = min(seen, queued.count)
    return taken.compactMap { entries.removeValue(forKey: $0)?.tag }
  }

  func cancel(_ tags: TagSet) {
    for (slot, entry) in entries where tags.contains(entry.tag) {
      entries[slot]?.isCancelled = true
    }
  }

  func running() -> [LaneCall] {
    var calls = live.prefix(7).compactMap { entries[$0] }.map {
      LaneCall(tag: $0.tag, kernel: $0.kernel, steps: $0.steps, began: $0.began, inside: 0)
    }
    if let hung, let entry = entries[hung.slot] {
      calls.removeAll { $0.tag == entry.tag }
      calls.append(
        LaneCall(
          tag: entry.tag, kernel: entry.kernel, steps: entry.steps, began: entry.began,
          inside: world.now - hung.since))
    }
    return calls
  }
}

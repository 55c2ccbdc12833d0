import KernelBridge

/// Calls that ran in a worker before it died and may have written over others' memory.
struct Suspects: Sendable {
  /// By kernel: the calls that are known, and how many more there were. The latest come first,
  /// kernels as well as calls: they caused the damage more often than earlier ones.
  var groups: [(kernel: Int, calls: [Int], more: Int)] = []
  var isEmpty: Bool { groups.isEmpty }

  mutating func add(kernel: Int, call: Int) {
    if let index = groups.firstIndex(where: { $0.kernel == kernel }) {
      groups[index].calls.append(call)
    } else {
      groups.append((kernel, [call], 0))
    }
  }
}

/// The calls that ended in a lane since the lane last had no live call: counts by kernel, and the
/// latest calls. It outlives a worker while calls go on from bytes that the earlier ones could
/// have written over.
struct LaneHistory {
  private var counts: [Int]
  private var last: [(kernel: Int, tag: UInt64)] = []
  private var total = 0
  private static let kept = 64

  init(kernelCount: Int) { counts = [Int](repeating: 0, count: kernelCount) }

  /// Whether calls have ended since the last death.
  private(set) var hasProgress = false

  /// O(completions).
  mutating func note(_ completions: borrowing Completions) {
    for index in 0..<completions.count {
      let completion = completions[index]
      counts[completion.kernel] += 1
      if last.count < Self.kept {
        last.append((completion.kernel, completion.tag))
      } else {
        last[total % Self.kept] = (completion.kernel, completion.tag)
      }
      total += 1
    }
    hasProgress = true
  }

  /// A worker has died, and `liveCount` calls are left in its lane.
  mutating func workerDied(liveCount: Int) {
    hasProgress = false
    if liveCount == 0, total > 0 { forget() }
  }

  private mutating func forget() {
    for kernel in counts.indices { counts[kernel] = 0 }
    last.removeAll(keepingCapacity: true)
    total = 0
  }

  /// Returns the calls that ended, from the latest to the first, and then those that were live
  /// beside the one that died.
  func suspects(beside survivors: [Survivor]) -> Suspects {
    var suspects = Suspects()
    let newest = total % Self.kept
    for entry in last[..<min(newest, last.count)].reversed()
      + last[min(newest, last.count)...].reversed()
    {
      suspects.add(kernel: entry.kernel, call: CallTag.call(entry.tag))
    }
    for index in suspects.groups.indices {
      let known = suspects.groups[index].calls.count
      suspects.groups[index].more = max(counts[suspects.groups[index].kernel] - known, 0)
    }
    for survivor in survivors where survivor.fate != .queued {
      suspects.add(kernel: survivor.kernel, call: CallTag.call(survivor.tag))
    }
    return suspects
  }
}

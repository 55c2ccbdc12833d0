import KernelBridge
import TaskModel

/// What a runner that is one of several gives back, for those that have run dry.
extension Runner {
  /// About half of the calls that it has and that have not begun: they are no more its own.
  func giveBack() -> [Range<Int>] {
    var calls: [Int] = []
    var ranges: [Range<Int>] = []
    for number in waiting.all {
      guard let job = jobs[number] else { continue }
      let half = job.next + (job.end - job.next + 1) / 2
      if half < job.end { ranges.append(half..<job.end) }
      lose(job.end - half, of: job)
      job.end = half
    }
    for tag in lane.takeBack() {
      guard let job = jobs[tag >> Self.callBits], cares[tag] == nil else {
        // It was begun once, so its story goes on here.
        again.append(tag)
        continue
      }
      calls.append(Self.call(tag))
      job.takenBack.append(Self.call(tag))
      lose(1, of: job)
    }
    return ranges + Self.ranges(calls.sorted())
  }

  /// Whether there may be something to give.
  var hasUnbegun: Bool { !waiting.isEmpty || lane.waitingCount > 1 }

  private static func ranges(_ calls: [Int]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for call in calls {
      if let last = ranges.last, last.upperBound == call {
        ranges[ranges.count - 1] = last.lowerBound..<call + 1
      } else {
        ranges.append(call..<call + 1)
      }
    }
    return ranges
  }
}

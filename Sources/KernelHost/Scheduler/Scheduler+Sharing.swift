/// Consecutive calls of a job.
struct JobCalls {
  let job: UInt64
  let calls: Range<Int>
}

/// What a scheduler that is one of several gives back, for those that have run dry.
extension Scheduler {
  /// Gives back about half of the calls that were not submitted.
  mutating func giveBackUnfed() -> [JobCalls] {
    var ranges: [JobCalls] = []
    for number in waiting.all {
      guard let job = jobs[number] else { continue }
      let half = job.next + (job.end - job.next + 1) / 2
      if half < job.end { ranges.append(JobCalls(job: number, calls: half..<job.end)) }
      jobs[number]?.end = half
      ended(job.end - half, ofJob: number)
    }
    return ranges
  }

  /// The lane has given back calls that it had not begun. Returns those that are this scheduler's
  /// no more.
  mutating func tookBack(_ tags: [UInt64]) -> [JobCalls] {
    var calls: [UInt64: [Int]] = [:]
    for tag in tags {
      let number = CallTag.job(tag)
      guard jobs[number] != nil, attempts[tag] == nil else {
        // It was begun once, so its story goes on here.
        again.append(tag)
        continue
      }
      calls[number, default: []].append(CallTag.call(tag))
      jobs[number]?.takenBack.append(CallTag.call(tag))
      ended(1, ofJob: number)
    }
    return calls.flatMap { number, calls in
      Self.ranges(calls.sorted()).map { JobCalls(job: number, calls: $0) }
    }
  }

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

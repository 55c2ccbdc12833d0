import KernelBridge
import TaskModel

/// Feeds the calls of jobs to a lane and hands their tokens to the jobs' sinks.
///
/// One thread owns it. A job's calls are one batch: in the lane, each is stepped
/// once before any is stepped twice, as the tasks of one `asyncio.gather` are.
/// Where the lane has no room for all of them the batch is cut: the rest joins
/// as others end.
final class Runner {
  private let lane: Lane
  private let tokens: TokenMaker
  private var jobs: [UInt64: Job] = [:]
  private var waiting: [UInt64] = []
  /// The number that the next job will get.
  private(set) var nextJob: UInt64 = 0
  private var isOpen = false
  /// Runs before the runner sleeps: what was written may go out.
  var beforeWait: () -> Void = {}

  /// A call's tag: the job's number above, the call's below.
  private static let callBits: UInt64 = 40

  private final class Job {
    let source: any CallSource
    let sink: any CallSink
    var next = 0
    var remaining: Int
    /// Calls that were cancelled before they were submitted: all from here on.
    var isCancelled = false

    init(source: any CallSource, sink: any CallSink) {
      self.source = source
      self.sink = sink
      remaining = source.callCount
    }
  }

  init(lane: Lane) {
    self.lane = lane
    tokens = TokenMaker(catalogue: lane.catalogue)
  }

  /// Some call has no token yet.
  var isBusy: Bool { !jobs.isEmpty }

  /// Queues a job; answers its number, for `cancel`.
  @discardableResult
  func add(_ source: any CallSource, _ sink: any CallSink) -> UInt64 {
    let number = nextJob
    nextJob += 1
    let job = Job(source: source, sink: sink)
    if job.remaining == 0 {
      sink.finished()
    } else {
      jobs[number] = job
      waiting.append(number)
    }
    return number
  }

  /// Ends a job's live calls between two steps, and the others before their start.
  func cancel(_ number: UInt64) {
    guard let job = jobs[number] else { return }
    job.isCancelled = true
    lane.cancel(number << Self.callBits...(number + 1) << Self.callBits - 1)
  }

  /// Feeds what there is room for and takes what has ended; sleeps if there was nothing.
  func turn() {
    let fed = feed()
    lane.flush()
    let taken = lane.take(
      text: { tag, bytes in
        let (number, call) = Self.split(tag)
        jobs[number]?.sink.printed(call: call, bytes)
      },
      completions: { complete($0) })
    if !fed && taken == 0 {
      beforeWait()
      lane.wait()
    }
  }

  /// Runs until every job has its tokens.
  func run() {
    while isBusy { turn() }
  }

  /// Submits what fits; answers whether it got any further.
  private func feed() -> Bool {
    var progress = false
    while let number = waiting.first, let job = jobs[number] {
      let count = job.source.callCount
      if job.next == 0, !isOpen, count > 1 { setOpen(true) }
      var room = Lane.Submission.soon
      // Not all at once: what has ended meanwhile should not wait for the last.
      let stop = min(count, job.next + 256)
      if job.isCancelled {
        let first = job.next
        job.next = stop
        end(job, number, stop - first) {
          EndedCall(call: first + $0, token: TokenMaker.cancelledBeforeStart)
        }
        progress = true
      } else if job.next < stop {
        let first = job.next
        (job.next, room) = job.source.submit(
          first..<stop, tag: number << Self.callBits, to: lane)
        progress = progress || job.next > first
        if case .never = room {
          let call = job.next
          job.next += 1
          end(job, number, 1) { _ in EndedCall(call: call, token: TokenMaker.tooLarge) }
          progress = true
        }
      }
      if job.next == count {
        if !waiting.isEmpty, waiting.first == number { waiting.removeFirst() }
        setOpen(false)
        continue
      }
      // The lane must go on to make room.
      if case .later = room { setOpen(false) }
      break
    }
    return progress
  }

  private func setOpen(_ open: Bool) {
    if open != isOpen { lane.setOpen(open) }
    isOpen = open
  }

  /// Makes tokens and hands them on, as many at a time as belong to one job.
  private func complete(_ completions: borrowing Completions) {
    var index = 0
    while index < completions.count {
      let number = completions.tag(index) >> Self.callBits
      guard let job = jobs[number] else {
        index += 1
        continue
      }
      let first = index
      while index < completions.count, completions.tag(index) >> Self.callBits == number {
        index += 1
      }
      end(job, number, index - first) { offset in
        let completion = completions[first + offset]
        let call = Self.split(completion.tag).call
        let timeout = completion.status == .timeout ? job.source.timeout(ofCall: call) : 0
        return EndedCall(call: call, token: tokens.token(completion, timeout: timeout))
      }
    }
  }

  private func end(
    _ job: Job, _ number: UInt64, _ count: Int, _ call: (_ index: Int) -> EndedCall
  ) {
    job.sink.ended(count, call)
    job.remaining -= count
    if job.remaining == 0 {
      jobs[number] = nil
      if waiting.first == number { waiting.removeFirst() }
      job.sink.finished()
    }
  }

  private static func split(_ tag: UInt64) -> (job: UInt64, call: Int) {
    (tag >> callBits, Int(tag & ((1 << callBits) - 1)))
  }
}

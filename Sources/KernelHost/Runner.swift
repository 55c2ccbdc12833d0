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
    /// The slots of live calls by call, for those jobs that may be cancelled one day.
    var slots: [UInt32]
    static let noSlot = UInt32.max

    init(source: any CallSource, sink: any CallSink, isCancellable: Bool) {
      self.source = source
      self.sink = sink
      remaining = source.callCount
      slots = isCancellable ? Array(repeating: Self.noSlot, count: source.callCount) : []
    }

    /// The slots of ended calls belong to others from now on.
    func forget(_ ended: [EndedCall]) {
      if slots.isEmpty { return }
      for call in ended { slots[call.call] = Self.noSlot }
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
  func add(_ source: any CallSource, _ sink: any CallSink, isCancellable: Bool = false) -> UInt64 {
    let number = nextJob
    nextJob += 1
    let job = Job(source: source, sink: sink, isCancellable: isCancellable)
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
    for slot in job.slots where slot != Job.noSlot { lane.cancel(slot: slot) }
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
        end(
          job, number,
          (job.next..<stop).map { EndedCall(call: $0, token: TokenMaker.cancelledBeforeStart) })
        job.next = stop
        progress = true
      } else if job.next < stop {
        let first = job.next
        (job.next, room) = job.source.submit(
          first..<stop, tag: number << Self.callBits, to: lane, slots: &job.slots)
        progress = progress || job.next > first
        if case .never = room {
          let call = job.next
          job.next += 1
          end(job, number, [EndedCall(call: call, token: TokenMaker.tooLarge)])
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
      var ended: [EndedCall] = []
      ended.reserveCapacity(completions.count - index)
      while index < completions.count, completions.tag(index) >> Self.callBits == number {
        let completion = completions[index]
        let call = Self.split(completion.tag).call
        let timeout = completion.status == .timeout ? job.source.timeout(ofCall: call) : 0
        ended.append(EndedCall(call: call, token: tokens.token(completion, timeout: timeout)))
        index += 1
      }
      job.forget(ended)
      end(job, number, ended)
    }
  }

  private func end(_ job: Job, _ number: UInt64, _ ended: [EndedCall]) {
    job.sink.ended(ended)
    job.remaining -= ended.count
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

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
    /// The slots of live calls, for those jobs that may be cancelled.
    var slots: [Int: UInt32]?

    init(source: any CallSource, sink: any CallSink, isCancellable: Bool) {
      self.source = source
      self.sink = sink
      remaining = source.callCount
      slots = isCancellable ? [:] : nil
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
    for slot in (job.slots ?? [:]).values { lane.cancel(slot: slot) }
  }

  /// Feeds what there is room for and takes what has ended; sleeps if there was nothing.
  func turn() {
    let fed = feed()
    lane.flush()
    let taken = lane.take(
      text: { tag, bytes in
        let (job, call) = Self.split(tag)
        jobs[job]?.sink.printed(call: call, bytes)
      },
      completion: { complete($0) })
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
      let stop = min(count, job.next + 2048)
      while job.next < stop {
        let call = job.next
        if job.isCancelled {
          job.next += 1
          end(job, number, call, TokenMaker.cancelledBeforeStart)
          progress = true
          continue
        }
        room = lane.submit(
          kernel: job.source.kernel(ofCall: call), tag: number << Self.callBits | UInt64(call),
          timeout: job.source.timeout(ofCall: call)
        ) { job.source.write(argumentsOfCall: call, to: &$0) }
        if case .submitted(let slot) = room {
          job.slots?[call] = slot
        } else if case .never = room {
          end(job, number, call, TokenMaker.tooLarge)
        } else {
          break
        }
        job.next += 1
        progress = true
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

  private func complete(_ completion: borrowing Completion) {
    let (number, call) = Self.split(completion.tag)
    guard let job = jobs[number] else { return }
    job.slots?[call] = nil
    end(job, number, call, tokens.token(completion, timeout: job.source.timeout(ofCall: call)))
  }

  private func end(_ job: Job, _ number: UInt64, _ call: Int, _ token: Token<Value>) {
    job.sink.ended(call: call, token)
    job.remaining -= 1
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

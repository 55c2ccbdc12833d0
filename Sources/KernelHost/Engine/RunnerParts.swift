import KernelBridge
import Synchronization
import TaskModel

/// How a runner runs its calls.
struct RunnerSettings: Sendable {
  var isolation = Isolation.none
  /// Crashes of one kernel after which its other calls are skipped.
  var crashLimit = 100
  /// Calls in the main lane at a time; nil: the lane's own limit.
  var liveLimit: Int?
  /// That run at the same time, this one too.
  var lanes = 1
  /// The number of the main lane among them.
  var number: Int32 = 0
  /// Nanoseconds for which a lane may keep it to itself that calls have ended.
  var silence = LaneSilence.short
  /// Processes at a time for calls that need one of their own.
  var soloLimit = 8
  /// That limit holds for the main lane's worker, too: while it has calls it is one of them.
  var isSoloLimitStrict = false
  /// What calls may do to the system.
  var sandbox = SandboxLevel.none
  /// Plugins whose threads, started at load, no worker has.
  var withoutThreads: Set<String> = []
  var bell = StopBell()
  /// Those of other runners of the same run; nil: its own.
  var verdicts: Verdicts?
  /// Nanoseconds between two looks at what runs; `UInt64.max`: nobody observes.
  var lookPeriod = UInt64.max

  /// For another runner of the same run.
  func another(number: Int, verdicts: Verdicts) -> RunnerSettings {
    var other = self
    other.number = Int32(number)
    other.bell = bell.another()
    other.verdicts = verdicts
    return other
  }
}

/// Tells a runner from any thread that all is to end.
final class StopBell: Sendable {
  private let rung = Atomic<Bool>(false)
  private let urgent = Atomic<Bool>(false)
  private let signal = Locked<LaneSignal?>(nil)
  private let others = Locked<[StopBell]>([])

  var hasRung: Bool { rung.load(ordering: .acquiring) }
  /// Steps that have not returned are not waited for.
  var isUrgent: Bool { urgent.load(ordering: .acquiring) }

  func attach(_ lane: LaneSignal) { signal.withLock { $0 = lane } }

  /// Ends the live calls between two steps and the others before their start.
  /// `urgently`: a step that has not returned ends with its worker.
  func ring(urgently: Bool = false) {
    rung.store(true, ordering: .releasing)
    if urgently { urgent.store(true, ordering: .releasing) }
    wake()
    for other in others.withLock({ $0 }) { other.ring(urgently: urgently) }
  }

  /// A bell that rings with this one.
  func another() -> StopBell {
    let other = StopBell()
    others.withLock { $0.append(other) }
    if hasRung { other.ring(urgently: isUrgent) }
    return other
  }

  /// Ends the runner's sleep.
  func wake() { signal.withLock { $0 }?.wake() }
}

/// What is known of a call that was started before.
struct Care {
  /// Starts that did not end it.
  var starts: Int32 = 0
  /// Retries that the manifest asks for, up to the one that is under way. Checks and restarts
  /// are none.
  var retries = 0
  /// Starts alone, to tell its own crash from a neighbour's.
  var checks = 0
  /// Starts because another call's crash took its bytes.
  var restarts = 0
  /// How many of them ended because its worker, which it had alone, was killed from outside.
  var kills = 0
  /// It crashed by its own doing: what follows is known, so no neighbour shall bear it again.
  var isAlone = false
  /// Bytes of its text that were shown.
  var shownText: UInt64 = 0
  /// How its last start ended, if it is to be tried again.
  var last: (token: Token<Value>, ran: Ran)?
  /// It runs alone, to tell whose fault a crash was.
  var verification: Verification?

  /// Its last start failed, and the manifest asks for another.
  mutating func retry(after token: Token<Value>, _ ran: Ran) {
    starts = token.attempts
    retries += 1
    last = (token, ran)
    verification = nil
    isAlone = isAlone || token.status == .crash
    shownText = 0
  }

  /// The retries that were made when a token came: the last one may never have begun.
  func retriesMade(_ token: Token<Value>) -> Int {
    last != nil && token.attempts <= starts ? retries - 1 : retries
  }
}

/// A crash, or damage, whose blame is not settled.
struct Verification {
  /// What happened, in words.
  let cause: String
  /// Somebody may have ended the worker from outside, which leaves no damage.
  let wasKilled: Bool
  let suspects: Suspects
}

/// Calls that had run in a worker before it died.
struct Suspects {
  /// By kernel: its calls that are known, and how many more there were. The latest first,
  /// kernels as well as calls: they did the damage more often than earlier ones.
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

/// What ended in a lane since it had no call whose bytes another could have written over: counts,
/// and the last calls. A worker's death does not end it while calls go on from their bytes.
struct History {
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

  /// All of them, from the latest to the first, and then those that were live beside the one
  /// that died.
  func suspects(beside survivors: [Survivor]) -> Suspects {
    var suspects = Suspects()
    let newest = total % Self.kept
    for entry in last[..<min(newest, last.count)].reversed()
      + last[min(newest, last.count)...].reversed()
    {
      suspects.add(kernel: entry.kernel, call: Runner.call(entry.tag))
    }
    for index in suspects.groups.indices {
      let known = suspects.groups[index].calls.count
      suspects.groups[index].more = max(counts[suspects.groups[index].kernel] - known, 0)
    }
    for survivor in survivors where survivor.fate != .queued {
      suspects.add(kernel: survivor.kernel, call: Runner.call(survivor.tag))
    }
    return suspects
  }
}

/// How often kernels crashed, and which are not called any more.
final class Verdicts: Sendable {
  private let crashes: Locked<[Int]>
  private let crashLimit: Int
  private let broken = Atomic<Bool>(false)

  init(kernelCount: Int, crashLimit: Int) {
    crashes = Locked([Int](repeating: 0, count: kernelCount))
    self.crashLimit = crashLimit
  }

  /// Whether some kernel is not called any more.
  var hasBroken: Bool { broken.load(ordering: .relaxed) }

  /// Counts a crash; true: it was the last that is borne.
  func count(_ kernel: Int) -> Bool {
    let isLast = crashes.withLock { crashes in
      crashes[kernel] += 1
      return crashes[kernel] == crashLimit
    }
    if isLast { broken.store(true, ordering: .relaxed) }
    return isLast
  }

  func isBroken(_ kernel: Int) -> Bool {
    hasBroken && crashes.withLock { $0[kernel] } >= crashLimit
  }

}

/// First in, first out, at O(1) on average.
struct Queue<Element> {
  private var elements: [Element] = []
  private var head = 0

  var isEmpty: Bool { head == elements.count }
  var count: Int { elements.count - head }
  var first: Element? { isEmpty ? nil : elements[head] }
  var all: ArraySlice<Element> { elements[head...] }

  mutating func append(_ element: Element) { elements.append(element) }

  @discardableResult
  mutating func removeFirst() -> Element {
    let element = elements[head]
    head += 1
    if head > 64, head * 2 > elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  /// Removes those that match, and answers them.
  mutating func remove(_ which: (Element) -> Bool) -> [Element] {
    let removed = elements[head...].filter(which)
    elements = elements[head...].filter { !which($0) }
    head = 0
    return removed
  }
}

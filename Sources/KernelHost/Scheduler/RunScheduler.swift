import KernelHostModel

/// Decides which calls of a run may begin, and which lane gets them. Calls without dependencies
/// begin, the lowest first, within the window ahead of the results, until too many have failed.
///
/// It acts nowhere: it is told what lanes ask for and what has ended, and returns what to do.
struct RunScheduler: Sendable {
  /// Calls that never begin, and their token.
  struct Ending: Sendable {
    let calls: [Range<Int>]
    let token: Token<Value>
  }

  /// Ranges by where they begin.
  private var ready = Heap<Range<Int>> { $0.lowerBound < $1.lowerBound }
  private var readyCount = 0
  /// Calls that are neither dealt nor ended, ready or not.
  private var undealt: Int
  /// Calls that lanes have and may give back.
  private var dealt = 0
  /// Calls that run after all others, and one at a time: hosts have died with them.
  private let alone: Set<Int>
  /// Those of them that may begin.
  private var aloneReady = Heap<Int> { $0 < $1 }
  /// The one of them that a lane has.
  private(set) var aloneCall: Int?
  /// No call from here on is dealt.
  private var limit = Int.max
  /// A lane has got no calls since calls last became ready.
  private var isMissed = false

  private let selection: Selection
  private let lanes: Int
  private var tracker: DependencyTracker?
  private let halt: Halt?
  /// The calls of the run, those of earlier processes with it.
  private let total: Int
  /// How many calls at most begin ahead of the next one to be written, which bounds the results
  /// that wait for their turn. Nil: results are written as they come.
  private let window: Int?
  private var windowEnd = 0
  /// Calls that are dealt and not begun end so; nil: they begin.
  private(set) var refusal: Token<Value>?
  private var isClosed = false

  /// Twice what a lane has live without a limit of its own.
  private static let leastWindow = 2 * RunDefaults.liveLimit

  /// How far calls may begin ahead of the results; nil: no limit. Where a call may wait for a later
  /// one, the later one must not wait for its place.
  static func window(_ plan: Plan, _ order: Order, liveLimit: Int?) -> Int? {
    let isForward = plan.dependencies?.graph.isForward ?? true
    return order == .call && isForward ? max(liveLimit ?? 0, leastWindow) : nil
  }

  init(
    _ selection: Selection, _ tracker: DependencyTracker?, lanes: Int, halt: Halt? = nil,
    window: Int? = nil, total: Int? = nil, alone: Set<Int> = []
  ) {
    self.alone = alone
    self.total = total ?? selection.count
    self.selection = selection
    self.tracker = tracker
    self.lanes = lanes
    self.halt = halt
    self.window = window
    undealt = selection.count
    moveWindow(written: 0)
    add(tracker?.first ?? selection.ranges)
  }

  /// Whether it must be told of each call that has ended.
  var hasDependencies: Bool { tracker != nil }

  /// Whether nothing is left, and nothing will come, or come back.
  var isDone: Bool { undealt == 0 && dealt == 0 }

  /// Returns whether lanes that got no calls must be woken, once for each reason.
  mutating func takeNews() -> Bool {
    guard isMissed, isDone || hasReady || canDealAlone else { return false }
    isMissed = false
    return true
  }

  private var hasReady: Bool {
    aloneCall == nil && ready.first.map { $0.lowerBound < limit } ?? false
  }

  private var canDealAlone: Bool { ready.isEmpty && dealt == 0 && !aloneReady.isEmpty }

  // MARK: Lanes

  /// Returns calls that may begin, at most as many as are wanted. With several lanes it is at most
  /// a part of those that are ready. Nil: no calls are ready now, or ever. `together`: how many of
  /// the first calls of a range may be dealt at a time.
  mutating func deal(_ wanted: Int, together: (Range<Int>) -> Int = { $0.count }) -> Range<Int>? {
    if canDealAlone { return dealAlone() }
    guard aloneCall == nil, let first = ready.first, first.lowerBound < limit else {
      isMissed = true
      return nil
    }
    let wanted = min(wanted, max(together(first), 1))
    let available = min(first.upperBound, limit) - first.lowerBound
    let share = lanes == 1 ? available : max(readyCount / (2 * lanes), 1)
    let calls = first.lowerBound..<first.lowerBound + min(available, wanted, share)
    if calls.count == first.count {
      ready.removeFirst()
    } else {
      // Still the lowest of all.
      ready.replaceFirst(calls.upperBound..<first.upperBound)
    }
    readyCount -= calls.count
    undealt -= calls.count
    dealt += calls.count
    return calls
  }

  private mutating func dealAlone() -> Range<Int>? {
    let call = aloneReady.removeFirst()
    aloneCall = call
    undealt -= 1
    dealt += 1
    return call..<call + 1
  }

  /// Takes those of some calls that may begin, as if they had been dealt: they continue from copies
  /// of them. `calls` in ascending order. Returns them. O(calls and ranges).
  mutating func reserve(_ calls: [Int]) -> [Int] {
    if calls.isEmpty { return [] }
    var taken: [Int] = []
    var rest: [Range<Int>] = []
    var next = 0
    for range in ready.elements.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      var start = range.lowerBound
      while next < calls.count, calls[next] < range.upperBound {
        let call = calls[next]
        next += 1
        guard call >= start else { continue }
        rest.append(start..<call)
        taken.append(call)
        start = call + 1
      }
      rest.append(start..<range.upperBound)
    }
    ready.removeAll()
    readyCount = 0
    add(rest)
    undealt -= taken.count
    dealt += taken.count
    return taken
  }

  /// A lane gives back calls that it has not begun.
  mutating func takeBack(_ ranges: [Range<Int>]) {
    let count = ranges.reduce(0) { $0 + $1.count }
    ended(count)
    undealt += count
    add(ranges)
  }

  /// Calls that lanes had have ended.
  mutating func ended(_ count: Int) {
    dealt -= count
    if dealt == 0 { aloneCall = nil }
  }

  /// Some more calls may begin. O(log ranges) each.
  private mutating func add(_ ranges: [Range<Int>]) {
    for range in ranges where !range.isEmpty {
      if alone.isEmpty || !addAlone(of: range) { insert(range) }
    }
  }

  private mutating func insert(_ range: Range<Int>) {
    ready.insert(range)
    readyCount += range.count
  }

  /// Splits a range at the calls that run alone. Returns false if it has no such call.
  private mutating func addAlone(of range: Range<Int>) -> Bool {
    let calls = alone.filter { range.contains($0) }.sorted()
    if calls.isEmpty { return false }
    var next = range.lowerBound
    for call in calls {
      if call > next { insert(next..<call) }
      aloneReady.insert(call)
      next = call + 1
    }
    if next < range.upperBound { insert(next..<range.upperBound) }
    return true
  }

  // MARK: Results

  /// A call has its token. Only where there are dependencies.
  mutating func completed(_ call: Int, _ token: Token<Value>) { tracker?.note(call, token) }

  /// Returns calls that end without a start, now that others have their tokens; nil: no more. Their
  /// ends are to be told before the next question. `written`: results in the order of the calls
  /// that were written; nil: they are not in order.
  mutating func next(_ counts: StatusCounts, written: Int?) -> Ending? {
    // Skipped calls keep their own reason when the run closes.
    if let (calls, token) = tracker?.takeSkipped() { return end(calls, token) }
    if refusal == nil, let halt, halt.isReached(by: counts, of: total) {
      refusal = TokenMaker.halted(after: halt.limit)
    }
    if let refusal { return isClosed ? nil : end(closeAll(), refusal) }
    if let ready = tracker?.takeReady() { add(ready) }
    if let written { moveWindow(written: written) }
    return nil
  }

  private mutating func end(_ calls: [Range<Int>], _ token: Token<Value>) -> Ending {
    undealt -= calls.reduce(0) { $0 + $1.count }
    return Ending(calls: calls, token: token)
  }

  /// No more calls begin. `next` returns those that have not been dealt; those that were dealt and
  /// not begun end so in their lanes.
  mutating func close(_ token: Token<Value>) {
    if refusal == nil { refusal = token }
  }

  /// Takes all calls that were not dealt.
  private mutating func closeAll() -> [Range<Int>] {
    isClosed = true
    let alone = aloneReady.elements.map { $0..<$0 + 1 }
    let calls = (ready.elements + alone).sorted { $0.lowerBound < $1.lowerBound }
    ready.removeAll()
    aloneReady.removeAll()
    readyCount = 0
    return calls + (tracker?.close() ?? [])
  }

  /// Returns what tasks that became ready have taken from others, as their records will have it.
  mutating func takeTaken() -> [DependencyTracker.Taken] { tracker?.takeTaken() ?? [] }

  private mutating func moveWindow(written: Int) {
    guard let window, written + window - windowEnd >= window / 4 else { return }
    windowEnd = written + window
    limit = windowEnd >= selection.count ? .max : selection.call(at: windowEnd)
  }
}

import KernelBridge
package import KernelHostModel

/// Tokens of earlier runs' journals, by what their calls do, for a study that has grown.
package struct JournalReuse {
  private struct Source {
    let id: String
    let plan: Plan
    let calls: CallIndex
    let texts: JournalTexts
    let results: [[FieldSignature]]
  }

  /// In one word where a record is: the journal, the kernel in its plan, and the place.
  private struct Place {
    let source: UInt16
    let kernel: UInt16
    let place: Int
  }

  private var sources: [Source] = []
  private var places: [CallKey: Place] = [:]

  package init() {}

  /// What a journal holds; nil: its plan cannot be made. O(records).
  static func source(_ path: String) throws(JournalError) -> JournalReuse? {
    var source = JournalReuse()
    return try source.add(JournalFolder(reading: path)) ? source : nil
  }

  /// Calls whose tokens can be taken.
  package var count: Int { places.count }

  /// Adds what a journal holds: the tokens of calls of pure kernels that ended well, or with the
  /// kernel's own error. Of equal calls the first one counts. False: its plan cannot be made.
  /// O(records).
  package mutating func add(_ folder: JournalFolder) throws(JournalError) -> Bool {
    guard case .success(let plan) = folder.run.plan() else { return false }
    let index = try folder.index()
    let source = UInt16(clamping: sources.count)
    sources.append(
      Source(
        id: folder.run.id, plan: plan, calls: index.calls, texts: JournalTexts(folder.path, index),
        results: plan.signatures.map { $0.results }))
    var keys = CallKeys(plan, contents: folder.run.contents(of: plan))
    places.reserveCapacity(places.count + index.counts[.ok])
    index.calls.visit { call, status, place in
      guard status == .ok || status == .error, let key = keys.key(ofCall: call) else { return }
      if places[key] != nil { return }
      places[key] = Place(
        source: source, kernel: UInt16(clamping: plan.kernelIndex(ofCall: call)), place: place)
    }
    return true
  }

  /// Hands the records that calls of a new run get from earlier ones to `body`. `contents`: of the
  /// plan's kernels, as `JournalRun.contents` has it. Without `wantsResults` a result that is one
  /// number comes as its text alone. Returns how many those are. O(calls), or O(records x tasks)
  /// where that is less: a plan may have any number of calls.
  package func match(
    _ calls: [Range<Int>], of plan: Plan, contents: [String], wantsResults: Bool = true,
    _ body: (_ end: JournalEnd, _ number: ArraySlice<UInt8>?) -> Void
  ) -> Int {
    if places.isEmpty { return 0 }
    var keys = CallKeys(plan, contents: contents)
    var count = 0
    let (each, large) = parts(of: calls, plan)
    for range in each {
      for call in range {
        guard let key = keys.key(ofCall: call), let place = places[key] else { continue }
        if take(call, place, wantsResults, body) { count += 1 }
      }
    }
    if large.isEmpty { return count }
    let wanted = Selection(calls)
    for task in large {
      let finder = CallFinder(plan, task: task)
      for (number, source) in sources.enumerated() {
        source.calls.visit { call, _, place in
          for found in finder.calls(like: call, of: source.plan)
          where !wanted.calls(in: found..<found + 1).isEmpty {
            // The arguments are alike; the key tells whether all else is, and which record counts.
            guard let key = keys.key(ofCall: found), let known = places[key],
              known.place == place, Int(known.source) == number
            else { continue }
            if take(found, known, wantsResults, body) { count += 1 }
          }
        }
      }
    }
    return count
  }

  /// Returns false if the record is not there any more.
  private func take(
    _ call: Int, _ place: Place, _ wantsResults: Bool,
    _ body: (_ end: JournalEnd, _ number: ArraySlice<UInt8>?) -> Void
  ) -> Bool {
    let source = sources[Int(place.source)]
    let results = source.results[Int(place.kernel)]
    var isTaken = false
    if !wantsResults {
      _ = source.texts.plainEnd(at: place.place) { end, bytes in
        if !end.isResult(of: results) { return }
        isTaken = true
        let token = Token<Value>.ok(.null, steps: end.steps, seconds: end.seconds)
        body(JournalEnd(call: call, token: token, source: source.id), bytes[end.result])
      }
    }
    if isTaken { return true }
    guard var end = source.texts.end(at: place.place)?.typed(results) else { return false }
    end.call = call
    end.source = source.id
    body(end, nil)
    return true
  }

  /// Some calls, as ranges of which each call is looked up, and as tasks whose calls are found by
  /// what the records have as arguments.
  private func parts(of calls: [Range<Int>], _ plan: Plan) -> (each: [Range<Int>], large: [Int]) {
    let most = max(Self.mostEach, places.count * 4)
    if calls.reduce(0, { $0 + $1.count }) <= most || !plan.hasSweeps { return (calls, []) }
    let wanted = Selection(calls)
    var each: [Range<Int>] = []
    var large: [Int] = []
    var left = most
    let tasks = plan.manifest.tasks.indices.map { ($0, plan.calls(ofTask: $0)) }
    for (task, range) in tasks.sorted(by: { $0.1.count < $1.1.count }) {
      let own = wanted.calls(in: range)
      let count = own.reduce(0) { $0 + $1.count }
      if count == 0 { continue }
      if count <= left {
        left -= count
        each += own
      } else {
        large.append(task)
      }
    }
    return (each.sorted { $0.lowerBound < $1.lowerBound }, large)
  }

  /// Calls of which each is looked up, at some hundred nanoseconds.
  private static let mostEach = 1 << 21
}

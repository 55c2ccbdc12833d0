import KernelBridge
public import TaskModel

/// Tokens of earlier runs' journals, by what their calls do, for a study that has grown.
public struct JournalReuse {
  private struct Source {
    let id: String
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

  public init() {}

  /// Calls whose tokens can be taken.
  public var count: Int { places.count }

  /// Adds what a journal holds: the tokens of calls of pure kernels that ended well, or with the
  /// kernel's own error. Of equal calls the first one counts. False: its plan cannot be made.
  /// O(records).
  public mutating func add(_ folder: JournalFolder) -> Bool {
    guard case .success(let plan) = folder.run.plan() else { return false }
    let index = folder.index()
    let source = UInt16(clamping: sources.count)
    sources.append(
      Source(
        id: folder.run.id, texts: JournalTexts(folder.path, index),
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

  /// Hands the records that calls of a new run get from earlier ones to `body`, in order.
  /// `contents`: of the plan's kernels, as `JournalRun.contents` has it. Returns how many those
  /// are. O(calls).
  public func match(
    _ calls: [Range<Int>], of plan: Plan, contents: [String], _ body: (JournalEnd) -> Void
  ) -> Int {
    if places.isEmpty { return 0 }
    var keys = CallKeys(plan, contents: contents)
    var count = 0
    for range in calls {
      for call in range {
        guard let key = keys.key(ofCall: call), let place = places[key] else { continue }
        let source = sources[Int(place.source)]
        guard
          var end = source.texts.end(at: place.place)?.typed(source.results[Int(place.kernel)])
        else { continue }
        end.call = call
        end.source = source.id
        count += 1
        body(end)
      }
    }
    return count
  }
}

package import KernelBridge
package import KernelHostModel

/// Checks whether the kernels of a plan can continue in another process, as their flag KH_FLAT
/// says. A call of each is run to its end. The same call is stopped, copied, and continued in a
/// worker of another fork server, where only the arena has the same addresses. Both must end alike.
package struct ResumeCheck {
  /// What was found of a kernel.
  package struct Result: Sendable, Hashable {
    package let kernel: String
    /// The call that was run.
    package let call: Int
    package let finding: Finding
  }

  package enum Finding: Sendable, Hashable {
    /// Calls continue: they were copied after these numbers of steps.
    case continues(after: [Int64])
    /// It does not say that it is flat: its calls begin again.
    case isNotFlat
    /// It ends in its first step, so that there is nothing to continue.
    case isOneStep
    /// It has a pointer that no other process can use.
    case stray(StrayPointer)
    /// It ends otherwise than without a break, after this number of steps. `fields`: the results that
    /// differ; empty: it is not a result.
    case differs(after: Int64, fields: [String])
    /// It did not end in this number of seconds.
    case isTooLong(Double)
    /// It does not end well or with an error of its own, so that there is nothing to compare.
    case died
    /// The other process could not continue it.
    case isRefused

    package var isGood: Bool {
      switch self {
      case .continues, .isNotFlat, .isOneStep, .isTooLong: true
      default: false
      }
    }
  }

  /// How a call ended.
  private struct End {
    var status: Status
    var code: Int32
    var message: String?
    var result: Value
    var text: [UInt8]
  }

  private let source: PlannedCalls
  private let catalogue: Catalogue
  private let first: any LaneProvider
  private let second: any LaneProvider
  /// Seconds for each run of a call.
  private let limit: Double

  /// Runs the first call of each kernel that takes no result of another call; at most `limit`
  /// seconds at a time.
  package static func results(
    _ plan: Plan, _ kernels: LoadedKernels, limit: Double = 10
  ) throws(SystemError) -> [Result] {
    let lanes = kernels.lanes
    let check = ResumeCheck(
      source: PlannedCalls(plan, nil), catalogue: kernels.catalogue, first: lanes,
      second: try lanes.another(), limit: limit)
    let tracker = DependencyTracker(plan: plan, selection: Selection(allOf: plan), known: [:])
    var seen: Set<Int> = []
    var results: [Result] = []
    for task in plan.manifest.tasks.indices {
      guard let call = plan.calls(ofTask: task).first,
        case let kernel = check.source.kernel(ofCall: call), !seen.contains(kernel),
        tracker?.first.contains(where: { $0.contains(call) }) ?? true
      else { continue }
      seen.insert(kernel)
      let signature = kernels.catalogue.signatures[kernel]
      let finding: Finding = signature.isFlat ? try check.finding(call) : .isNotFlat
      results.append(Result(kernel: signature.name, call: call, finding: finding))
    }
    return results
  }

  private func finding(_ call: Int) throws(SystemError) -> Finding {
    guard let whole = try end(of: call) else { return .isTooLong(limit) }
    guard whole.status == .ok || whole.status == .error else { return .died }
    var steps: [Int64] = []
    for isFirstStep in [true, false] {
      guard let copy = try copied(call, isFirstStep: isFirstStep) else { continue }
      if let stray = copy.strays.first { return .stray(stray) }
      guard let saved = copy.saved.calls.first else { continue }
      let lane = try lane(second)
      let taken = lane.restore(copy.saved) { options($0.number, skipping: $0.printed) }
      guard taken == [true] else { return .isRefused }
      try lane.start()
      guard let end = finish(lane, after: Array(copy.text.prefix(Int(saved.printed)))) else {
        return .isTooLong(limit)
      }
      if !Self.isSame(end, whole) {
        return .differs(after: saved.steps, fields: Self.differences(whole.result, end.result))
      }
      steps.append(saved.steps)
    }
    return steps.isEmpty ? .isOneStep : .continues(after: steps)
  }

  /// Numbers that are no numbers are the same, too.
  private static func isSame(_ one: End, _ other: End) -> Bool {
    one.status == other.status && one.code == other.code && one.message == other.message
      && one.text == other.text && "\(one.result)" == "\(other.result)"
  }

  private static func differences(_ one: Value, _ other: Value) -> [String] {
    guard case .record(let fields) = one, case .record(let others) = other else {
      return []
    }
    return zip(fields, others).filter { "\($0.value)" != "\($1.value)" }.map { $0.0.name }
  }

  // MARK: Calls

  private func lane(_ provider: any LaneProvider) throws(SystemError) -> any Lane {
    try provider.makeLane(
      liveLimit: nil, lanes: 1, silence: LaneSilence.short, copiesCalls: true)
  }

  private func options(_ call: Int, skipping text: UInt64 = 0) -> CallOptions {
    CallOptions(tag: UInt64(call), skippedText: text, number: UInt64(call))
  }

  private func submit(_ call: Int, to lane: any Lane) {
    _ = lane.submit(kernel: source.kernel(ofCall: call), options: options(call)) {
      source.write(argumentsOfCall: call, to: &$0)
    }
    lane.flush()
  }

  /// How a call ends that is never stopped; nil: it takes too long.
  private func end(of call: Int) throws(SystemError) -> End? {
    let lane = try lane(first)
    try lane.start()
    submit(call, to: lane)
    return finish(lane, after: [])
  }

  /// Waits for the end of the lane's one call; nil: it takes too long.
  private func finish(_ lane: any Lane, after text: [UInt8]) -> End? {
    var text = text
    var end: End?
    let until = first.now + UInt64(limit * 1e9)
    while end == nil {
      let count = lane.take(
        text: { if !$0.isOutput { text += $0.bytes } },
        completions: { completions in
          let one = completions[0]
          end = End(
            status: one.status, code: one.code, message: one.message, result: one.result, text: [])
        })
      if count > 0 { break }
      if lane.hasDied {
        return End(status: .crash, code: 0, message: nil, result: .null, text: [])
      }
      if first.now > until {
        lane.kill()
        return nil
      }
      first.wait([lane], nanoseconds: 20_000_000)
    }
    end?.text = text
    return end
  }

  /// Copies a call after its first step, or a little later; nil: it had ended.
  private func copied(
    _ call: Int, isFirstStep: Bool
  ) throws(SystemError) -> (saved: SavedCalls, strays: [StrayPointer], text: [UInt8])? {
    let lane = try lane(first)
    try lane.start(once: false, isMeasured: true)
    // While the batch is open the lane takes one step.
    lane.setOpen(isFirstStep)
    submit(call, to: lane)
    var text: [UInt8] = []
    var hasEnded = false
    var isStopped = false
    let until = first.now + UInt64(limit * 1e9)
    while true {
      let count = lane.take(text: { if !$0.isOutput { text += $0.bytes } }, completions: { _ in })
      hasEnded = hasEnded || count > 0
      if let snapshot = lane.takeSnapshot(), snapshot.isFinal {
        let (saved, strays) = snapshot.read()
        // What it has printed comes before its end.
        while !hasEnded, !lane.hasDied, first.now < until {
          hasEnded =
            lane.take(text: { if !$0.isOutput { text += $0.bytes } }, completions: { _ in }) > 0
          if !hasEnded { first.wait([lane], nanoseconds: 1_000_000) }
        }
        return saved.calls.isEmpty && strays.isEmpty ? nil : (saved, strays, text)
      }
      if hasEnded || lane.hasDied || first.now > until { return nil }
      if !isStopped, lane.running().contains(where: { isFirstStep || $0.steps > 1 }) {
        lane.signal.stop()
        isStopped = true
      }
      first.wait([lane], nanoseconds: 200_000)
    }
  }
}

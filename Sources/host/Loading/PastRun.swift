import KernelBridge
import KernelHost
import KernelHostModel

/// One call of a run whose results are in a file.
struct PastRun {
  let record: RunRecord
  /// Nil if an older host wrote the results, or if their first record is missing.
  let origin: RunOrigin?
  private let path: String

  /// Reads the record of a call. O(bytes).
  init(_ path: String, call: Int) throws(CommandError) {
    var found: RunRecord?
    var origin: RunOrigin?
    // A file may hold several runs: a call belongs to the last one before it.
    var last: RunOrigin?
    var count = 0
    _ = try RecordLoader.read(path) {
      last = $0
    } _: { record in
      count += 1
      if record.call == call { (found, origin) = (record, last) }
    }
    guard let found else {
      throw .usage(Messages.noRecord(path, call, count: count))
    }
    record = found
    self.origin = origin
    self.path = path
  }

  /// Returns the results of other calls that a call takes. O(bytes).
  func results(for call: Int, _ plan: Plan) throws(CommandError) -> [Int: Value] {
    guard let dependencies = plan.dependencies else { return [:] }
    let task = plan.task(ofCall: call)
    let ranges = dependencies.graph.targets(of: task).map { plan.calls(ofTask: Int($0)) }
    if ranges.isEmpty { return [:] }
    let wanted = Selection(ranges.sorted { $0.lowerBound < $1.lowerBound }.merged)
    var known: [Int: Value] = [:]
    var failed: RunRecord?
    var other: RunRecord?
    _ = try RecordLoader.read(path) { record in
      guard !wanted.calls(in: record.call..<record.call + 1).isEmpty else { return }
      if record.status == .ok {
        known[record.call] = record.result.read(as: plan.signature(ofCall: record.call).results)
        if known[record.call] == nil { other = other ?? record }
      } else {
        failed = failed ?? record
      }
    }
    if let failed {
      throw .usage(Messages.neverBegan(call, behind: failed))
    }
    if let other {
      throw .usage(
        Messages.otherResult(path, other, plan.signature(ofCall: other.call)))
    }
    if known.count < wanted.count {
      throw .usage(Messages.resultsMissing(path, wanted.count - known.count))
    }
    return known
  }
}

extension [Range<Int>] {
  /// Sorted ranges without the numbers that earlier ranges contain.
  fileprivate var merged: [Range<Int>] {
    var end = 0
    return map { range in
      defer { end = Swift.max(end, range.upperBound) }
      return Swift.max(range.lowerBound, end)..<Swift.max(range.upperBound, end)
    }
  }
}

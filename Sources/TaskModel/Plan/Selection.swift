/// Some of a plan's calls, in order: the calls that a run makes.
public struct Selection: Sendable, Hashable {
  /// In order; no range is empty, and a gap is between any two.
  public let ranges: [Range<Int>]
  /// How many calls there are before each range.
  private let starts: [Int]
  public let count: Int

  /// O(ranges). They must be in order and disjoint; empty ones are left out.
  public init(_ ranges: some Sequence<Range<Int>>) {
    var merged: [Range<Int>] = []
    for range in ranges where !range.isEmpty {
      if let last = merged.last, last.upperBound == range.lowerBound {
        merged[merged.count - 1] = last.lowerBound..<range.upperBound
      } else {
        merged.append(range)
      }
    }
    var starts: [Int] = []
    var count = 0
    for range in merged {
      starts.append(count)
      count += range.count
    }
    self.ranges = merged
    self.starts = starts
    self.count = count
  }

  /// All calls of a plan.
  public init(allOf plan: Plan) { self.init([0..<plan.callCount]) }

  /// How many selected calls come before a selected one. O(log ranges).
  @inline(__always)
  public func position(of call: Int) -> Int {
    ranges.count == 1 ? call - ranges[0].lowerBound : search(call)
  }

  private func search(_ call: Int) -> Int {
    let index = last(in: ranges.indices) { ranges[$0].lowerBound <= call }
    return starts[index] + (call - ranges[index].lowerBound)
  }

  /// The selected call at a position; the end of all calls if the position is beyond them.
  /// O(log ranges).
  public func call(at position: Int) -> Int {
    if position >= count { return ranges.last?.upperBound ?? 0 }
    let index = last(in: ranges.indices) { starts[$0] <= position }
    return ranges[index].lowerBound + (position - starts[index])
  }

  /// The selected calls in a range. O(log ranges + what is found).
  public func calls(in range: Range<Int>) -> [Range<Int>] {
    if ranges.isEmpty { return [] }
    var found: [Range<Int>] = []
    var index = last(in: ranges.indices) { ranges[$0].lowerBound <= range.lowerBound }
    while index < ranges.count, ranges[index].lowerBound < range.upperBound {
      let part = ranges[index].clamped(to: range)
      if !part.isEmpty { found.append(part) }
      index += 1
    }
    return found
  }

  /// The selected calls at some positions. O(log ranges + what is found).
  public func calls(atPositions positions: Range<Int>) -> [Range<Int>] {
    let positions = positions.clamped(to: 0..<count)
    if positions.isEmpty { return [] }
    return calls(in: call(at: positions.lowerBound)..<call(at: positions.upperBound - 1) + 1)
  }

  /// Whether a call is selected. O(log ranges).
  public func contains(_ call: Int) -> Bool {
    if ranges.isEmpty { return false }
    return ranges[last(in: ranges.indices) { ranges[$0].lowerBound <= call }].contains(call)
  }

  /// The calls of both. O(ranges of both).
  public func intersection(_ other: Selection) -> Selection {
    Selection(ranges.flatMap { other.calls(in: $0) })
  }

  /// The last index for which it holds, or the first of all. O(log indices).
  private func last(in indices: Range<Int>, where holds: (Int) -> Bool) -> Int {
    var low = indices.lowerBound
    var high = indices.upperBound
    while high - low > 1 {
      let middle = (low + high) / 2
      if holds(middle) { low = middle } else { high = middle }
    }
    return low
  }
}

extension Plan {
  /// The calls of tasks that match one of some patterns, by their names, or by their kernels'
  /// names if they are not named. O(tasks x patterns).
  public func selection(matching patterns: [Glob]) -> Selection {
    Selection(
      manifest.tasks.indices.lazy.filter { [self] task in
        let name = name(ofTask: task) ?? signature(ofTask: task).name
        return patterns.contains { $0.matches(name) }
      }.map { [self] in calls(ofTask: $0) })
  }

  /// The selection and all calls that its calls wait for, of whole tasks. O(tasks + edges).
  public func closed(_ selection: Selection) -> Selection {
    guard let dependencies else { return selection }
    var isNeeded = [Bool](repeating: false, count: manifest.tasks.count)
    var found: [Int] = []
    for range in selection.ranges {
      for task in task(ofCall: range.lowerBound)...task(ofCall: range.upperBound - 1) {
        found.append(task)
      }
    }
    while let task = found.popLast() {
      for target in dependencies.graph.targets(of: task) where !isNeeded[Int(target)] {
        isNeeded[Int(target)] = true
        found.append(Int(target))
      }
    }
    return Selection(
      manifest.tasks.indices.lazy.flatMap { [self] task in
        isNeeded[task] ? [calls(ofTask: task)] : selection.calls(in: calls(ofTask: task))
      })
  }
}

/// A pattern for names: `*` stands for any text, `?` for one character.
public struct Glob: Sendable, Hashable {
  public let pattern: String
  private let parts: [Character]

  public init(_ pattern: String) {
    self.pattern = pattern
    parts = Array(pattern)
  }

  /// O(length of the name x length of the pattern).
  public func matches(_ name: String) -> Bool {
    let name = Array(name)
    var (at, part) = (0, 0)
    // Behind the last star, and where its text begins: it takes more if the rest does not fit.
    var star: (part: Int, at: Int)?
    while at < name.count {
      if part < parts.count, parts[part] == "*" {
        part += 1
        star = (part, at)
      } else if part < parts.count, parts[part] == "?" || parts[part] == name[at] {
        part += 1
        at += 1
      } else if let last = star {
        part = last.part
        at = last.at + 1
        star = (part, at)
      } else {
        return false
      }
    }
    return parts[part...].allSatisfy { $0 == "*" }
  }
}

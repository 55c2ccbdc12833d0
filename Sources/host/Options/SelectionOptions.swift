import KernelHost
import KernelHostModel

/// The options that select calls of a plan.
struct SelectionOptions {
  static let options = [
    Option("only", value: "NAME", isRepeatable: true), Option("calls", value: "K..L"),
  ]

  private let only: [String]
  private let calls: String?
  /// How messages name the options.
  private var onlyOption = "--only"
  private var callsOption = "--calls"

  init(_ parsed: OptionParser) {
    only = parsed.repeated["only"] ?? []
    calls = parsed.values["calls"]
  }

  /// The value of one option that takes numbers of calls or the name of a task.
  init(named text: String, option: String) {
    let isNumbers = text.allSatisfy { ("0"..."9").contains($0) || ".,".contains($0) }
    only = isNumbers ? [] : [text]
    calls = isNumbers ? text : nil
    (onlyOption, callsOption) = (option, option)
  }

  /// Returns the selected calls with those that they wait for, and the number of the latter. Nil
  /// means all calls.
  func selection(
    _ plan: Plan
  ) throws(CommandError) -> (Selection, added: Int)? {
    if only.isEmpty, calls == nil { return nil }
    let asked = try selected(plan)
    let closed = plan.closed(asked)
    return (closed, closed.count - asked.count)
  }

  /// Returns the selected calls alone.
  func selected(_ plan: Plan) throws(CommandError) -> Selection {
    var asked = Selection(allOf: plan)
    for pattern in only where plan.selection(matching: [Glob(pattern)]).count == 0 {
      throw .usage(noTask(pattern, plan))
    }
    if !only.isEmpty { asked = plan.selection(matching: only.map { Glob($0) }) }
    if let calls { asked = asked.intersection(try ranges(calls, plan)) }
    if asked.count == 0 { throw .usage(Messages.noCalls) }
    return asked
  }

  private func noTask(_ pattern: String, _ plan: Plan) -> String {
    var known: [String] = []
    var seen: Set<String> = []
    for name in plan.names.prefix(10_000) where seen.insert(name).inserted { known.append(name) }
    let word = pattern.lowercased()
    let near =
      NearName.nearest(to: pattern, among: known)
      ?? known.first { word.count > 1 && $0.lowercased().contains(word) }
      ?? known.first { name in
        let parts = name.split { "_-. /".contains($0) }.map(String.init)
        return NearName.nearest(to: pattern, among: parts) != nil
      }
    return Messages.noTask(
      pattern, option: onlyOption, near: near, known: known,
      named: plan.taskNames(ofKernel: pattern, most: 100))
  }

  /// Parses "7", "10..20" (including 20), "10..", "..20", and several of them with commas.
  private func ranges(
    _ text: String, _ plan: Plan
  ) throws(CommandError) -> Selection {
    var found: [Range<Int>] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: ".", omittingEmptySubsequences: false)
      let isRange = ends.count == 3 && ends[1].isEmpty
      guard isRange || ends.count == 1 else { throw wrong(text, plan) }
      let first = ends[0].isEmpty && isRange ? 0 : number(ends[0])
      let last =
        ends[ends.count - 1].isEmpty && isRange
        ? plan.callCount - 1 : number(ends[ends.count - 1])
      guard let first, let last, first <= last, last < plan.callCount else {
        throw wrong(text, plan)
      }
      found.append(first..<last + 1)
    }
    found.sort { $0.lowerBound < $1.lowerBound }
    // A call in two ranges is made once.
    var end = 0
    return Selection(
      found.map { range in
        defer { end = max(end, range.upperBound) }
        return max(range.lowerBound, end)..<max(range.upperBound, end)
      })
  }

  private func number(_ text: Substring) -> Int? {
    text.allSatisfy { ("0"..."9").contains($0) } ? Int(text) : nil
  }

  private func wrong(_ text: String, _ plan: Plan) -> CommandError {
    .usage(Messages.wrongCalls(text, option: callsOption, count: plan.callCount))
  }
}

extension OptionParser {
  /// `--halt error|N|N%`.
  func halt() throws(CommandError) -> Halt? {
    guard let text = values["halt"] else { return nil }
    if text == "error" { return .count(1) }
    if text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent <= 100 {
      return .percent(percent)
    }
    if let count = Int(text), count > 0 { return .count(count) }
    throw CommandError.usage(
      Messages.wrongValue(
        "--halt", found: text,
        expected:
          "\"error\" (the first failure), a number of calls like 10, or a percentage like 5%"))
  }
}

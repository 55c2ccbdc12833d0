public import TaskModel

/// Progress as a few lines at the bottom of a terminal: how many calls are done, the calls that
/// have run longest, and the calls that are stuck in a step.
public final class ProgressBar: RunObserver {
  public let wishes = RunWishes(finishes: true, lookPeriod: 0.1)
  private let plan: Plan
  private let area: StatusArea
  private let hasColours: Bool
  private var tally: RunTally
  /// Short runs show nothing.
  private static let begin = 0.3
  /// Seconds after which a call is named, and after which its step counts as stuck.
  private static let longCall = 1.0
  private static let stuckStep = 3.0

  public init(_ plan: Plan, _ area: StatusArea, hasColours: Bool) {
    self.plan = plan
    self.area = area
    self.hasColours = hasColours
    tally = RunTally(plan)
  }

  public func saw(_ event: RunEvent, at time: Double) {
    switch event {
    case .planned(let run): tally.begin(run)
    case .finished(let record): tally.finish(record)
    case .ended: area.close()
    default: break
    }
  }

  public func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
    tally.look(lane, calls, counts, at: time)
    if time >= Self.begin { area.show(lines(at: time)) }
  }

  private typealias Part = (text: String, colour: String?)

  private func lines(at time: Double) -> [String] {
    let room = area.room
    var lines = [line(head(at: time, columns: room.columns), room.columns)]
    var rest = tally.oldest.filter { time - $0.start >= Self.longCall }
    for call in tally.stuck(Self.stuckStep).prefix(2) {
      rest.removeAll { $0.call == call.call }
      let text = Wording.stuck(
        plan.title(ofCall: call.call), seconds: time - call.start, inside: call.inside)
      lines.append(line([("stuck: ", "33"), (text, nil)], room.columns))
    }
    if let call = rest.first {
      let text = Wording.running(
        plan.title(ofCall: call.call), seconds: time - call.start, steps: call.steps,
        progress: call.progress, isAsleep: call.isAsleep)
      lines.append(line([("oldest: ", nil), (text, nil)], room.columns))
    }
    return Array(lines.prefix(room.rows))
  }

  private func head(at time: Double, columns: Int) -> [Part] {
    let part = tally.callCount > 0 ? Double(tally.ended) / Double(tally.callCount) : 1
    var parts: [Part] = []
    // In a narrow terminal, words say more than a picture.
    if columns >= 60 {
      let width = min(columns / 4, 30)
      let filled = min(Int(part * Double(width)), width)
      parts.append(
        (
          "[" + String(repeating: "#", count: filled)
            + String(repeating: "-", count: width - filled) + "] ", nil
        ))
    }
    parts.append((Wording.percent(part) + ", ", nil))
    parts.append((Wording.done(tally.ended, of: tally.callCount), nil))
    if let failed = Wording.notOK(tally.counts.occurred) { parts += [(", ", nil), (failed, "31")] }
    if let rate = tally.rate(at: time) { parts.append((", " + Wording.rate(rate), nil)) }
    if let left = tally.left(at: time, hasTimes: true) {
      parts.append((", " + Wording.left(left), nil))
    }
    return parts
  }

  /// Returns the beginning of a line that fits, with colours around the parts that have one.
  private func line(_ parts: [Part], _ columns: Int) -> String {
    var (line, used) = ("", 0)
    for part in parts {
      let cut = Wording.cut(part.text, columns: columns - used)
      used += cut.columns
      if let colour = part.colour, hasColours, !cut.text.isEmpty {
        line += "\u{1B}[\(colour)m\(cut.text)\u{1B}[0m"
      } else {
        line += cut.text
      }
    }
    return line
  }
}

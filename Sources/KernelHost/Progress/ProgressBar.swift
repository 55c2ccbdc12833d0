package import KernelHostModel

/// Progress as a few lines at the bottom of a terminal: how many calls are done, the calls that
/// have run longest, and the calls that are stuck in a step.
package final class ProgressBar: RunObserver {
  package let wishes = RunWishes(finishes: true, surveys: true, lookPeriod: 0.1)
  private let plan: Plan
  private let area: StatusArea
  private let hasColours: Bool
  private var tally: RunTally
  /// Short runs show nothing.
  private static let begin = 0.3
  /// Seconds after which a call is named, and after which its step counts as stuck.
  private static let longCall = 1.0
  private static let stuckStep = 3.0

  package init(_ plan: Plan, _ area: StatusArea, hasColours: Bool) {
    self.plan = plan
    self.area = area
    self.hasColours = hasColours
    tally = RunTally(plan)
  }

  package func saw(_ event: RunEvent, at time: Double) {
    switch event {
    case .planned(let run): tally.begin(run)
    case .finished(let record): tally.finish(record)
    case .retried(let record, _): tally.retry(record)
    case .ended: area.close()
    default: break
    }
  }

  package func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
    tally.look(lane, calls, counts, at: time)
  }

  package func surveyed(lane: Int, _ calls: [RunningCall], of count: Int, at time: Double) {
    tally.survey(lane, calls, of: count, at: time)
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

  /// The first line: in the order of their worth, as much as there is room for.
  private func head(at time: Double, columns: Int) -> [Part] {
    let part = tally.part(at: time)
    var parts: [Part] = [(Wording.percent(part), nil)]
    var used = parts[0].text.count
    let add = { (text: String?, colour: String?) in
      guard let text, used + text.count + 2 <= columns else { return }
      parts += [(", ", nil), (text, colour)]
      used += text.count + 2
    }
    add(Wording.done(tally.ended, of: tally.callCount), nil)
    add(Wording.failed(tally.counts.occurred), "31")
    add(Wording.elapsed(time), nil)
    add(tally.left(at: time).map(Wording.left), nil)
    add(tally.rate(at: time).map(Wording.rate), nil)
    add(Wording.retried(tally.retries.count), "33")
    // The picture and the kinds of failures take what is left.
    if let kinds = Wording.kindsOfFailures(tally.counts.occurred),
      used + kinds.count + 3 + Self.narrowestBar <= columns
    {
      parts.append((" " + kinds, nil))
      used += kinds.count + 1
    }
    let width = min(columns - used - 3, Self.widestBar)
    if width >= Self.narrowestBar {
      let filled = min(Int(part * Double(width)), width)
      parts.insert(
        (
          "[" + String(repeating: "#", count: filled)
            + String(repeating: "-", count: width - filled) + "] ", nil
        ), at: 0)
    }
    return parts
  }

  private static let narrowestBar = 8
  private static let widestBar = 30

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

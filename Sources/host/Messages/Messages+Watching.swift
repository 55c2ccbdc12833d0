import KernelHost
import KernelHostModel

/// Sentences about a run, beside its results.
extension Messages {
  static let eventsAmongResults =
    "--events - writes to standard output, where the results go; add -o FILE for the results, "
    + "or name a file for the events"

  static func sameFile(_ name: String, _ other: String, _ path: String) -> String {
    "\(name) and \(other) are the same file, \(quoted(path)); give each another"
  }

  /// `what`: "the manifest", "a plugin".
  static func writesOver(_ option: String, _ what: String, _ path: String) -> String {
    "\(option) would write over \(what), \(quoted(path)); name another file"
  }

  /// The warning about an observer that cannot write: the results are not affected.
  static func goesOn(_ reason: String) -> String { "host: warning: \(reason); the run continues" }

  /// Returns the summary of a complete run. `again` returns the command that repeats a call.
  static func summary(
    _ summary: RunSummary, _ plan: Plan, again: (Int) -> String
  ) -> [String] {
    let counts = summary.counts ?? StatusCounts()
    let parts = counts.occurred.map { "\(grouped($0.count)) \($0.status.rawValue)" }
    let calls = counts.total == 1 ? "1 call" : "\(grouped(counts.total)) calls"
    var lines = [
      "host: \(calls)\(parts.isEmpty ? "" : ": ")\(parts.joined(separator: ", "))"
        + " in \(Wording.duration(summary.seconds))"
        + ", \(Wording.duration(summary.processorSeconds)) of processor time"
    ]
    let retried = summary.retried
    if retried.count > 0 {
      lines.append(
        "host: retried: \(retried.count == 1 ? "1 call" : "\(grouped(retried.count)) calls"), of which "
          + "\(grouped(retried.succeeded)) succeeded")
    }
    if summary.hostFaults > 0 {
      lines.append(
        "host: \(grouped(summary.hostFaults)) faults of the host itself, see the warnings; please "
          + "report them")
    }
    let slowest = summary.slowest
    if counts.total > 1, !slowest.isEmpty {
      lines.append("host: slowest:")
      for one in slowest {
        lines.append("  \(Wording.duration(one.seconds))  \(plan.title(ofCall: one.call))")
      }
    }
    if summary.lostWorkers > 0 {
      let times = summary.lostWorkers == 1 ? "once" : "\(grouped(summary.lostWorkers)) times"
      lines.append("host: workers that died outside the code of calls: \(times); the last:")
      lines.append("  \(Wording.plainLine(Array(summary.lastLoss.utf8)))")
    }
    let failures = summary.failures
    if failures.isEmpty { return lines }
    lines.append("host: failures:")
    for one in failures.prefix(mostFailures) {
      let times = one.count == 1 ? "once" : "\(grouped(one.count)) times"
      let name = one.name.isEmpty ? one.status.rawValue : "\(one.name) (\(one.status.rawValue))"
      lines.append(
        "  \(Wording.plain(plan.signature(ofCall: one.call).name)): "
          + "\(Wording.plainLine(Array(name.utf8))), \(times)")
      let message = Wording.plainLine(Array(String(one.message.prefix(300)).utf8))
      lines.append("    \(plan.title(ofCall: one.call)): \(message)")
      if one.status.row.isWorthRepeating {
        lines.append("    again: \(again(one.call))")
      }
    }
    let hidden = failures.dropFirst(mostFailures)
    let rest = hidden.reduce(summary.others) { $0 + $1.count }
    if rest > 0 { lines.append("  and \(grouped(rest)) more, of other kinds") }
    return lines
  }

  private static let mostFailures = 10

  private static func grouped(_ number: Int) -> String { Wording.grouped(number) }

  /// Returns a word for a shell, with quotes if it needs them.
  static func shellWord(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: "-_./=:,+@%".utf8.contains(byte)
      }
    }
    if plain, !word.isEmpty { return word }
    // By scalars: a quote with an accent behind it is one character, and still ends the word.
    var quoted = "'"
    for scalar in word.unicodeScalars {
      if scalar == "'" { quoted += "'\\''" } else { quoted.unicodeScalars.append(scalar) }
    }
    return quoted + "'"
  }
}

import KernelBridge
import KernelHostModel

/// The options of `run` that end it before its time.
struct StopOptions {
  static let options = [
    Option("time", value: "DURATION"),
    Option("until", value: "TIME"),
    Option("stop-within", value: "SECONDS"),
    Option("stopped-exit", value: "N"),
  ]

  /// The exit code of a run that was stopped and can go on; nil: the default.
  let stoppedExit: Int32?
  /// Seconds from the first stop until the process has ended.
  let within: Double?
  /// Seconds from the begin of the process after which the run stops.
  let time: Double?
  /// When the run stops, in seconds since 1970 by the wall clock.
  let until: Double?

  init(_ parsed: OptionParser) throws(CommandError) {
    stoppedExit = try parsed.number("stopped-exit", 0...125).map { Int32($0) }
    within = try parsed.seconds("stop-within")
    time = try parsed.values["time"].map { text throws(CommandError) in
      guard let seconds = Self.duration(text) else {
        throw .usage(
          Messages.wrongValue(
            "--time", found: text, expected: "a duration like 90, 90s, 1h30m, 2d or 1:30:00"))
      }
      return seconds
    }
    until = try parsed.values["until"].map { text throws(CommandError) in
      guard let time = wallSeconds(at: text) else {
        throw .usage(
          Messages.wrongValue(
            "--until", found: text,
            expected: "a time like 17:30, 2026-01-31T17:30, 2026-01-31T17:30:00Z or @1750000000"))
      }
      return time
    }
  }

  /// The exit code of a stop before the run begins; nil: that of the signal.
  func early(hasJournal: Bool) -> ExitCode? {
    stoppedExit.map(ExitCode.init) ?? (hasJournal ? .stopped : nil)
  }

  /// "90", "1.5h", "1h30m", "1:30:00" or "30:00", in seconds.
  static func duration(_ text: String) -> Double? {
    if text.contains(":") {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      guard 2...3 ~= parts.count, parts.allSatisfy({ $0.map { $0 >= 0 } ?? false }) else {
        return nil
      }
      return Double(parts.reduce(0) { $0 * 60 + ($1 ?? 0) })
    }
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    var total = 0.0
    var number = ""
    for character in text {
      guard let unit = units[character] else {
        number.append(character)
        continue
      }
      guard let value = Self.plain(number) else { return nil }
      total += value * unit
      number = ""
    }
    if number.isEmpty { return text.isEmpty ? nil : total }
    // Seconds without a unit stand alone.
    return number == text ? Self.plain(number) : nil
  }

  private static func plain(_ text: String) -> Double? {
    guard text.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }), let value = Double(text),
      value <= 1e9
    else { return nil }
    return value
  }
}

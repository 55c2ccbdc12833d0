/// The texts about a run while it runs, and in its summary.
extension Wording {
  /// Returns a duration: "0.3 s", "12 s", "2:05 min", "1:02:03 h".
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e12 else { return "?" }
    if seconds < 1 {
      return seconds < 0.001
        ? "\(decimals(max(seconds, 0) * 1e6, 0)) us" : "\(decimals(seconds * 1e3, 1)) ms"
    }
    if seconds < 9.95 { return "\(decimals(seconds, 1)) s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
    if whole < 3600 { return "\(whole / 60):\(two(whole % 60)) min" }
    return "\(grouped(whole / 3600)):\(two(whole / 60 % 60)):\(two(whole % 60)) h"
  }

  /// Returns a rate: "812/s", "3.4/s", "12.0/min".
  public static func rate(_ perSecond: Double) -> String {
    guard perSecond.isFinite, perSecond < 1e15 else { return "" }
    if perSecond >= 10 { return "\(grouped(Int(perSecond)))/s" }
    return perSecond >= 1 ? "\(decimals(perSecond, 1))/s" : "\(decimals(perSecond * 60, 1))/min"
  }

  /// Returns a percentage: "45%". It is 100% only when everything is done.
  public static func percent(_ part: Double) -> String {
    "\(min(max(Int(part * 100), 0), part < 1 ? 99 : 100))%"
  }

  /// Returns a count: "4,512 of 10,000".
  public static func done(_ count: Int, of all: Int) -> String {
    "\(grouped(count)) of \(grouped(all))"
  }

  /// Returns the failures: "12 not ok (8 error, 4 crash)"; nil if all calls are ok so far.
  public static func notOK(_ counts: [(status: Status, count: Int)]) -> String? {
    guard let failed = failed(counts), let kinds = kindsOfFailures(counts) else { return nil }
    return "\(failed) \(kinds)"
  }

  /// Returns the failures by kind: "(8 error, 4 crash)"; nil if all calls are ok so far.
  public static func kindsOfFailures(_ counts: [(status: Status, count: Int)]) -> String? {
    let failed = counts.filter { $0.status != .ok && $0.count > 0 }
    if failed.isEmpty { return nil }
    return "("
      + failed.map { "\(grouped($0.count)) \($0.status.rawValue)" }
      .joined(separator: ", ") + ")"
  }

  /// Returns the failures without their kinds: "12 not ok"; nil if all calls are ok so far.
  public static func failed(_ counts: [(status: Status, count: Int)]) -> String? {
    let failed = counts.reduce(0) { $1.status == .ok ? $0 : $0 + $1.count }
    return failed > 0 ? "\(grouped(failed)) not ok" : nil
  }

  /// Returns the time since the begin of a run, in whole seconds: "8 s", "2:05 min".
  public static func elapsed(_ seconds: Double) -> String {
    seconds < 60 ? "\(Int(max(seconds, 0))) s" : duration(seconds.rounded(.down))
  }

  /// Returns how many calls were retried: "4 retried"; nil for 0.
  public static func retried(_ count: Int) -> String? {
    count > 0 ? "\(grouped(count)) retried" : nil
  }

  /// Describes a failure when it happens.
  public static func firstFailure(_ title: String, _ error: CallError) -> String {
    let message = plainLine(Array(String(error.description.prefix(400)).utf8))
    return "\(title): \(message) (first of its kind)"
  }

  /// Follows the last failure that is shown when it happens.
  public static let moreFailures = "failures of more kinds are shown at the end only"

  /// Follows a table of the first results.
  public static func results(_ count: Int, shown: Int) -> String {
    let all = count == 1 ? "1 result" : "\(grouped(count)) results"
    return shown < count
      ? "\(all), of which the first \(shown) are shown; -o FILE.csv writes all" : all
  }

  public static func left(_ seconds: Double) -> String {
    seconds < 1 ? "less than 1 s left" : "about \(duration(seconds)) left"
  }

  /// Describes a call that makes progress: `call 12 (primes) for 12 s, step 1,234, 45%`.
  public static func running(
    _ title: String, seconds: Double, steps: Int64, progress: Double?, isAsleep: Bool
  ) -> String {
    var text = "\(title) for \(duration(seconds)), step \(grouped(Int(steps)))"
    if let progress { text += ", " + percent(progress) }
    return isAsleep ? text + ", asleep" : text
  }

  /// Describes a call that is stuck in a step: `call 13 (endless) for 9 s, in one step for 7 s`.
  public static func stuck(_ title: String, seconds: Double, inside: Double) -> String {
    "\(title) for \(duration(seconds)), in one step for \(duration(inside))"
  }

  /// Returns a number with `count` decimals.
  static func decimals(_ number: Double, _ count: Int) -> String {
    let scale = [1.0, 10, 100, 1000][min(max(count, 0), 3)]
    guard number.magnitude < 1e12 else { return number.description }
    let scaled = Int((number.magnitude * scale).rounded())
    let sign = number < 0 && scaled > 0 ? "-" : ""
    if count == 0 { return sign + grouped(scaled) }
    let fraction = String(scaled % Int(scale))
    let zeros = String(repeating: "0", count: count - fraction.utf8.count)
    return sign + grouped(scaled / Int(scale)) + "." + zeros + fraction
  }

  /// Returns the beginning of a line that fits into the columns of a terminal, without characters
  /// that control it, and the columns that it takes. O(columns).
  public static func cut(_ text: String, columns: Int) -> (text: String, columns: Int) {
    var (result, used) = ("", 0)
    for scalar in text.unicodeScalars {
      let character = Printable.plain(String(scalar))
      let width = Printable.width(character)
      if used + width > columns { break }
      result += character
      used += width
    }
    return (result, used)
  }
}

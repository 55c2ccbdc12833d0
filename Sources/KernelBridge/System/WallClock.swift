import CKernelHostLanes
import Glibc

/// Seconds since 1970, UTC, by the wall clock, which may be set at any time.
public func wallSeconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The seconds since 1970 of a time: "17:30" or "17:30:00", the next one; "2026-01-31T17:30:00",
/// by the local clock, or with a Z in UTC; "@1750000000". Nil: it is not a time.
public func wallSeconds(at text: String) -> Double? {
  if text.hasPrefix("@") { return Double(text.dropFirst()).flatMap { $0.isFinite ? $0 : nil } }
  let seconds = unsafe kh_wall_time(text)
  return seconds < 0 ? nil : Double(seconds)
}

/// The same as ISO 8601 with milliseconds: 2026-01-31T12:00:00.000Z.
public func wallText(_ seconds: Double) -> String {
  guard seconds.magnitude < 1e11 else { return "unknown" }
  let milliseconds = Int((seconds * 1000).rounded(.down))
  var whole = time_t(milliseconds / 1000)
  var parts = unsafe tm()
  unsafe gmtime_r(&whole, &parts)
  let digits = { (number: Int, count: Int) in
    let text = String(number)
    return String(repeating: "0", count: max(count - text.utf8.count, 0)) + text
  }
  let date = unsafe [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
  let clock = unsafe [Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec)]
  return "\(digits(date[0], 4))-\(digits(date[1], 2))-\(digits(date[2], 2))T"
    + clock.map { digits($0, 2) }.joined(separator: ":")
    + ".\(digits(milliseconds % 1000, 3))Z"
}

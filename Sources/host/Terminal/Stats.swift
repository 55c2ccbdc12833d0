import KernelBridge
import KernelHost

/// Time and memory of the parts of a run, for `--stats`.
struct Stats {
  private var parts: [(name: String, seconds: Double, memory: MemoryUse)] = []
  private var last = monotonicNanoseconds()

  /// Ends a part, which began at the end of the part before it.
  mutating func end(_ name: String) {
    let now = monotonicNanoseconds()
    parts.append((name, Double(now - last) * 1e-9, .now))
    last = now
  }

  /// Returns one line for each part. Results are written during the run.
  func lines(_ summary: Run.Summary) -> [String] {
    var lines = ["host: part          seconds   memory     peak"]
    for part in parts {
      lines.append(
        "host: \(Self.left(part.name, 10)) \(Self.seconds(part.seconds))"
          + Self.right(Self.megabytes(part.memory.resident), 9)
          + Self.right(Self.megabytes(part.memory.peak), 9))
    }
    lines.append("host: \(Self.left("  write", 10)) \(Self.seconds(summary.writingSeconds))")
    let run = parts.last { $0.name == "run" }?.seconds ?? 0
    if summary.callCount > 0, run > 0 {
      let each = run / Double(summary.callCount) * 1e9
      lines.append(
        "host: \(summary.callCount) calls, \(Self.rounded(each)) ns each of the run; memory is the "
          + "host's with what it shares with workers")
    }
    return lines
  }

  private static func seconds(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    return right(
      "\(thousandths / 1000).\(String(String(thousandths % 1000 + 1000).dropFirst()))", 12)
  }

  private static func rounded(_ value: Double) -> String { String(Int(value.rounded())) }
  private static func megabytes(_ bytes: Int) -> String { "\((bytes + 500_000) / 1_000_000) MB" }

  private static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }
  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }
}

import KernelBridge
import KernelHostModel

/// Messages beside the results: warnings, and lines that kernels wrote to descriptors 1 and 2
/// directly, each with the name of its call in front.
///
/// Output of a call beyond `most` bytes is cut, and a line at the end says by how much. Only the
/// first `mostWarnings` warnings about calls are shown, and a line at the end has the rest's number.
struct Complaints {
  private let plan: Plan
  private let output: OutputFile?
  private let hasColours: Bool
  /// For each call that wrote something, the number of bytes and the last line, which may be
  /// incomplete.
  private var written: [Int: (count: Int, line: [UInt8])] = [:]
  private var cut: [Int: Int] = [:]
  /// Warnings about calls so far. One cause can affect every call of a lane.
  private var warningCount = 0

  static let most = 1 << 16
  static let mostWarnings = 20
  /// The number of calls whose incomplete lines are kept. Beyond it, a line may be split.
  private static let mostCalls = 4096

  init(plan: Plan, descriptor: Int32?, screen: StatusArea? = nil, hasColours: Bool = false) {
    self.plan = plan
    self.hasColours = hasColours
    output = descriptor.map {
      OutputFile(descriptor: $0, name: "standard error", screen: screen)
    }
  }

  mutating func output(_ call: Int, _ bytes: ArraySlice<UInt8>) {
    guard output != nil else { return }
    if written[call] == nil, written.count >= Self.mostCalls { endLines() }
    var (count, line) = written[call] ?? (0, [])
    for byte in bytes {
      count += 1
      if count > Self.most {
        cut[call, default: 0] += 1
      } else if byte == 10 {
        write(call, line)
        line.removeAll(keepingCapacity: true)
      } else if byte != 0 {
        line.append(byte)
      }
    }
    written[call] = (count, line)
  }

  mutating func warning(_ call: Int?, _ text: String) {
    if call != nil {
      warningCount += 1
      if warningCount > Self.mostWarnings { return }
    }
    let who = call.map { "\(plan.title(ofCall: $0)): " } ?? ""
    warn(who + Wording.plainLines(text))
  }

  private func warn(_ text: String) {
    let line = "\(ProgramName.current): warning: \(text)"
    try? output?.write((hasColours ? Paint.message(line) : line) + "\n")
  }

  mutating func flush() { try? output?.flush() }

  mutating func close() {
    endLines()
    for (call, count) in cut.sorted(by: { $0.key < $1.key }) {
      warn("\(plan.title(ofCall: call)): \(Wording.outputCut(count))")
    }
    if warningCount > Self.mostWarnings {
      warn(Wording.moreWarnings(warningCount - Self.mostWarnings))
    }
    flush()
  }

  private mutating func endLines() {
    for (call, text) in written.sorted(by: { $0.key < $1.key }) where !text.line.isEmpty {
      write(call, text.line)
    }
    for call in written.keys where cut[call] == nil { written[call] = nil }
    if written.count >= Self.mostCalls { written.removeAll() }
  }

  private func write(_ call: Int, _ line: [UInt8]) {
    try? output?.write("\(plan.shortTitle(ofCall: call)): \(Wording.plainLine(line))\n")
  }
}

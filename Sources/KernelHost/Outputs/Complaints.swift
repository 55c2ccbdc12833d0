import KernelBridge
import TaskModel

/// What a person is told beside the results: warnings, and what kernels wrote to
/// descriptors 1 and 2 by themselves, by line, with the call's name before it.
///
/// A call that writes more than `most` bytes is cut there, and the end says by how much. Of the
/// warnings about calls the first `mostWarnings` are shown, and the end says how many there were.
struct Complaints {
  private let plan: Plan
  private let output: OutputFile?
  /// What each call has written so far, if it has, and its last line as far as it is there.
  private var written: [Int: (count: Int, line: [UInt8])] = [:]
  private var cut: [Int: Int] = [:]
  /// Warnings about calls so far. One cause can concern each call of a lane.
  private var warningCount = 0

  static let most = 1 << 16
  static let mostWarnings = 20
  /// How many calls' lines are kept apart; then the oldest may be torn.
  private static let mostCalls = 4096

  init(plan: Plan, descriptor: Int32?, screen: StatusArea? = nil) {
    self.plan = plan
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
    try? output?.write("host: warning: \(who)\(Wording.plainLines(text))\n")
  }

  mutating func flush() { try? output?.flush() }

  mutating func close() {
    endLines()
    for (call, count) in cut.sorted(by: { $0.key < $1.key }) {
      try? output?.write(
        "host: warning: \(plan.title(ofCall: call)): \(Wording.outputCut(count))\n")
    }
    if warningCount > Self.mostWarnings {
      try? output?.write(
        "host: warning: \(Wording.moreWarnings(warningCount - Self.mostWarnings))\n")
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
    try? output?.write("\(plan.title(ofCall: call)): \(Wording.plainLine(line))\n")
  }
}

import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// Random histories of a journal's processes, which end in every way, against a model: what was
/// durable is read back, and nothing that was not written.
struct HistoryTests {
  /// One process: what it appended, and how far it was written and synced when it ended.
  private struct Segment {
    var bytes: [UInt8]
    var records: [(record: JournalRecord, end: Int)] = []
    var written = 0
    var durable = 0

    init(_ number: Int) {
      bytes = Study.segment([], number: number)
    }

    mutating func append(_ record: JournalRecord) {
      JournalFrame.append(record, to: &bytes)
      records.append((record, bytes.count))
    }
  }

  private static let callCount = 60

  @Test func whatWasDurableIsReadBackAndNothingElse() throws {
    let study = try Study(calls: Self.callCount)
    let folder = try TemporaryFolder()
    for seed in 0..<150 as Range<UInt64> {
      try check(seed, study, folder)
    }
  }

  private func check(_ seed: UInt64, _ study: Study, _ folder: TemporaryFolder) throws {
    var numbers = Numbers(state: seed)
    var left: [[UInt8]] = []
    /// What must be read: ends by call, and what began.
    var ended: [Int: JournalEnd] = [:]
    var begun: Set<Int> = []
    /// What may be read beside that.
    var mayHaveEnded: Set<Int> = []
    var mayHaveBegun: Set<Int> = []
    for number in 1...1 + numbers.below(4) {
      var segment = Segment(number)
      // As a host does: it runs what has no record, and begins nothing again that must not be.
      for _ in 0..<numbers.below(40) {
        switch numbers.below(8) {
        case 0: segment.append(.begun(range(&numbers)))
        case 1: segment.append(.live(range(&numbers)))
        default:
          let call = numbers.below(Self.callCount)
          segment.append(
            numbers.below(5) == 0 ? Study.failed(call) : Study.end(call, Double(seed) + 0.5))
        }
        if numbers.below(3) == 0 { segment.written = segment.bytes.count }
        if numbers.below(6) == 0 { segment.durable = segment.written }
      }
      let isPowerLoss = numbers.below(2) == 0
      let safe = isPowerLoss ? segment.durable : segment.written
      left.append(Self.remains(segment, safe, isPowerLoss: isPowerLoss, &numbers))
      for (record, end) in segment.records {
        let isSafe = end <= safe
        switch record {
        case .ended(let record):
          if isSafe, ended[record.call] == nil, !mayHaveEnded.contains(record.call) {
            ended[record.call] = record
          }
          if !isSafe { mayHaveEnded.insert(record.call) }
        case .begun(let calls, _):
          if isSafe { begun.formUnion(calls) } else { mayHaveBegun.formUnion(calls) }
        default: break
        }
      }
    }
    for (number, bytes) in left.enumerated() {
      try folder.write(bytes, to: Study.name(number + 1))
    }
    for number in left.count..<4 {
      try folder.write([], to: Study.name(number + 1))
    }
    let index = try JournalReader.read(folder.path, of: study.run)
    let texts = JournalTexts(folder.path, index)
    for call in 0..<Self.callCount {
      let record = index.calls.record(of: call)
      if let wanted = ended[call] {
        #expect(record != nil, "seed \(seed), call \(call)")
        guard let record else { continue }
        #expect(texts.end(at: record.place) == wanted, "seed \(seed), call \(call)")
      } else if record != nil {
        #expect(mayHaveEnded.contains(call), "seed \(seed), call \(call)")
      }
      let isBegun = index.begun.contains(call)
      if isBegun { #expect(begun.contains(call) || mayHaveBegun.contains(call)) }
      if begun.contains(call), record == nil { #expect(isBegun, "seed \(seed), call \(call)") }
    }
    let missing = index.missing.flatMap { Array($0) }
    #expect(missing == (0..<Self.callCount).filter { index.status(of: $0) == nil })
  }

  private func range(_ numbers: inout Numbers) -> Range<Int> {
    let first = numbers.below(Self.callCount)
    return first..<first + 1 + numbers.below(Self.callCount - first)
  }

  /// What is left of a segment: all that is safe; behind it a part of what was written, in which
  /// sectors may be zeros after a loss of power.
  private static func remains(
    _ segment: Segment, _ safe: Int, isPowerLoss: Bool, _ numbers: inout Numbers
  ) -> [UInt8] {
    if !isPowerLoss {
      // A write that was under way may have got any part of its bytes out.
      return Array(segment.bytes[..<(safe + numbers.below(segment.bytes.count - safe + 1))])
    }
    var bytes = segment.bytes
    bytes.removeLast(numbers.below(bytes.count - safe + 1))
    var sector = (safe + 511) / 512 * 512
    while sector < bytes.count {
      if numbers.below(2) == 0 {
        for at in sector..<min(sector + 512, bytes.count) { bytes[at] = 0 }
      }
      sector += 512
    }
    return bytes
  }
}

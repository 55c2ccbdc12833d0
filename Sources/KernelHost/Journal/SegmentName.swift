import KernelHostModel

/// The name of a segment's file: `000012-0123456789abcdef.jsonl` of a process that made the run as
/// a whole, `000012-d0s3-0123456789abcdef.jsonl` of shard 3, and `000012-d0s3_9-...` of some of the
/// shards 3 to 9. So a shard need not open the segments of the others.
struct SegmentName: Sendable, Hashable {
  let name: String
  let number: Int
  /// Nil: of a process that made the run as a whole.
  let share: Share?

  /// The shards of a process, as far as the name tells.
  struct Share: Sendable, Hashable {
    /// The number of the deal.
    let deal: Int
    let shards: ClosedRange<Int>

    init(deal: Int, shards: ClosedRange<Int>) {
      self.deal = deal
      self.shards = shards
    }

    init?(_ text: Substring) {
      guard text.first == "d", let mark = text.firstIndex(of: "s"),
        let deal = Int(text[text.index(after: text.startIndex)..<mark])
      else { return nil }
      let ends = text[text.index(after: mark)...].split(separator: "_").map { Int($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else {
        return nil
      }
      self.deal = deal
      shards = first...last
    }

    /// Of the name of a file with half-done calls: `d0s3l0`, `d0s3_9l0`, `d0s3_9x1f2el0`.
    init?(snapshots key: String) {
      self.init(key.prefix { $0 != "l" && $0 != "x" })
    }
  }

  /// Nil: the name of another kind of file.
  init?(_ name: String) {
    guard let number = JournalReader.segmentNumber(name) else { return nil }
    self.name = name
    self.number = number
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    share = parts.count == 3 ? Share(parts[1]) : nil
  }

  /// How messages name a segment that is not there.
  static func pattern(_ number: Int) -> String { digits(number) + "-*.jsonl" }

  private static func digits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(6 - digits.count, 0)) + digits
  }

  /// A new name that no other segment has. `part`: the shards of the process.
  static func new(_ number: Int, _ part: JournalPart?, random: String) -> String {
    var name = digits(number) + "-"
    if let part { name += part.mark + "-" }
    return name + random + ".jsonl"
  }
}

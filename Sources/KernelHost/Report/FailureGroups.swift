import TaskModel

/// Failures by kernel and error. Errors that differ in their numbers only are one.
struct FailureGroups {
  struct Group {
    let kernel: Int
    let status: Status
    /// The first one's error and call.
    let example: String
    let call: Int
    var count = 0
  }

  private struct Key: Hashable {
    let kernel: Int
    let status: Status
    let error: ExactText
  }

  private var indices: [Key: Int] = [:]
  private(set) var groups: [Group] = []
  /// Failures that found no group.
  private(set) var others = 0

  private static let limit = 1000

  mutating func add(_ record: RunRecord, kernel: Int) {
    let error = TextTable.clipped(record.error?.description ?? "")
    let key = Key(
      kernel: kernel, status: record.status, error: ExactText(Self.withoutNumbers(error)))
    let index: Int
    if let known = indices[key] {
      index = known
    } else if groups.count < Self.limit {
      index = groups.count
      indices[key] = index
      groups.append(
        Group(kernel: kernel, status: record.status, example: error, call: record.call))
    } else {
      others += 1
      return
    }
    groups[index].count += 1
  }

  /// The most frequent first.
  var sorted: [Group] { groups.sorted { ($0.count, $1.call) > ($1.count, $0.call) } }

  /// Every run of digits, points and hexadecimal digits behind one becomes one character.
  private static func withoutNumbers(_ text: String) -> String {
    var bytes: [UInt8] = []
    var isNumber = false
    for byte in text.utf8 {
      let isDigit = (0x30...0x39).contains(byte)
      let goesOn =
        isNumber
        && (isDigit || byte == 0x2E || byte == 0x2C || byte | 0x20 == 0x78
          || (0x61...0x66).contains(byte | 0x20))
      if goesOn { continue }
      isNumber = isDigit
      bytes.append(isDigit ? UInt8(ascii: "#") : byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

package import KernelHostModel

/// Calls of one kernel that failed in the same way.
package struct FailureGroup: Sendable {
  /// The index of the run, where a report has several.
  package let run: Int
  /// The index of the kernel.
  package let kernel: Int
  package let status: Status
  /// The first of the calls, in the order in which they came, and its error.
  package let call: Int
  /// "EINVAL", "SIGSEGV".
  package let name: String
  package let message: String
  package fileprivate(set) var count = 0
}

/// Failures by kernel, status and error, for the page of a report and for the summary of a run.
/// Errors that differ in numbers or in quoted texts only belong together.
struct FailureGroups {
  private struct Key: Hashable {
    let run: Int
    let kernel: Int
    let status: Status
    let error: ExactText
  }

  private var indices: [Key: Int] = [:]
  private(set) var groups: [FailureGroup] = []
  /// Failures that differ from all groups and came after the last possible group.
  private(set) var others = 0

  private static let limit = 1000

  /// Counts a failure. Returns whether it is the first of its group. O(length of its error).
  @discardableResult
  mutating func add(
    run: Int = 0, kernel: Int, status: Status, error: CallError?, call: Int
  ) -> Bool {
    let name = TextTable.clipped(error?.name ?? "", most: 80)
    let message = TextTable.clipped(error?.message ?? "")
    let pattern = Self.pattern(of: message)
    let key = Key(
      run: run, kernel: kernel, status: status, error: ExactText("\(name):\(pattern)"))
    let index: Int
    if let known = indices[key] {
      index = known
    } else if groups.count < Self.limit {
      index = groups.count
      indices[key] = index
      groups.append(
        FailureGroup(
          run: run, kernel: kernel, status: status, call: call, name: name, message: message))
    } else {
      others += 1
      return false
    }
    groups[index].count += 1
    return groups[index].count == 1
  }

  /// The groups, the most frequent first. Those that follow from others come after their causes.
  var sorted: [FailureGroup] {
    groups.sorted {
      let (first, second) = ($0.status.row.isDerived, $1.status.row.isDerived)
      return first == second ? ($0.count, $1.call) > ($1.count, $0.call) : second
    }
  }

  /// The text with one character for each number, and nothing between quotes. A number is a run
  /// of digits, points and hexadecimal digits that begins with a digit.
  private static func pattern(of text: String) -> String {
    var bytes: [UInt8] = []
    var isNumber = false
    var isQuoted = false
    for byte in text.utf8 {
      let isDigit = (0x30...0x39).contains(byte)
      let goesOn =
        isNumber
        && (isDigit || byte == 0x2E || byte == 0x2C || byte | 0x20 == 0x78
          || (0x61...0x66).contains(byte | 0x20))
      if goesOn { continue }
      isNumber = isDigit
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() } else if isQuoted { continue }
      bytes.append(isDigit ? UInt8(ascii: "#") : byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

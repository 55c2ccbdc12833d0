package import KernelBridge
package import KernelHostModel

/// A file that a segment's bytes go to.
package protocol JournalFile: Sendable {
  var path: String { get }
  func write(_ bytes: [UInt8], action: String) throws(SystemError)
  func sync(action: String) throws(SystemError)
}

extension AppendFile: JournalFile {}

/// Why a journal cannot be written any more.
package struct JournalFailure: Error, Sendable, Hashable {
  package let error: SystemError
  /// Records of calls that are on the disk, and that are with the system, of this process.
  package internal(set) var durable: Int
  package internal(set) var written: Int

  package var sentence: String {
    Wording.journalFailed(
      error.action, error.path ?? "", error.reason, durable: durable, written: written)
  }
}

/// Records of calls on their way into a journal: made by one thread, and handed over together.
package struct JournalBatch: Sendable {
  /// The lines of all records.
  private(set) var bytes: [UInt8] = []
  private(set) var counts = [Int](repeating: 0, count: Status.allCases.count)
  package private(set) var count = 0

  package init() {}
  package var isEmpty: Bool { bytes.isEmpty }

  /// Returns where in `bytes` the result stands, if it is one finite number. `text`: of the number
  /// that is the result, where that is known. O(size).
  @discardableResult
  package mutating func add(_ end: JournalEnd, number text: ArraySlice<UInt8>? = nil) -> Range<Int>?
  {
    let start = bytes.count
    let number = end.write(number: text, to: &bytes)
    JournalFrame.close(from: start, in: &bytes)
    counts[end.token.status.index] += 1
    count += 1
    return number
  }

  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    for index in counts.indices { counts[index] = 0 }
    count = 0
  }
}

import KernelHostModel

/// Counts the calls that were retried. Its memory is that of the calls that are still retried.
struct RetryCount {
  private var open: Set<Int> = []
  /// Calls that ended after a retry, and those of them that succeeded.
  private(set) var count = 0
  private(set) var succeeded = 0

  mutating func retry(_ record: CallRecord) { open.insert(record.call) }

  mutating func finish(_ record: CallRecord) {
    if open.isEmpty || open.remove(record.call) == nil { return }
    count += 1
    if record.token.ok { succeeded += 1 }
  }
}

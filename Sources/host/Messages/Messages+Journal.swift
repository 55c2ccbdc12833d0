import KernelHost
import KernelHostModel

/// What is said of journals.
extension Messages {
  static func oneJournal(_ command: String, found: Int) -> String {
    found == 0
      ? "no journal given: host \(command) DIR"
      : "\(found) journals given, expected one; run host \(command) for each"
  }

  static func damage(_ damage: [JournalDamage], count: Int) -> String {
    let first = damage.prefix(5).map { damage in
      Wording.damage(file: damage.file, offset: damage.offset, reason(damage.reason))
    }
    return Wording.journalDamage(count, first)
  }

  private static func reason(_ reason: JournalDamage.Reason) -> String {
    switch reason {
    case .checksum: "a record whose checksum is that of other bytes"
    case .unchecked: "a line without a checksum"
    case .zeros: "bytes of value 0, which were never written"
    case .tooLong: "no line ends"
    case .foreign: "a record that is none of this run's"
    case .otherRun: "it is a segment of another run"
    case .missing: "it is not there any more"
    case .newer(let version): "it is of version \(version) of the format, of a newer host"
    }
  }

  static func unreadableRecords(_ call: Int, _ count: Int) -> String {
    "\(count == 20 ? "20 calls or more" : "\(count) \(count == 1 ? "call" : "calls")") whose record "
      + "cannot be read again, or cannot be from the kernel, are left out; the first is call \(call)"
  }

  /// A few lines: how many calls ended in which way, and how it goes on.
  static func status(_ status: JournalStatus) -> [String] {
    let part =
      status.run.callCount > 0 ? Double(status.done) / Double(status.run.callCount) : 1
    var first =
      "\(Wording.done(status.done, of: status.run.callCount)) calls (\(Wording.percent(part)))"
    if let failed = Wording.notOK(status.counts.occurred) { first += ", " + failed }
    var lines = [first]
    if status.halfDone > 0 { lines.append("half-done: \(Wording.grouped(status.halfDone))") }
    if let holder = status.holder {
      lines.append("running: " + pace(holder, status.rate, status.eta))
    } else if status.isRunning {
      lines.append("running: " + pace(nil, status.rate, status.eta))
    } else if status.isComplete {
      lines.append("complete")
    } else if status.areShardsDone {
      lines.append("the shards are done; host finish makes the calls that wait for others")
    } else {
      lines.append(status.wasStopped ? "stopped" : "not running; the last process did not end it")
    }
    if let age = status.age { lines.append("last record: \(Wording.duration(age)) ago") }
    lines.append(
      "\(Wording.grouped(status.segments)) \(status.segments == 1 ? "segment" : "segments"), "
        + "\(Wording.grouped(status.bytes)) bytes")
    lines += shards(status)
    for (name, reason) in status.unreadable {
      lines.append("not counted: \(Wording.plain(name)) cannot be read: \(Wording.plain(reason))")
    }
    return lines
  }
}

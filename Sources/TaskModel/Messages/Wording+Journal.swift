/// The sentences about journals.
extension Wording {
  static let notInJournal = "the journal does not hold it"

  static func taskNumber(_ task: Int, kernel: String? = nil) -> String {
    "task \(grouped(task))" + (kernel.map { " (\(plain($0)))" } ?? "")
  }

  /// A folder that is not a journal; `found`: what is in it.
  public static func foreignFolder(_ folder: String, found: String) -> String {
    "\(path(folder)) is not a journal: found \(quoted(found)) in it, expected run.json; nothing was "
      + "written there; give a folder that is empty or does not exist"
  }

  public static func journalIsFile(_ path: String) -> String {
    "\(self.path(path)) is a file, and a journal is a folder; give a folder that is empty or does "
      + "not exist"
  }

  public static func journalIsDeadLink(_ path: String) -> String {
    "\(self.path(path)) is a link to what does not exist; make the folder that it leads to, or give "
      + "another one"
  }

  public static func noJournal(_ folder: String) -> String {
    "\(path(folder)) is not a journal: expected the file run.json in it; "
      + "`host run --journal DIR MANIFEST` makes one"
  }

  public static func journalProblem(_ folder: String, _ problem: JournalRun.Problem) -> String {
    let file = path(folder + "/run.json")
    return switch problem {
    case .foreign:
      "\(file) is not that of a journal: expected a file that begins with "
        + "\(JournalRun.beginning); nothing was written there; give another folder"
    case .newer(let version):
      "\(file) is of version \(plain(version)) of the journal's format, and this host reads up to "
        + "\(JournalFormat.major).x; nothing was written there; use the host that wrote it, or a "
        + "newer one"
    case .damaged:
      "\(file) is damaged: its checksum is not that of its bytes; nothing was written there; copy it "
        + "back from where it is whole: it never changes while a run goes on"
    }
  }

  /// `since`: as ISO 8601 has it. Nil: who it is was not written down.
  public static func journalHeld(
    _ folder: String, by holder: (process: Int, host: String, since: String)?
  ) -> String {
    let who = holder.map {
      "process \($0.process) on \(plain($0.host)), since \(plain($0.since))"
    }
    return "the journal \(path(folder)) is in use by " + (who ?? "another process")
      + "; wait for its end, or end it; `host status` shows how far it is"
  }

  public static let journalWithoutLocks =
    "the file system of the journal has no locks: a second host on it is not refused; run one at a "
    + "time"

  public static func journalNeedsLocks(_ folder: String) -> String {
    "the file system of the journal \(path(folder)) has no locks, so that a second host could begin "
      + "calls again; some kernels are not pure; put the journal on a file system with locks"
  }

  public static func unknownCode(_ kernel: String) -> String {
    "the files that kernel \(quoted(kernel)) was made of cannot be read now, so that the journal could "
      + "not tell its code from another; make its library and sources readable"
  }

  /// A journal that cannot be written any more. `durable` and `written`: records of calls.
  public static func journalFailed(
    _ action: String, _ file: String, _ reason: String, durable: Int, written: Int
  ) -> String {
    "cannot \(action) \(path(file)): \(plain(reason)); the run stops: \(calls(durable)) recorded on "
      + "the disk, \(grouped(max(written - durable, 0))) more with the system; the same command "
      + "goes on when the cause is removed"
  }

  /// Damage in a journal, `count` places in all, and the first ones.
  public static func journalDamage(_ count: Int, _ first: [String]) -> String {
    "the journal is damaged in \(grouped(count)) \(count == 1 ? "place" : "places"); the calls "
      + "recorded there run again, or are lost if they must not: " + first.joined(separator: "; ")
      + (count > first.count ? "; ..." : "")
  }

  public static func damage(file: String, offset: Int, _ reason: String) -> String {
    "\(path(file)) at byte \(grouped(offset)): \(reason)"
  }

  /// Records that were there when the run was complete cannot be read.
  public static func recordsMissing(_ count: Int) -> String {
    "the records of \(calls(count)) cannot be read from the journal again; the results lack "
      + "them, and no file of results is written"
  }

  /// A call that must not begin twice, began, and has no end. `again`: a command line.
  public static func lostWithHost(again: String) -> String {
    "the host died after the call had begun and before its end was recorded, or the journal is "
      + "damaged where that may have been; its kernel is not pure, so the call was not begun "
      + "again; to do that on purpose: \(plain(again))"
  }

  /// A call that was live at each of some deaths of hosts, and alone at the last one.
  public static func poison(deaths: Int, again: String) -> String {
    "the host died \(grouped(deaths)) times while the call was live, the last time while it ran "
      + "alone; to begin it again on purpose: \(plain(again))"
  }

  /// A journal whose tokens cannot be taken.
  public static func noReuse(_ folder: String) -> String {
    "the run of the journal \(path(folder)) cannot be planned by this host; nothing was taken from "
      + "it"
  }

  public static func reused(_ count: Int, of all: Int, _ folder: String) -> String {
    "\(calls(count)) of \(grouped(all)) taken from the journal \(path(folder))"
  }

  static func calls(_ count: Int) -> String {
    "\(grouped(count)) \(count == 1 ? "call" : "calls")"
  }

  /// Why a run cannot go on with a journal, with a table of what is another. A line each.
  public static func otherInputs(_ folder: String, _ comparison: JournalComparison) -> [String] {
    var lines = ["the journal \(path(folder)) is of other inputs:"] + table(of: comparison)
    lines.append(
      "\(calls(comparison.callsToRun)) of \(grouped(comparison.callCount)) would run again; for "
        + "that use a new journal with --reuse \(path(folder)), or restore the inputs")
    return lines
  }

  /// What differs between two runs, a line each.
  static func table(of comparison: JournalComparison) -> [String] {
    var lines: [String] = []
    if let abi = comparison.abi { lines.append("  " + changed(abi)) }
    lines += comparison.origins.map { "  " + changed($0) }
    for change in comparison.changes {
      switch change {
      case .changed(let name, let count): lines.append("  changed  \(name), \(calls(count))")
      case .new(let name, let count): lines.append("  new      \(name), \(calls(count))")
      case .gone(let name, let count): lines.append("  gone     \(name), \(calls(count))")
      }
    }
    if comparison.changeCount > comparison.changes.count {
      lines.append(
        "  ... \(grouped(comparison.changeCount - comparison.changes.count)) more tasks")
    }
    if comparison.changeCount == 0, comparison.isOtherText {
      lines.append("  the manifest's text, or a file of points; no task does anything else")
    }
    return lines
  }

  public static func resultsMissing(_ count: Int) -> String {
    count == 1
      ? "1 call has no record yet and is left out; `host run --journal` goes on with it"
      : "\(calls(count)) have no record yet and are left out; `host run --journal` goes on with them"
  }

  public static func wrongRecord(_ call: Int, kernel: String) -> String {
    "the record of call \(grouped(call)) cannot be from kernel \(quoted(kernel))"
  }
}

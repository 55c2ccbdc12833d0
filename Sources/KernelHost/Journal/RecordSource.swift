import KernelBridge
import KernelHostModel

/// Where results come from: the records of one journal, or of several.
protocol RecordSource {
  /// Records of one call contradict each other; known behind a visit of all calls.
  var hasConflict: Bool { get }
  /// Hands each call that has a record to `body`, in the order of the calls, until it returns
  /// false. `wanted`: the calls that are asked for; nil: all. Without an end the record cannot be
  /// read.
  func visit(_ wanted: Selection?, _ body: (_ call: Int, _ end: JournalEnd?) -> Bool)
  /// The same, but hands records with one number to `plain` first, as they are in the journal. It
  /// returns whether it took one; `body` gets the others.
  func visit(
    _ wanted: Selection?, plain: (_ call: Int, _ end: JournalLines.PlainEnd, [UInt8]) -> Bool,
    _ body: (_ call: Int, _ end: JournalEnd?) -> Bool)
  /// Hands those of a range that have a record to `body`, in order. It may be asked by the body of
  /// `visit`.
  func ends(of calls: Range<Int>, _ body: (_ call: Int, _ end: JournalEnd?) -> Void)
}

extension RecordSource {
  func visit(
    _ wanted: Selection?, plain: (_ call: Int, _ end: JournalLines.PlainEnd, [UInt8]) -> Bool,
    _ body: (_ call: Int, _ end: JournalEnd?) -> Bool
  ) {
    visit(wanted, body)
  }
}

/// The records of one journal, whose places an index has.
struct IndexedRecords: RecordSource {
  /// The first record of a call counts.
  let hasConflict = false
  private let index: JournalIndex
  private let texts: JournalTexts

  init(_ folder: JournalFolder, _ index: JournalIndex) {
    self.index = index
    texts = JournalTexts(folder.path, index)
  }

  func visit(_ wanted: Selection?, _ body: (_ call: Int, _ end: JournalEnd?) -> Bool) {
    visit(wanted, plain: { _, _, _ in false }, body)
  }

  func visit(
    _ wanted: Selection?, plain: (_ call: Int, _ end: JournalLines.PlainEnd, [UInt8]) -> Bool,
    _ body: (_ call: Int, _ end: JournalEnd?) -> Bool
  ) {
    var goesOn = true
    index.calls.visit { call, _, place in
      guard goesOn else { return }
      if let wanted, !wanted.contains(call) { return }
      var isTaken = false
      if texts.plainEnd(at: place, { isTaken = plain(call, $0, $1) }), isTaken { return }
      goesOn = body(call, texts.end(at: place))
    }
  }

  func ends(of calls: Range<Int>, _ body: (_ call: Int, _ end: JournalEnd?) -> Void) {
    for call in calls {
      guard let record = index.calls.record(of: call) else { continue }
      body(call, texts.end(at: record.place))
    }
  }
}

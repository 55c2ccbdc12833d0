package import KernelBridge
import KernelHostModel

/// Makes the results of a run from one or several journals of it, and proves that each call has
/// exactly one record.
///
/// Journals belong to one run if they have the same manifest, the same kernels and the same ABI.
/// Whether one process began them all, or each machine its own, does not matter.
package struct JournalMerge {
  package struct Summary: Sendable {
    package let counts: StatusCounts
    package let callCount: Int
    package let missing: MissingCalls
    /// Records that say the same as another one of their call.
    package let duplicates: Int
    /// Records in whose place a better one of their call counts.
    package let replaced: Int
    package let conflictCount: Int
    /// The first ones.
    package let conflicts: [MergeConflict]
    /// Why the results could not be written; nil: they were, or must not be.
    package let failure: SystemError?
  }

  private let run: JournalRun
  private let plan: Plan
  private let deal: CurrentDeal?
  private let map: BlockMap
  private let windowBytes: Int

  /// Of the segments, as they are now. `damage` has the first places.
  package var damage: [JournalDamage] { map.damage }
  package var damageCount: Int { map.damageCount }
  package var segmentCount: Int { map.segments.count }

  /// Reads where all records are. `windowBytes`: records that are in memory at a time.
  /// O(bytes of the segments).
  package init(
    _ folders: [JournalFolder], windowBytes: Int? = nil
  ) throws(JournalError) {
    try Self.check(folders)
    run = folders[0].run
    guard case .success(let plan) = run.plan() else { throw .unplanned(folders[0].path) }
    self.plan = plan
    var deals: [CurrentDeal?] = []
    for folder in folders { deals.append(try Self.deal(folder)) }
    // Shards of several deals are not to be listed as if they were of one.
    deal = deals.allSatisfy { $0?.isSame(as: deals[0]) ?? (deals[0] == nil) } ? deals[0] : nil
    self.windowBytes = windowBytes ?? WindowReader.usualBytes
    var map = BlockMap(callCount: run.callCount)
    do throws(SystemError) {
      for (number, folder) in folders.enumerated() { try map.read(folder, number: number) }
    } catch {
      throw .unreadable(error)
    }
    self.map = map
  }

  /// It is for the list of missing shards alone, so damage in it stops nothing.
  private static func deal(_ folder: JournalFolder) throws(JournalError) -> CurrentDeal? {
    do throws(JournalError) {
      return try folder.currentDeal()
    } catch .damagedDeal {
      return nil
    } catch {
      throw error
    }
  }

  private static func check(_ folders: [JournalFolder]) throws(JournalError) {
    let places = folders.map { Folders.real($0.path) }
    for (index, place) in places.enumerated() {
      for other in places.indices where other != index {
        if place == places[other] {
          throw .sameJournal(folders[min(index, other)].path, folders[max(index, other)].path)
        }
        if place.hasPrefix(places[other] + "/") {
          throw .nestedJournal(folders[index].path, in: folders[other].path)
        }
      }
    }
    for folder in folders.dropFirst() {
      let comparison = folder.run.comparison(with: folders[0].run)
      if !comparison.isSame { throw .foreignJournal(folder.path, folders[0].path, comparison) }
    }
  }

  /// Writes the results, or only looks whether they are complete if `options` is nil. A file is
  /// complete or absent; what goes to a descriptor is written only if a look before has shown that
  /// it is complete. O(records).
  package func write(_ options: JournalResults.Options?) throws(SystemError) -> Summary {
    if var options {
      if options.outputPath == nil {
        let look = try check()
        if look.missing.count > 0 || look.conflictCount > 0 { return look }
      }
      options.mustBeWhole = true
      let isCopied = options.format.traits.copiesNumbers && plan.dependencies == nil
      let source = CountingRecords(
        records(isCopied), MissingCalls(deal, plan), callCount: run.callCount)
      let written = try JournalResults(run, source, plan).write(options)
      if let failure = source.records.failure { throw failure }
      return summary(source, written.counts, written.failure)
    }
    return try check()
  }

  /// Reads all records, and writes nothing.
  private func check() throws(SystemError) -> Summary {
    let source = CountingRecords(records(true), MissingCalls(deal, plan), callCount: run.callCount)
    var counts = StatusCounts()
    source.visit(nil) { _, _, _ in
      counts.add(.ok)
      return true
    } _: { _, end in
      if let end { counts.add(end.token.status) }
      return true
    }
    if let failure = source.records.failure { throw failure }
    return summary(source, counts, nil)
  }

  /// `handsPlain`: records with one number are handed over as they are in the journal.
  private func records(_ handsPlain: Bool) -> MergedRecords {
    MergedRecords(
      map, callCount: run.callCount, windowBytes: windowBytes, handsPlain: handsPlain)
  }

  private func summary(
    _ source: CountingRecords, _ counts: StatusCounts, _ failure: SystemError?
  ) -> Summary {
    let repeats = source.records.repeats
    return Summary(
      counts: counts, callCount: run.callCount, missing: source.missing,
      duplicates: repeats.equal, replaced: repeats.replaced,
      conflictCount: repeats.conflictCount, conflicts: repeats.conflicts, failure: failure)
  }
}

/// Records on their way to the results, and the calls between them without a record.
private final class CountingRecords: RecordSource {
  let records: MergedRecords
  private(set) var missing: MissingCalls
  private let callCount: Int

  init(_ records: MergedRecords, _ missing: MissingCalls, callCount: Int) {
    self.records = records
    self.missing = missing
    self.callCount = callCount
  }

  var hasConflict: Bool { records.hasConflict }

  func visit(_ wanted: Selection?, _ body: (_ call: Int, _ end: JournalEnd?) -> Bool) {
    visit(wanted, plain: { _, _, _ in false }, body)
  }

  func visit(
    _ wanted: Selection?, plain: (_ call: Int, _ end: JournalLines.PlainEnd, [UInt8]) -> Bool,
    _ body: (_ call: Int, _ end: JournalEnd?) -> Bool
  ) {
    var next = 0
    var goesOn = true
    records.visit(wanted) { call, end, bytes in
      guard plain(call, end, bytes) else { return false }
      if call > next { missing.add(next..<call) }
      next = call + 1
      return true
    } _: { call, end in
      // A record that cannot be read counts as missing.
      guard let end else { return true }
      if call > next { missing.add(next..<call) }
      next = call + 1
      goesOn = body(call, end)
      return goesOn
    }
    if goesOn { missing.add(next..<callCount) }
  }

  func ends(of calls: Range<Int>, _ body: (_ call: Int, _ end: JournalEnd?) -> Void) {
    records.ends(of: calls, body)
  }
}

extension CurrentDeal {
  /// Whether a call belongs to the same shard in both.
  fileprivate func isSame(as other: CurrentDeal?) -> Bool {
    deal == other?.deal && renewed?.left == other?.renewed?.left
  }
}

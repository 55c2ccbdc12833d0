import KernelHostModel

/// One way to write the results of a run. Each format is one such type in a file of its own, and
/// one row of `Format`.
///
/// `ResultWriter` calls `begin` once, `record` for each call in the order of the results, and
/// `end` once. Each appends bytes to the buffer, which is sent on whenever it is large: what a
/// writer does not keep back is streamed.
protocol RecordWriter {
  static var traits: FormatTraits { get }
  init(_ run: WrittenRun)
  /// Appends what comes before the first record.
  mutating func begin(to buffer: inout [UInt8])
  /// Appends a record. It is called millions of times, so it must not allocate for each call.
  mutating func record(_ record: CallRecord, to buffer: inout [UInt8])
  /// Appends the record of a call whose result is one number, of which the text is known. Only where
  /// `traits.copiesNumbers`; the token has no result then.
  mutating func record(_ record: CallRecord, number: ArraySlice<UInt8>, to buffer: inout [UInt8])
  /// Appends what comes after the last record.
  mutating func end(_ counts: StatusCounts, to buffer: inout [UInt8])
}

extension RecordWriter {
  mutating func begin(to buffer: inout [UInt8]) {}
  mutating func record(_ record: CallRecord, number: ArraySlice<UInt8>, to buffer: inout [UInt8]) {}
  mutating func end(_ counts: StatusCounts, to buffer: inout [UInt8]) {}
}

/// The run whose results are written.
struct WrittenRun {
  let plan: Plan
  /// The calls of the run: as many records will come.
  let callCount: Int
  /// What made the results; nil if the format does not have it.
  let origin: RunOrigin?
  var nan = NaNStyle.null
  var table = ResultTable.Style()
  /// The width of the terminal that the results go to; nil: they go elsewhere.
  var columns: Int?
}

/// What a format promises its readers, and what it needs from the run.
package struct FormatTraits: Sendable {
  /// What `host run --help` says about the format, as lines of at most 45 characters.
  package let help: String
  /// How the names of its files end, without the point, if `host report` and `host replay` read
  /// the format; nil if they do not.
  package var readBackEnding: String?
  /// Whether text that kernels print is part of the results.
  package var takesPrintedText = false
  /// Where the results say what made them.
  package var origin = OriginPlace.nowhere
  /// How records have the arguments that a call takes from results of other calls.
  var arguments = DependencyTracker.RecordedTaken.none
  /// Whether numbers stand in it as they do in a journal.
  var copiesNumbers = false
  /// The options of the command line that change the format.
  package var options: Set<RecordOption> = []

  /// How the name of the file with the origin ends, behind the name of the results.
  package var sidecarEnding: String? {
    if case .beside(let ending) = origin { ending } else { nil }
  }
}

/// Where results say what made them.
package enum OriginPlace: Sendable, Hashable {
  case nowhere
  /// In the results.
  case inside
  /// In a file beside the results, whose name has this ending more.
  case beside(ending: String)
}

/// An option of the command line that changes how some formats are written.
package enum RecordOption: String, Sendable, CaseIterable {
  case nan
  case csvUnits = "csv-units"
  case csvElements = "csv-elements"
}

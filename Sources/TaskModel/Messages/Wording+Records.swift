/// The messages about files of records, and the notes of a report about its records.
extension Wording {
  /// Describes a line of a file of records.
  static let aRecord =
    "one record on each line, {\"call\":0,...,\"kernel\":\"...\",...,\"status\":\"ok\",...}, as host run "
    + "--format jsonl writes them"

  static func sentence(_ problem: RecordProblem) -> String {
    switch problem {
    case .json(.byteOrderMark):
      "the file begins with a byte order mark; expected \(aRecord): save it as UTF-8 without BOM"
    case .json(.utf16), .json(.utf32):
      "the file is UTF-16 or UTF-32; expected \(aRecord), in UTF-8: convert it with iconv"
    case .json(.binary): "the file is binary; expected \(aRecord)"
    case .json(.compressed):
      "the file is compressed; expected \(aRecord): unpack it, or pipe it in, zcat FILE | host "
        + "report - -o run.html"
    case .json(.invalidUTF8(let byte)):
      "the byte 0x\(String(byte, radix: 16, uppercase: true)) is not UTF-8 here; expected "
        + "\(aRecord), in UTF-8: convert it (iconv -f LATIN1 -t UTF-8)"
    case .json(.comment):
      "JSON has no comments; expected \(aRecord)"
    case .json(.endsEarly):
      "the line ends inside a record; expected \(aRecord)"
    case .json(.textAfterEnd):
      "text follows the record; expected \(aRecord)"
    case .json(let problem): "\(json(problem)). Expected \(aRecord)"
    case .notObject: "this is not a record; expected \(aRecord)"
    case .missing(let key):
      "an object without \(quoted(key)) is not a record; expected \(aRecord)"
    case .wrong(let key, let expected):
      "\(quoted(key)) of a record must be \(expected); expected \(aRecord)"
    case .tooLong(let limit):
      "the line is longer than \(grouped(limit)) bytes, the limit; expected \(aRecord)"
    }
  }

  public static let cutOffRecord =
    "The last line of the file is incomplete, probably because the run was killed. It is left out."

  /// The note of a report without the manifest's arguments.
  public static let noArguments =
    "Arguments from the manifest are not shown, because it was moved or has changed since. Swept "
    + "values are in the records."

  public static let noRecords =
    "The file has no records: the run had no calls, or wrote no records."

  public static func repeatedCalls(_ count: Int) -> String {
    "\(grouped(count)) \(count == 1 ? "record has" : "records have") the call number of an earlier "
      + "one, so the file holds more than one run. All are counted; a command repeats the first."
  }

  public static func missingCalls(_ count: Int, upTo last: Int) -> String {
    "\(grouped(count)) of the calls 0 to \(grouped(last)) \(count == 1 ? "has" : "have") no "
      + "record: the file has a part of a run, or the run was ended early."
  }

  public static let uncheckedCalls =
    "The call numbers lie too far apart to be checked for repeated and missing ones."

  public static func otherErrors(_ count: Int) -> String {
    "\(grouped(count)) more failures are counted but not grouped, because there are too many "
      + "different errors."
  }

  public static func untimedCalls(_ count: Int, of total: Int) -> String {
    "\(grouped(count)) of \(grouped(total)) calls have no start: they never started, or it was "
      + "not recorded. The timeline has the others."
  }

  public static let otherFields =
    "There are more parameters and results than columns: the last ones share the column \"more\"."

  /// The name for further kernels, if there are too many.
  public static let otherKernels = "(other kernels)"

  /// Returns the text on one line. Different texts stay different.
  public static func oneLine(_ text: String) -> String { Printable.oneLine(text) }

  /// Returns the text without characters that control a terminal or a page.
  public static func plain(_ text: String) -> String { Printable.plain(text) }

  /// Returns text of several lines in the same way, with line feeds and tabs.
  public static func plainLines(_ text: String) -> String { Printable.lines(text) }

  /// The end of a text that was cut.
  public static func cut(bytes: Int) -> String { "... (\(grouped(bytes)) bytes in all)" }
}

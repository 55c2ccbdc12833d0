/// What is wrong with a file of points, or with what a manifest says of it.
public enum PointsProblem: Sendable, Hashable {
  /// The path as the manifest has it, and the system's reason.
  case unreadable(String, reason: String)
  /// It is a pipe, a device or the like.
  case notRegular(String)
  /// The reader of the manifest cannot read its files.
  case notRead(String)
  case tooLarge(bytes: Int)
  // The file as comma-separated values.
  case empty
  case otherUnicode(String)
  case binary
  case notUTF8(UInt8)
  case noRows
  case emptyName
  case nameTwice(String)
  case separator(String)
  case comment
  case blankLine
  case ragged(Int, header: Int)
  case unclosedQuote
  case quoteInside
  case behindQuote
  case loneReturn
  // Its columns against the kernel's parameters.
  /// `taken`: columns of the file that are parameters.
  case unknownColumn(
    String, kernel: String, near: String?, known: [String], taken: [String])
  case otherUnit(String, found: String, expected: String?)
  /// Of an array's elements.
  case elementMissing(String, Int)
  /// Two columns of one parameter.
  case parameterTwice(String)
  /// It has values in the sweep itself, too.
  case otherValues(String)
  // What the manifest's `columns` says.
  case missingColumn(String, file: String, near: String?, known: [String])
  case columnNamedTwice(String)
  // Cells.
  case emptyCell(parameter: String, type: ValueType)
  /// An element behind one that is not there.
  case gap(parameter: String)
}

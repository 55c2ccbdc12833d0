/// The messages about files of points.
extension Wording {
  static func points(_ problem: PointsProblem) -> String {
    switch problem {
    case .unreadable(let path, let reason):
      return "cannot read the points of \(quoted(path)): \(reason)"
    case .notRegular(let path):
      return "\(quoted(path)) is a pipe or a device; points are read by each check and each run, "
        + "so write them to a file"
    case .notRead(let path):
      return "the points of \(quoted(path)) were not read; only the program `host` reads them"
    case .tooLarge(let bytes):
      return "the file has \(grouped(bytes)) bytes; a manifest and its points must have less than "
        + "4,294,967,295: split them into several"
    case .empty: return "the file is empty; its first line has the names of the columns"
    case .otherUnicode(let name):
      return "the file is \(name); points are UTF-8: convert it (iconv -f \(name) -t UTF-8)"
    case .binary: return "the file is not text; points are comma-separated values in UTF-8"
    case .notUTF8(let byte):
      return "the byte 0x\(String(byte, radix: 16, uppercase: true)) is not UTF-8 here; save the "
        + "file as UTF-8 (iconv -f LATIN1 -t UTF-8)"
    case .noRows: return "the file has no rows after its header; a sweep needs at least one point"
    case .emptyName: return "this column has no name; give it one, or remove the column"
    case .nameTwice(let name):
      return "two columns have the name \(quoted(name)); give each its own"
    case .separator(let found):
      return "columns are separated by commas; found \(found == ";" ? "\";\"" : found)"
    case .comment: return "comma-separated values have no comments; remove this line"
    case .blankLine: return "this line is blank; remove it (for an empty string write \"\")"
    case .ragged(let found, let header):
      return "this row has \(counted(found, "field")), and the header has \(grouped(header))"
    case .unclosedQuote:
      return "this quote is not closed; write a quote inside a field twice"
    case .quoteInside:
      return "a quote inside a field; put the field into quotes, and this quote twice"
    case .behindQuote:
      return "expected a comma or the end of the line after the closing quote; write a quote "
        + "inside a field twice"
    case .loneReturn:
      return "a carriage return without a line feed; end lines with a line feed (dos2unix -c mac)"
    case .unknownColumn(let name, let kernel, let near, let known, let taken):
      let example = (taken.isEmpty ? Array(known.prefix(1)) : taken).prefix(4).map(quoted)
      return unknownParameter(name, kernel: kernel, near: near, known: known)
        + (example.isEmpty
          ? ""
          : "; to leave columns out, name those to take: \"columns\": "
            + "[\(example.joined(separator: ", "))]")
    case .otherUnit(let name, let found, let expected):
      return "the column is in \(quoted(found)), and \(quoted(name)) "
        + (expected.map { "is in \(quoted($0)); convert the values" }
          ?? "has no unit; remove that of the column")
    case .elementMissing(let name, let index):
      return "the elements of \(quoted(name)) are columns from [0] on; there is no "
        + "\(quoted("\(name)[\(index)]"))"
    case .parameterTwice(let name):
      return "two columns have values for \(quoted(name)); remove one of them"
    case .otherValues(let name):
      return "\(quoted(name)) is a column of the file, and has values in \"sweep\" too; remove it "
        + "from one"
    case .missingColumn(let name, let file, let near, let known):
      return "\(quoted(file)) has no column \(quoted(name))"
        + (near.map(didYouMean) ?? "; it has \(list(known))")
    case .columnNamedTwice(let name):
      return "\"columns\" takes the column \(quoted(name)) twice; take it once"
    case .emptyCell(let parameter, let type):
      return "\(quoted(parameter)) has no value here; it is \(self.type(type)). For the default, "
        + "leave the column out"
    case .gap(let parameter):
      return "an element of \(quoted(parameter)) follows an empty one; only the last "
        + "elements of an array can be left out"
    }
  }
}

import KernelHost
import TaskModel

/// How records are written, beside their format.
enum RecordOptions {
  static let options = [
    Option("nan", choices: NaNStyle.self),
    Option("csv-units"),
    Option("csv-elements", value: "N"),
  ]

  /// Sets what the command line says of it; an option of another format is a mistake.
  static func read(
    _ parsed: OptionParser, _ options: inout Run.Options
  ) throws(OptionParser.UsageError) {
    if let nan = try parsed.choice("nan", NaNStyle.init(rawValue:), NaNStyle.allCases) {
      try need([.jsonl, .json], of: "--nan", options.format)
      options.nan = nan
    }
    if parsed.flags.contains("csv-units") {
      try need([.csv], of: "--csv-units", options.format)
      options.table.hasUnits = true
    }
    if let count = try parsed.number("csv-elements", 0...ResultTable.Style.mostElements) {
      try need([.csv], of: "--csv-elements", options.format)
      options.table.elements = count
    }
  }

  private static func need(
    _ formats: [Format], of option: String, _ found: Format
  ) throws(OptionParser.UsageError) {
    if formats.contains(found) { return }
    throw .init(message: Messages.optionOfFormat(option, formats.map { $0.rawValue }))
  }
}

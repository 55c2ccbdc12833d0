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
  ) throws(CommandError) {
    let nan: NaNStyle? = try parsed.choice("nan")
    if let nan {
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
  ) throws(CommandError) {
    if formats.contains(found) { return }
    throw .usage(Messages.optionOfFormat(option, formats.map { $0.rawValue }))
  }
}

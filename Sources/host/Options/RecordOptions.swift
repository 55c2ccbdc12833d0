import KernelHost
import KernelHostModel

/// The options of `run` that change how some formats are written.
enum RecordOptions {
  static let options = RecordOption.allCases.map { option in
    switch option {
    case .nan: Option(option.rawValue, choices: NaNStyle.self)
    case .csvUnits: Option(option.rawValue)
    case .csvElements: Option(option.rawValue, value: "N")
    }
  }

  /// The format of the results: that of `--format`, else that of the ending of `--output`.
  static func format(_ parsed: OptionParser) throws(CommandError) -> Format {
    if let format: Format = try parsed.choice("format") { return format }
    guard let path = parsed.values["output"], let ending = ending(ofFile: path) else {
      return .text
    }
    if let format = Format(rawValue: aliases[ending] ?? ending) { return format }
    if foreign.contains(ending) { throw .usage(Messages.foreignEnding(path, ending)) }
    return .text
  }

  /// Other endings that files of a format have.
  private static let aliases = ["ndjson": "jsonl", "db": "sqlite", "sqlite3": "sqlite"]
  /// Endings of what no format is: who writes them expects no text.
  private static let foreign: Set<String> = [
    "arrow", "bz2", "feather", "gz", "h5", "hdf5", "html", "mat", "npy", "ods", "parquet", "pkl",
    "tsv", "xls", "xlsx", "xml", "xz", "zip", "zst",
  ]

  /// What a file's name ends with, in small letters, as in `results.jsonl`; nil: nothing.
  private static func ending(ofFile path: String) -> String? {
    let file = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    let parts = file.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count > 1 ? parts[parts.count - 1].lowercased() : nil
  }

  /// Sets what the command line says. An option that the chosen format does not have is an error.
  static func read(_ parsed: OptionParser, _ options: inout Run.Options) throws(CommandError) {
    if let problem = options.format.problem {
      throw .usage(Messages.formatMissing(options.format.rawValue, problem))
    }
    for option in RecordOption.allCases {
      guard try set(option, parsed, &options) else { continue }
      if options.format.traits.options.contains(option) { continue }
      let formats = Format.allCases.filter { $0.traits.options.contains(option) }
      throw .usage(Messages.optionOfFormat("--\(option.rawValue)", formats.map { $0.rawValue }))
    }
  }

  /// How the results of journals are written: by the rules for a run's own.
  static func ofJournal(
    _ parsed: OptionParser, _ console: Console
  ) throws(CommandError) -> JournalResults.Options {
    var run = Run.Options()
    run.format = try format(parsed)
    try read(parsed, &run)
    var options = JournalResults.Options()
    (options.format, options.nan, options.table) = (run.format, run.nan, run.table)
    options.outputPath = parsed.values["output"]
    options.outputDescriptor = console.results
    if options.outputPath == nil, options.outputDescriptor == nil {
      throw .notWritten("cannot write to standard output: it is closed")
    }
    return options
  }

  /// Returns whether the option is given.
  private static func set(
    _ option: RecordOption, _ parsed: OptionParser, _ options: inout Run.Options
  ) throws(CommandError) -> Bool {
    switch option {
    case .nan:
      guard let nan: NaNStyle = try parsed.choice(option.rawValue) else { return false }
      options.nan = nan
    case .csvUnits:
      guard parsed.flags.contains(option.rawValue) else { return false }
      options.table.hasUnits = true
    case .csvElements:
      let most = ResultTable.Style.mostElements
      guard let count = try parsed.number(option.rawValue, 0...most) else { return false }
      options.table.elements = count
    }
    return true
  }
}

extension Messages {
  fileprivate static func foreignEnding(_ path: String, _ ending: String) -> String {
    "option --output: \(quoted(path)) has the ending of a format that host does not write; expected "
      + Format.allCases.map { $0.rawValue }.joined(separator: ", ")
      + ", or --format with one of these"
  }

  fileprivate static func formatMissing(_ format: String, _ problem: String) -> String {
    "--format \(format) is not possible on this machine: \(problem); install the package "
      + "libsqlite3-0 (Debian, Ubuntu) or sqlite-libs (Fedora), or choose another format"
  }
}

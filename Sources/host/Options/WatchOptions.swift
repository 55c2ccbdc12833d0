import KernelBridge
import KernelHost
import KernelHostModel

/// How `run` shows progress.
enum ProgressMode: String, CaseIterable {
  case auto, bar, lines, none
}

/// The options of `run` for what it shows beside the results.
struct WatchOptions {
  static let options = [
    Option("progress", choices: ProgressMode.self),
    Option("summary"),
    Option("events", value: "FILE"),
    Option("trace", value: "FILE"),
    Option("junit", value: "FILE"),
    Option("report", value: "FILE"),
  ]

  let progress: ProgressMode
  let summary: Bool
  let events: String?
  let trace: String?
  let junit: String?
  let report: String?
  /// The options about kernels, and the manifest, for commands that repeat one call.
  let words: [String]
  var manifest: String
  /// The words after the program's name of a command line that can be repeated as it is; nil: it has
  /// a manifest.
  var again: [String]?

  init(_ parsed: OptionParser, _ options: Run.Options) throws(CommandError) {
    progress =
      try parsed.choice("progress") ?? .auto
    summary = parsed.flags.contains("summary")
    events = parsed.values["events"]
    trace = parsed.values["trace"]
    junit = parsed.values["junit"]
    report = parsed.values["report"]
    manifest = parsed.operands.first ?? "-"
    words = Self.kept(parsed)
    if events == "-", options.outputPath == nil {
      throw .usage(Messages.eventsAmongResults)
    }
  }

  /// Returns the options that select kernels and decide how calls are made.
  private static func kept(_ parsed: OptionParser) -> [String] {
    let names =
      KernelOptions.options.map { $0.long } + ["input", "grace", "set", "timeout", "retries"]
    return names.flatMap { name -> [String] in
      let values = (parsed.values[name].map { [$0] } ?? []) + (parsed.repeated[name] ?? [])
      return values.flatMap { ["--\(name)", $0] }
    }
  }
}

import KernelBridge
import KernelHost
import TaskModel

/// How progress is shown.
enum ProgressMode: String, CaseIterable {
  case auto, bar, lines, none
}

/// The options of `run` that say what is seen of it beside the results.
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
  /// What was said of the kernels, and the manifest: to say it again for one call.
  let words: [String]
  let manifest: String

  init(_ parsed: OptionParser, _ options: Run.Options) throws(OptionParser.UsageError) {
    progress =
      try parsed.choice("progress", ProgressMode.init(rawValue:), ProgressMode.allCases) ?? .auto
    summary = parsed.flags.contains("summary")
    events = parsed.values["events"]
    trace = parsed.values["trace"]
    junit = parsed.values["junit"]
    report = parsed.values["report"]
    manifest = parsed.operands.first ?? "-"
    words = Self.kept(parsed)
    if events == "-", options.outputPath == nil {
      throw .init(message: Messages.eventsAmongResults)
    }
    for (name, path) in [
      ("events", events), ("trace", trace), ("junit", junit), ("report", report),
    ] {
      if path?.isEmpty == true {
        throw .init(message: Messages.valueMissing("--\(name)", value: "FILE"))
      }
      // Only events can go where results go; a file of that name nobody means.
      if path == "-", name != "events" {
        throw .init(
          message: Messages.wrongValue("--\(name)", found: "-", expected: "the name of a file"))
      }
    }
    try checkApart(options)
  }

  /// No two of them may write to one file, nor over the manifest.
  private func checkApart(_ options: Run.Options) throws(OptionParser.UsageError) {
    let own = [
      ("--events", events == "-" ? nil : events), ("--trace", trace), ("--junit", junit),
      ("--report", report),
    ]
    var known: [(name: String, path: String, identity: String)] = []
    for (name, path) in [("the manifest", manifest), ("--output", options.outputPath)] + own {
      guard let path, let identity = FileFacts.identity(path) else { continue }
      if let other = known.first(where: { $0.identity == identity }),
        own.contains(where: { $0.0 == name })
      {
        throw .init(message: Messages.sameFile(name, other.name, path))
      }
      known.append((name, path, identity))
    }
  }

  /// The options that say which kernels there are and how calls are made.
  private static func kept(_ parsed: OptionParser) -> [String] {
    let names = KernelOptions.options.map { $0.long } + ["input", "grace"]
    return names.flatMap { name -> [String] in
      let values = (parsed.values[name].map { [$0] } ?? []) + (parsed.repeated[name] ?? [])
      return values.flatMap { ["--\(name)", $0] }
    }
  }
}

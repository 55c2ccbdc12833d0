import KernelBridge
import KernelHost
import KernelHostModel

/// What a command line of `host run` asks for, before the manifest is read.
struct RunRequest {
  /// The options of the run that the command line decides.
  var options = Run.Options()
  let manifest: String
  let input: ManifestFormat?
  let overrides: OverrideOptions
  /// The text of a manifest that the command line made; nil: the operand is a file.
  let text: String?
  let kernels: KernelOptions
  let outputs: OutputNames
  let watch: WatchOptions
  let selection: SelectionOptions
  let journal: JournalOptions
  let shard: ShardOptions
  let stop: StopOptions
  let exit: ExitRule
  /// The journal whose run is to be ended when all its shards are done; nil: the command line names a manifest.
  var finished: JournalFolder?
  /// The results whose calls are made again; nil: it is an ordinary run.
  let past: PastCalls?
  let isDry: Bool
  let hasStats: Bool

  init(
    _ parsed: OptionParser, _ console: Console, text: String? = nil
  ) throws(CommandError) {
    self.text = text
    input = try parsed.choice("input")
    options.format = try RecordOptions.format(parsed)
    options.outputPath = parsed.values["output"]
    options.outputDescriptor = console.results
    options.printDescriptor = parsed.flags.contains("quiet") ? nil : 2
    options.liveLimit = try parsed.number("live", RunBounds.live)
    options.crashLimit = try parsed.number("crash-limit", RunBounds.count)
    options.mode = try parsed.choice("mode")
    options.jobs = try parsed.number("jobs", 1...1024)
    // A number of lanes implies parallel lanes.
    if options.jobs != nil, options.mode == nil { options.mode = .parallel }
    options.order = try parsed.choice("order") ?? .call
    try RecordOptions.read(parsed, &options)
    options.halt = try parsed.halt()
    overrides = try OverrideOptions(parsed)
    kernels = try KernelOptions(parsed)
    outputs = try OutputNames(parsed)
    var watch = try WatchOptions(parsed, options)
    if text != nil { watch.again = HostProcess.arguments }
    selection = SelectionOptions(parsed)
    journal = try JournalOptions(parsed, options)
    shard = try ShardOptions(parsed, options)
    if shard.isGiven {
      // The results are those of all shards.
      options.format = .jsonl
      options.outputDescriptor = nil
    }
    exit = try parsed.choice("exit") ?? (shard.isGiven ? .done : .tokens)
    stop = try StopOptions(parsed)
    isDry = parsed.flags.contains("dry-run")
    hasStats = parsed.flags.contains("stats")
    options.measuresWriting = hasStats
    options.hasColours = TerminalStyle.hasColours
    if text != nil {
      (manifest, past) = ("-", nil)
    } else if journal.rerunsFile {
      let past = try PastCalls(parsed.operands)
      if let conflict = outputs.conflict(with: "the records", past.path) { throw .usage(conflict) }
      (manifest, self.past) = (past.manifest, past)
      watch.manifest = past.manifest
    } else {
      guard parsed.operands.count == 1 else {
        throw .usage(Messages.oneManifest(parsed.operands))
      }
      (manifest, past) = (parsed.operands[0], nil)
    }
    self.watch = watch
  }

  /// The command line that goes on with the journal, or with these shards of it, for messages.
  func again(_ part: ShardPart?) -> String {
    let program = HostProcess.name.contains("/") ? HostProcess.name : "host"
    let shard = part.map { ["--shard", "\($0.shards)/\($0.count)"] } ?? []
    let words =
      [program, "run"] + watch.words + ["--journal", journal.folder ?? ""] + shard + [manifest]
    return words.map(Messages.shellWord).joined(separator: " ")
  }

  /// Reads, checks and plans the manifest.
  func load() throws(CommandError) -> ManifestLoader.Loaded {
    try ManifestLoader.load(
      manifest, input: input ?? past?.input, kernels, overrides: overrides, outputs: outputs,
      mode: options.mode, jobs: options.jobs, keepsPoints: journal.folder != nil, text: text,
      kept: finished?.run, past: past?.origin)
  }
}

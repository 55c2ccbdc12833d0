import KernelBridge
import KernelHost
import KernelHostModel

/// `host finish DIR`: the end of a run that shards have made.
enum FinishCommand: Subcommand {
  static let form = "finish DIR"
  static let summary = "end a run that shards have made"
  static let help = """
    host finish - end a run that shards have made

    usage: host finish [options] DIR

    A shard makes only calls that wait for no others. This command makes the rest,
    and writes the results of the whole run. The manifest is the one that DIR holds.
    Its relative paths begin at the folder in which it was, or at the current folder
    if it came from standard input. Plugins and options of isolation are as on the
    command line that began the run, unless this one has others.

    Nothing runs as long as shards have calls without a record. The message lists
    these shards as --shard takes them. If the command is stopped, the same line
    goes on.

    These options are as for run: -o, --output, --format, --nan, --csv-units,
    --csv-elements, -q, --quiet, --progress, --exit; --mode, -j, --jobs, --sync,
    --time, --until, --stop-within, --stopped-exit; --isolation, --sandbox,
    --allow-read, --allow-write, --plugin.

    exit code: as for run. 2: shards are not done, and nothing ran

    example: host finish study.kh --format jsonl -o results.jsonl

    """

  /// Those of `run` that choose no other calls, and that a study's end needs.
  static let options = RunCommand.options.filter { option in
    names.contains(option.long)
      || (StopOptions.options + RecordOptions.options + KernelOptions.options).contains {
        $0.long == option.long
      }
  }
  private static let names = [
    "output", "format", "quiet", "progress", "exit", "mode", "jobs", "sync",
  ]
  static let operands = [Completion.folder]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let stopper = Stopper(console, early: try StopOptions(parsed).early(hasJournal: true))
    let folder = try JournalLoader.folder(parsed, command: "finish")
    let origin = folder.run.origin
    var line = parsed
    line.values["journal"] = folder.path
    line.values["input"] = origin.input.rawValue
    line.operands = [origin.manifest ?? "-"]
    line.fill(from: begun(origin))
    var request = try RunRequest(line, console)
    request.finished = folder
    return try RunCommand.run(request, stopper, console)
  }

  /// The options about kernels of the command line that began the run, with absolute paths.
  private static func begun(_ origin: RunOrigin) -> OptionParser? {
    let words = origin.command.dropFirst()
    let arguments = Array(words.first == Command.run.rawValue ? words.dropFirst() : words)
    guard var parsed = try? OptionParser(arguments, options: RunCommand.options) else { return nil }
    let names = Set(
      KernelOptions.options.map { $0.long } + ["grace", "timeout", "retries", "check-memory"])
    parsed.keep(names) { name, path in
      if name == "plugin" { return Paths.plugin(path, in: origin.folder) }
      return Paths.absolute(path, in: origin.folder)
    }
    return parsed
  }
}

extension OptionParser {
  /// Keeps some options alone. `place`: the value of one that may be repeated, which is a path.
  fileprivate mutating func keep(
    _ names: Set<String>, place: (_ name: String, _ path: String) -> String
  ) {
    values = values.filter { names.contains($0.key) }
    flags = flags.filter { names.contains($0) }
    for (name, paths) in repeated {
      repeated[name] = names.contains(name) ? paths.map { place(name, $0) } : nil
    }
  }

  /// Adds the options of another line that this one does not have.
  fileprivate mutating func fill(from other: OptionParser?) {
    guard let other else { return }
    values.merge(other.values) { own, _ in own }
    repeated.merge(other.repeated) { own, _ in own }
    flags.formUnion(other.flags)
  }
}

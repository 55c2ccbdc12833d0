import KernelBridge
import KernelHost
import KernelHostModel

/// The options of `run` for its journal.
struct JournalOptions {
  static let options = [
    Option("journal", value: "DIR"),
    Option("sync", value: "SECONDS|each", completion: .words(["each"])),
    Option("rerun", value: "failed|lost|NAME|K..L", completion: .words(["failed", "lost"])),
    Option("reuse", value: "DIR", isRepeatable: true, completion: .folder),
    Option("snapshot", value: "SECONDS|off", completion: .words(["off"])),
  ]

  /// Nil: the run has no journal.
  let folder: String?
  /// Whether `--rerun` is of a file of results.
  var rerunsFile: Bool { folder == nil && rerun != nil }
  private let syncSeconds: Double?
  let rerun: String?
  private let reuse: [String]
  private let snapshotSeconds: Double

  init(_ parsed: OptionParser, _ run: Run.Options) throws(CommandError) {
    folder = parsed.values["journal"]
    rerun = parsed.values["rerun"]
    reuse = parsed.repeated["reuse"] ?? []
    if parsed.values["sync"] == "each" {
      syncSeconds = nil
    } else {
      guard let seconds = try? parsed.seconds("sync") ?? 1 else {
        throw .usage(
          Messages.wrongValue(
            "--sync", found: parsed.values["sync"] ?? "",
            expected: "a number of seconds, 0 or more, or \"each\""))
      }
      syncSeconds = seconds
    }
    snapshotSeconds = try Self.snapshotSeconds(parsed)
    if let folder {
      if folder.isEmpty { throw .usage(Messages.valueMissing("--journal", value: "DIR")) }
      if run.order == .completion { throw .usage(Messages.orderOfJournal) }
    } else if let name = ["sync", "reuse", "snapshot"].first(where: {
      parsed.values[$0] != nil || parsed.repeated[$0] != nil
    }) {
      throw .usage(Messages.needsJournal(name))
    }
  }

  /// Infinity: half-done calls are copied only when the run stops.
  private static func snapshotSeconds(_ parsed: OptionParser) throws(CommandError) -> Double {
    if parsed.values["snapshot"] == "off" { return .infinity }
    guard let seconds = try? parsed.seconds("snapshot") ?? 10 else {
      throw .usage(
        Messages.wrongValue(
          "--snapshot", found: parsed.values["snapshot"] ?? "",
          expected: "a number of seconds, 0 or more, or \"off\""))
    }
    return seconds == 0 ? .infinity : seconds
  }

  /// Opens the journal. `run`: to be gone on with; `again`: the command line that does.
  func open(
    _ folder: String, _ run: Run, _ loaded: ManifestLoader.Loaded, _ options: Run.Options,
    _ part: ShardPart?, finishes: Bool, again: String, stopped: ExitCode
  ) throws(CommandError) -> RunJournal {
    var journal = RunJournal.Options(folder: folder)
    journal.syncSeconds = syncSeconds
    journal.rerun = try rerun.map { text throws(CommandError) in
      switch text {
      case "failed": .failed
      case "lost": .lost
      default:
        .calls(try SelectionOptions(named: text, option: "--rerun").selected(loaded.plan).ranges)
      }
    }
    journal.reuse = reuse
    journal.part = part
    journal.finishes = finishes
    journal.snapshotSeconds = snapshotSeconds
    journal.lanes = options.lanes(loaded.plan.manifest, loaded.kernels.setup.isolation)
    journal.command = again
    do throws(JournalError) {
      return try RunJournal.open(
        journal,
        JournalRun(
          loaded.plan, origin: run.origin(), points: loaded.points,
          id: Folders.randomDigits()), loaded.plan,
        selection: options.selection, isolation: loaded.kernels.setup.isolation,
        liveLimit: options.liveLimit)
    } catch {
      switch error {
      case .system, .unknownCode:
        throw .notWritten(Messages.nothingRan(error.lines.joined(separator: "\n")))
      default:
        var lines = error.lines
        lines[0] = Messages.error(lines[0])
        // An engine may have begun a shard anew before its old process has ended.
        if part != nil, error.isBusy { throw .busy(lines, stopped) }
        throw .input(lines)
      }
    }
  }
}

extension Messages {
  fileprivate static let orderOfJournal =
    "--order completion has no effect with --journal: the results are written at the end, in the "
    + "order of the calls; remove it"

  fileprivate static func needsJournal(_ name: String) -> String {
    "option --\(name) is for a run with a journal; add --journal DIR, or remove --\(name)"
  }
}

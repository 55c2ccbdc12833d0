import KernelBridge
import KernelHost
import KernelHostModel

/// `host status DIR`: how far a run with a journal is.
enum StatusCommand: Subcommand {
  static let form = "status DIR"
  static let summary = "say how far a run with a journal is"
  static let help = """
    host status - say how far a run with a journal is

    usage: host status [--json] DIR

    Shows how many calls have ended in which way, and how many are half-done. It
    shows whether a process runs it, at which rate, how long it will take, and when
    the last record was written. It reads only the ends of the newest segments, and
    can be asked at any time, on any machine that sees DIR.

    A run that is dealt to shards has a line for each shard, too. With more than 40
    shards, those that do the same have one line. The slowest, and those that have
    written nothing for 30 s, are shown alone. Some file systems do not show locks
    of other machines. Then a shard that runs there seems to have died, and the time
    of its last record tells.

      --json  for programs: one JSON object, with all shards

    exit code 0: the journal was read; 2: it is no journal, or a part of it cannot
    be read, which is named

    example: host status study.kh

    """

  static let options = [Option("json")]
  static let operands = [Completion.folder]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let folder = try JournalLoader.folder(parsed, command: "status")
    let status: JournalStatus
    do throws(JournalError) {
      status = try JournalStatus(folder, now: wallSeconds())
    } catch {
      throw .usage(error.lines.joined(separator: "\n"))
    }
    let code =
      parsed.flags.contains("json")
      ? console.show(status.json + "\n", isData: true)
      : console.show(Messages.status(status).joined(separator: "\n") + "\n")
    return code == .ok && !status.unreadable.isEmpty ? .usage : code
  }
}

import KernelBridge
import KernelHost
import TaskModel

/// `host status DIR`: how far a run with a journal is.
enum StatusCommand: Subcommand {
  static let options = [Option("json")]
  static let operands = [Completion.folder]

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      guard parsed.operands.count == 1 else {
        throw .init(message: Messages.oneJournal("status", found: parsed.operands.count))
      }
      let folder: JournalFolder
      do throws(JournalError) {
        folder = try JournalFolder(reading: parsed.operands[0])
      } catch {
        throw .init(message: error.lines.joined(separator: "\n"))
      }
      let status = JournalStatus(folder, now: wallSeconds())
      if parsed.flags.contains("json") { return console.show(status.json + "\n", isData: true) }
      return console.show(Messages.status(status).joined(separator: "\n") + "\n")
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }
}

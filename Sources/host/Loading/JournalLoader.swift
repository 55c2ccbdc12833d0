import KernelBridge
import KernelHost
import KernelHostModel

/// Opens journals for commands that only read them.
enum JournalLoader {
  /// The journal that is the one operand of a command.
  static func folder(
    _ parsed: OptionParser, command: String
  ) throws(CommandError) -> JournalFolder {
    guard parsed.operands.count == 1 else {
      throw .usage(Messages.oneJournal(command, found: parsed.operands.count))
    }
    return try folder(parsed.operands[0])
  }

  static func folder(_ path: String) throws(CommandError) -> JournalFolder {
    do throws(JournalError) {
      return try JournalFolder(reading: path)
    } catch {
      throw .usage(error.lines.joined(separator: "\n"))
    }
  }

  /// What the segments of a journal say.
  static func index(_ folder: JournalFolder) throws(CommandError) -> JournalIndex {
    do throws(JournalError) {
      return try folder.index()
    } catch {
      throw .usage(error.lines.joined(separator: "\n"))
    }
  }

  /// The results of a journal, for one who writes or reads them.
  static func results(
    _ folder: JournalFolder, _ index: JournalIndex
  ) throws(CommandError) -> JournalResults {
    guard let results = JournalResults(folder, index) else {
      throw .usage(Wording.unplanned(folder.path))
    }
    return results
  }
}

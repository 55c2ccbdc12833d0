import KernelBridge
import KernelHost
import KernelHostModel

/// Which files a command may write: those of a journal are the host's own, and what its run was made
/// of stays.
enum OutputPlaces {
  private static let options = ["output", "events", "trace", "junit", "report", "missing"]

  /// Throws if an option names a file in the folder of a journal, or such a folder.
  static func check(_ parsed: OptionParser) throws(CommandError) {
    let journal = parsed.values["journal"].flatMap { path in
      // A folder that does not exist yet has no other name.
      FileFacts.identity(path.last == "/" ? String(path.dropLast()) : path)
    }
    for option in options {
      guard let path = parsed.values[option], path != "-" else { continue }
      let folder = FileFacts.folder(ofFile: path)
      let places = [FileFacts.identity(path), FileFacts.identity(folder)].compactMap { $0 }
      let isOwn = journal.map { places.contains($0) } ?? false
      if isOwn || JournalFolder.isThere(folder) || JournalFolder.isThere(path) {
        throw .usage(Messages.outputInJournal(option, path))
      }
      if FileFacts(path)?.isRegular == true { try check(option, path, parsed.operands) }
    }
  }

  /// Throws if a file is the manifest or a plugin of a journal that is among the operands.
  private static func check(
    _ option: String, _ path: String, _ operands: [String]
  ) throws(CommandError) {
    let names = OutputNames(option: "--\(option)", path)
    for folder in operands where JournalFolder.isThere(folder) {
      guard let origin = try? JournalFolder(reading: folder).run.origin else { continue }
      let manifest = origin.manifest.flatMap { names.conflict(with: "the manifest", $0) }
      let plugin = origin.plugins.lazy.compactMap { names.conflict(with: "a plugin", $0.path) }
        .first
      if let message = manifest ?? plugin { throw .usage(message) }
    }
  }
}

extension Messages {
  fileprivate static func outputInJournal(_ option: String, _ path: String) -> String {
    "option --\(option): \(quoted(path)) is in the folder of a journal; choose another place for it"
  }
}

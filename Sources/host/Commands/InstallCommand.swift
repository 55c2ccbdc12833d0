import KernelBridge
import KernelHost
import KernelHostModel

/// The files that an installation has, below its prefix.
struct InstalledFiles {
  /// The usual name is that of a DNS tool.
  static let name = "kernelhost"

  let prefix: String

  /// `--prefix`, or ~/.local.
  init(_ parsed: OptionParser) throws(CommandError) {
    if let first = parsed.operands.first { throw .usage(Messages.noOperand(first)) }
    if let given = parsed.values["prefix"] {
      prefix = Paths.absolute(given, in: Paths.current)
    } else if let home = environmentVariable("HOME"), home.hasPrefix("/") {
      prefix = home + "/.local"
    } else {
      throw .usage(Messages.noPrefix)
    }
  }

  var program: String { path("bin/\(Self.name)") }

  /// Each file's path, and its content, except the program's.
  var texts: [(path: String, bytes: [UInt8])] {
    [
      (path("share/man/man1/\(Self.name).1"), Array(ManPage().text(for: Self.name).utf8)),
      (
        path("share/man/man5/\(Self.name).5"),
        Array(ManPage.ofManifests().text(for: Self.name).utf8)
      ),
      (path("include/kernel_host.h"), kernelHeader),
      (path("include/kh_test.h"), kernelTestHeader),
    ]
      + Shell.allCases.map {
        (path($0.place(for: Self.name)), Array($0.script(for: Self.name).utf8))
      }
  }

  private func path(_ name: String) -> String {
    (prefix.hasSuffix("/") ? prefix : prefix + "/") + name
  }
}

/// `host install`: puts the program and what belongs to it in place.
enum InstallCommand: Subcommand {
  static let form = "install"
  static let summary = "install this program as kernelhost"
  static let help = """
    host install - install this program as kernelhost

    usage: host install [--prefix DIR]

    Copies the program to DIR/bin/kernelhost, because host is a DNS tool of most
    systems. Its texts then use that name. The manual pages and the completions
    for bash, zsh and fish go to DIR/share, and the headers of kernels and of
    their tests to DIR/include. Older files of these names are replaced.
    host uninstall removes them.

      --prefix DIR  where to install (default: ~/.local)

    example: host install --prefix /usr/local

    """

  static let options = [Option("prefix", value: "DIR")]
  static let operands: [Completion] = []

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let files = try InstalledFiles(parsed)
    guard let own = Program.own else { throw .usage(Messages.noOwnProgram) }
    var written: [String] = []
    do throws(SystemError) {
      let program = try FileReader.read(path: own, limit: 1 << 31)
      // A running program cannot be written over, but its name can be given to another file.
      try Folders.install(program, at: files.program, rights: 0o755)
      written.append(files.program)
      for file in files.texts {
        try Folders.install(file.bytes, at: file.path, rights: 0o644)
        written.append(file.path)
      }
    } catch {
      throw .notWritten(Messages.system(error))
    }
    var text = written.map { "installed \($0)\n" }.joined()
    let folder = Paths.folder(of: files.program)
    let found = Folders.program(InstalledFiles.name)
    if found == nil {
      text += "PATH does not have \(folder); add to your shell's start file:\n"
      text += "  export PATH=\(Messages.shellWord(folder)):\"$PATH\"\n"
    } else if let found, FileFacts(found)?.identity != FileFacts(files.program)?.identity {
      text += "PATH finds another \(InstalledFiles.name) first: \(found)\n"
    }
    return console.show(text)
  }
}

/// `host uninstall`: undoes `host install`.
enum UninstallCommand: Subcommand {
  static let form = "uninstall"
  static let summary = "remove what install has put in place"
  static let help = """
    host uninstall - remove what install has put in place

    usage: host uninstall [--prefix DIR]

    Removes the files of host install. Folders stay, and so does the cache of
    compiled plugins, ~/.cache/kernelhost.

      --prefix DIR  where it was installed (default: ~/.local)

    example: host uninstall --prefix /usr/local

    """

  static let options = [Option("prefix", value: "DIR")]
  static let operands: [Completion] = []

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let files = try InstalledFiles(parsed)
    var text = ""
    for path in [files.program] + files.texts.map({ $0.path }) where FileFacts(path) != nil {
      Folders.remove(path)
      guard FileFacts.isMissing(path) else { throw .notWritten(Messages.notRemoved(path)) }
      text += "removed \(path)\n"
    }
    return console.show(text.isEmpty ? "nothing is installed below \(files.prefix)\n" : text)
  }
}

extension Messages {
  fileprivate static let noPrefix =
    "HOME is not set, so there is no default folder; name one with --prefix DIR"

  fileprivate static let noOwnProgram =
    "cannot find the file of this program without /proc; mount it, or copy the program by hand"

  fileprivate static func notRemoved(_ path: String) -> String {
    "cannot remove \(quoted(path)); check the rights of its folder"
  }
}

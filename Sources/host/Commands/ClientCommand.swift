import KernelBridge
import KernelHost
import KernelHostModel

/// `host client LANGUAGE`: a client of `host serve`.
enum ClientCommand: Subcommand {
  /// The languages that there is a client for.
  enum Language: String, CaseIterable {
    case python
  }

  static let form = "client LANGUAGE"
  static let summary = "print a client of host serve"
  static let help = """
    host client - print a client of host serve

    usage: host client python

    Prints one file, which a program keeps beside its own files and imports. It
    needs Python 3.9 or newer, and no other package:

        from kernelhost import Host
        with Host(plugins=["mine.c"]) as host:
            print(host.mine(n=4))

    It finds the program by the environment variable KERNELHOST, else on the PATH:
    kernelhost, else host.

    example: host client python > kernelhost.py

    """

  static let options: [Option] = []
  static let operands = [Completion.words(Language.allCases.map { $0.rawValue })]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let languages = Language.allCases.map { $0.rawValue }
    guard parsed.operands.count == 1, Language(rawValue: parsed.operands[0]) != nil else {
      let found = parsed.operands.first.map(Messages.quoted) ?? "nothing"
      throw .usage("expected one of \(languages.joined(separator: ", ")), found \(found)")
    }
    return console.show(String(decoding: PythonClient.text, as: UTF8.self), isData: true)
  }
}

import KernelHost

/// One option of a command. The parser, messages, completion and tests read the same tables.
struct Option {
  let long: String
  let short: Character?
  /// The name of the value in messages; nil for a flag.
  let value: String?
  /// Whether a line may have it several times.
  let isRepeatable: Bool
  /// The values that a shell can offer.
  let completion: Completion

  /// Creates an option. Without a `completion`, the name of the value decides what a shell offers.
  init(
    _ long: String, short: Character? = nil, value: String? = nil, isRepeatable: Bool = false,
    completion: Completion? = nil
  ) {
    self.long = long
    self.short = short
    self.value = value
    self.isRepeatable = isRepeatable
    self.completion = completion ?? value.map(Completion.init(value:)) ?? .nothing
  }

  /// Creates an option whose value is a case of an enumeration.
  init<Choice: RawRepresentable<String> & CaseIterable>(
    _ long: String, short: Character? = nil, value: String? = nil, choices: Choice.Type
  ) {
    let words = Choice.allCases.map { $0.rawValue }
    self.init(
      long, short: short, value: value ?? words.joined(separator: "|"), completion: .words(words))
  }

  /// The option that every command takes.
  static let help = Option("help", short: "h")
  /// The option that is possible in the place of a command.
  static let version = Option("version")
}

/// What a shell can offer for an operand or for an option's value.
enum Completion: Equatable {
  case nothing
  /// Files whose names have one of these endings, without the point. All files if the list is empty
  /// or no file fits.
  case file([String])
  case folder
  case words([String])
  /// The names of commands.
  case command
  /// Built-in kernels, and those of plugins on the same line.
  case kernel
  /// The parameters of the kernel that is the first operand.
  case parameter

  static let records = Completion.file(
    Format.allCases.compactMap { $0.traits.readBackEnding })
  static let manifest = Completion.file(["json", "jsonl"])
  static let source = Completion.file(["c", "cpp", "cc", "cxx"])
  static let plugin = Completion.file(["so", "c", "cpp", "cc", "cxx"])

  /// Chooses by the name of a value: `a|b|c` means words, FILE and PATH mean files.
  init(value: String) {
    switch value {
    case "FILE", "PATH": self = .file([])
    case "FOLDER", "DIR", "DIRECTORY": self = .folder
    case "KERNEL": self = .kernel
    case "PARAMETER": self = .parameter
    case "MANIFEST": self = .manifest
    default:
      let words = value.split(separator: "|").map(String.init)
      self = words.count > 1 ? .words(words) : .nothing
    }
  }
}

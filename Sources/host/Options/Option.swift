import KernelHost

/// One option of a command. The parser, messages, completion and tests read the same tables.
struct Option {
  let long: String
  let short: Character?
  /// What the value is called in messages; nil: a flag.
  let value: String?
  /// Whether it may be given several times.
  let isRepeatable: Bool
  /// What a shell can offer for the value.
  let completion: Completion

  /// Without a `completion` the value's name says what can be offered for it.
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

  /// One whose value is a case of an enumeration.
  init<Choice: RawRepresentable<String> & CaseIterable>(
    _ long: String, short: Character? = nil, value: String? = nil, choices: Choice.Type
  ) {
    let words = Choice.allCases.map { $0.rawValue }
    self.init(
      long, short: short, value: value ?? words.joined(separator: "|"), completion: .words(words))
  }

  /// What every command takes.
  static let help = Option("help", short: "h")
  /// What is taken where a command can stand.
  static let version = Option("version")
}

/// What a shell can offer for an operand or for an option's value.
enum Completion: Equatable {
  case nothing
  /// Files whose names end so, without the point; any, if the list is empty or none does.
  case file([String])
  case folder
  case words([String])
  /// The commands of the command line.
  case command
  /// Kernels that are built in, and those of plugins on the same line.
  case kernel
  /// Parameters of the kernel that the first operand names.
  case parameter

  static let records = Completion.file(
    Format.allCases.compactMap { $0.traits.readBackEnding })
  static let manifest = Completion.file(["json", "jsonl"])
  static let source = Completion.file(["c", "cpp", "cc", "cxx"])
  static let plugin = Completion.file(["so", "c", "cpp", "cc", "cxx"])

  /// By what the value is called: `a|b|c` are words, FILE and PATH are files.
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

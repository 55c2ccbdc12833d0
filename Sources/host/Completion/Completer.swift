import KernelHostModel

/// Finds out how a command line can continue. It uses the same tables as the parser.
///
/// A wrong line is not an error here: words that are not known are ignored.
struct Completer {
  /// What the word at the cursor can become.
  struct Completions {
    /// The start of the word that stays: "--output=".
    var stem = ""
    /// The rest of the word, which is completed.
    var value = ""
    var words: [(text: String, meaning: String)] = []
    var files: Completion?

    /// The text for the scripts, see `host help completions`.
    var text: String {
      var text = "\(stem)\n\(value)\n"
      for (word, meaning) in words where Self.isSafe(word) {
        text += "word\t\(word)\t\(Self.isSafe(meaning) ? meaning : "")\n"
      }
      switch files {
      case .file(let suffixes): text += "file\t\(suffixes.joined(separator: " "))\n"
      case .folder: text += "folder\n"
      default: break
      }
      return Self.isLine(stem) && Self.isLine(value) ? text : ""
    }

    /// Whether the text is one field of one line.
    private static func isLine(_ text: String) -> Bool {
      !text.unicodeScalars.contains { $0 == "\n" || $0 == "\t" }
    }

    /// Whether a terminal can show the text: texts of plugins must not move the cursor or change
    /// the direction of text.
    private static func isSafe(_ text: String) -> Bool {
      text.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
      }
    }
  }

  private(set) var completions = Completions()
  private let command: Command
  /// Whether the word is the first one: a command, or a manifest of `run`.
  private let isFirst: Bool
  private let options: [Option]
  private var operands: [String] = []
  private var given: Set<String> = []
  private var plugins: [String] = []

  /// Completes the last one of `words`, which follow the program's name up to the cursor.
  init(_ words: [String]) {
    let current = words.last ?? ""
    var before = words.dropLast()
    isFirst = before.isEmpty
    let named = before.first.flatMap(Command.init(rawValue:))
    if named != nil { before = before.dropFirst() }
    command = named ?? .run
    options = command.type.options + [.help] + (isFirst ? [.version] : [])
    var open: Option?
    var isBehindDashes = false
    while let word = before.popFirst() {
      if isBehindDashes || word == "-" || !word.hasPrefix("-") {
        operands.append(word)
      } else if word == "--" {
        isBehindDashes = true
      } else if let (option, inline) = option(word) {
        given.insert(option.long)
        guard option.value != nil else { continue }
        if let value = inline ?? before.popFirst() {
          if option.long == "plugin" { plugins.append(value) }
        } else {
          open = option
        }
      }
    }
    complete(current, open, isBehindDashes)
  }

  /// Returns the option at the beginning of a word, and the value inside the word.
  private func option(_ word: String) -> (Option, inline: String?)? {
    if word.hasPrefix("--") {
      let parts = word.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return options.first { $0.long == parts[0] }.map {
        ($0, parts.count > 1 ? String(parts[1]) : nil)
      }
    }
    let letters = word.dropFirst()
    return options.first { $0.short != nil && $0.short == letters.first }.map {
      ($0, letters.count > 1 ? String(letters.dropFirst()) : nil)
    }
  }

  private mutating func complete(_ word: String, _ open: Option?, _ isBehindDashes: Bool) {
    completions.value = word
    if let open { return offer(open.completion, of: open) }
    if !isBehindDashes, word.hasPrefix("-") {
      if let (option, inline) = option(word), let inline {
        guard option.value != nil else { return }
        completions.stem = String(word.dropLast(inline.count))
        completions.value = inline
        return offer(option.completion, of: option)
      }
      return offerOptions()
    }
    let kinds = command.type.operands
    if isFirst { offer(.command) }
    offer(operands.count < kinds.count ? kinds[operands.count] : command.type.moreOperands)
  }

  private mutating func offer(_ word: String, _ meaning: String) {
    if word.hasPrefix(completions.value) { completions.words.append((word, meaning)) }
  }

  private mutating func offerOptions() {
    let meanings = Meanings(command)
    for option in options where option.isRepeatable || !given.contains(option.long) {
      let meaning = meanings.of(option)
      if let short = option.short, completions.value.count < 3 { offer("-\(short)", meaning) }
      offer("--\(option.long)", meaning)
    }
  }

  private mutating func offer(_ completion: Completion, of option: Option? = nil) {
    switch completion {
    case .nothing: break
    case .file, .folder: completions.files = completion
    case .words(let words):
      let meanings = Meanings(command)
      for word in words { offer(word, option.map { meanings.of(word, $0) } ?? "") }
    case .command:
      let meanings = Meanings(.help)
      for command in Command.allCases { offer(command.rawValue, meanings.of(command)) }
    case .kernel:
      for kernel in KnownKernels.all(plugins) { offer(kernel.name, kernel.summary) }
    case .parameter:
      let kernel = KnownKernels.all(plugins).first { $0.name == operands.first }
      for parameter in kernel?.parameters ?? [] where !operands.dropFirst().contains(parameter.name)
      {
        offer(parameter.name, parameter.doc)
      }
    }
  }
}

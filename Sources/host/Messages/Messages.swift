import KernelBridge
import KernelHostModel

/// The sentences that several commands use. Those of one command stand in its file; those about
/// manifests, kernels and calls are in `Wording`.
enum Messages {
  static func error(_ text: String) -> String { "host: error: \(text)" }

  static func warning(_ text: String) -> String { "host: warning: \(text)" }

  static func note(_ text: String) -> String { "host: \(text)" }

  /// Why no call was made.
  static func nothingRan(_ reason: String) -> String { reason + "; nothing ran" }

  static func system(_ error: SystemError) -> String {
    Wording.system(error.action, error.path, error.reason)
  }

  static func unknownCommand(_ name: String, near: String?) -> String {
    "there is no command \(quoted(name)); "
      + (near.map { "did you mean \(quoted($0))?" }
        ?? "commands are " + Command.allCases.map { $0.rawValue }.joined(separator: ", "))
  }

  /// The message for a first word that is neither a command nor a file. Nil if it looks like a path
  /// and no command is similar.
  static func noCommandOrFile(_ name: String) -> String? {
    if !name.contains("/"), let near = Command.nearest(to: name) {
      return "there is neither a command nor a file \(quoted(name)); did you mean the command "
        + "host \(near)?"
    }
    if name == "-" || name == "--" || name.contains(where: { "./".contains($0) }) { return nil }
    return "there is neither a command nor a file \(quoted(name)); `host --help` lists the commands"
  }

  static func noOperand(_ found: String) -> String {
    "found \(quoted(found)), expected no more words; see --help"
  }

  /// The message for a short option. `name` includes its dash.
  static func unknownOption(_ name: String) -> String {
    "unknown option \(name); "
      + (name.lowercased() == "-v" ? "write --version" : "`host --help` lists all")
  }

  /// The message for a long option, without its dashes. The person may have meant another option,
  /// an option of another command, or a key of the manifest.
  static func unknownOption(_ name: String, _ options: [Option]) -> String {
    let start = "unknown option --\(name)"
    if let place = Wording.placeOfKey(name) {
      return start + "; it is a key of the manifest: \(place)"
    }
    if let near = NearName.nearest(to: name, among: options.lazy.map { $0.long }) {
      return start + "; did you mean --\(near)?"
    }
    let others = Command.allCases.filter { command in
      command.type.options.contains { $0.long == name }
    }
    if let other = others.first {
      return start + "; it is one of host \(other.rawValue), not of this command"
    }
    let value = options.first { option in
      guard case .words(let words) = option.completion else { return false }
      return words.contains(name)
    }
    if let value { return start + "; write --\(value.long) \(name)" }
    return start + "; `host --help` lists all"
  }

  /// Whether a word is a key of the manifest, or similar to a long option.
  static func knows(_ name: String, _ options: [Option]) -> Bool {
    Wording.placeOfKey(name) != nil
      || NearName.nearest(to: name, among: options.lazy.map { $0.long }) != nil
  }

  /// The message for a long option with one dash.
  static func oneDash(_ name: String, _ options: [Option]) -> String {
    options.contains { $0.long == name }
      ? "unknown option -\(name.prefix(1)); a long option has two dashes: --\(name)"
      : unknownOption(name, options)
  }

  static func valueMissing(_ option: String, value: String) -> String {
    "option \(option) needs a value: \(option) \(value)"
  }

  static func noValueWanted(_ option: String, found: String) -> String {
    "option \(option) takes no value, found \(quoted(found))"
  }

  static func optionTwice(_ option: String) -> String { "option \(option) is given twice" }

  /// The message for a wrong value. `near` is a similar value that is possible.
  static func wrongValue(
    _ option: String, found: String, expected: String, near: String? = nil
  ) -> String {
    // "--format study.json": the value is missing, so that the manifest was taken for it.
    let isFile = FileFacts(found)?.isRegular == true
    return "option \(option): found \(quoted(found)), expected \(expected)"
      + (isFile
        ? "; \(quoted(found)) is a file: is the value before it missing?"
        : near.map { "; did you mean \(quoted($0))?" } ?? "")
  }

  static func optionOfFormat(_ option: String, _ formats: [String]) -> String {
    "option \(option) is for --format \(formats.joined(separator: " and ")) alone; "
      + "choose that, or leave \(option) out"
  }

  static let sandboxWithoutProcess =
    "--sandbox needs worker processes, and isolation \"none\" does not use them; remove one of the two"

  static let memoryCheckWithoutProcess =
    "--check-memory needs worker processes, and isolation \"none\" does not use them; remove one of the two, or "
    + "compile the plugin with -fsanitize=address"

  static func sandboxMisses(_ part: String) -> String {
    "host: warning: this machine's kernel has no \(part)"
  }

  static func strictMisses(_ part: String) -> String {
    "--sandbox strict: this machine's kernel has no \(part); nothing ran"
  }

  static func notKnownWithoutPlugins(_ option: String) -> String {
    "--\(option) needs all kernels, and some are in plugins; remove --\(option) or --no-plugins"
  }

  static func oneManifest(_ found: [String]) -> String {
    if found.isEmpty { return "no manifest given: name a file, or - for standard input" }
    let names = found.prefix(3).map { quoted($0) }.joined(separator: ", ")
    return
      "\(found.count) manifests given (\(names)\(found.count > 3 ? ", ..." : "")), expected one: "
      + "run them one by one"
  }

  /// The title of the report of a run.
  static func title(_ manifest: String) -> String {
    manifest == "-"
      ? "standard input" : manifest.split(separator: "/").last.map(String.init) ?? manifest
  }

  static let noCalls = "--only and --calls together select no call; nothing ran"

  /// The message for a pattern that fits no task. `known` has the names of tasks, or of their
  /// kernels if they have no name. `named` has the names of the tasks of a kernel that fits the
  /// pattern.
  static func noTask(
    _ pattern: String, option: String, near: String?, known: [String], named: [String]
  ) -> String {
    let start =
      "option \(option): found \(quoted(pattern)), expected the name of a task (or of the kernel of "
      + "tasks without one), or a pattern that matches one"
    if !named.isEmpty {
      return start + "; the tasks of this kernel have names: \(Wording.names(named))"
    }
    if let near { return start + "; did you mean \(quoted(near))?" }
    return start
      + (known.isEmpty ? "; the manifest has no tasks" : "; the tasks are \(Wording.names(known))")
  }

  static func wrongCalls(_ found: String, option: String, count: Int) -> String {
    let start = "option \(option): found \(quoted(found)), "
    if count == 0 { return start + "and the manifest has no calls" }
    let all = "the calls are 0 to \(count - 1)"
    let parts = found.split(separator: "-", omittingEmptySubsequences: false)
    if parts.count == 2, parts.allSatisfy({ Int($0) != nil }) {
      return start + "did you mean \(parts[0])..\(parts[1])? (\(all))"
    }
    return start + "expected numbers of calls like 7, 10..20, 10.. or 3,5..9; \(all)"
  }

  /// A name in quotes, without characters that control a terminal.
  static func quoted(_ text: String) -> String { Wording.quoted(text) }
}

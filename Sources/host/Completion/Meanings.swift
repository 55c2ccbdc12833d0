/// The meanings of words, taken from the help texts; empty if the texts do not say.
struct Meanings {
  private let text: HelpText

  init(_ command: Command) { text = HelpText(command.type.help) }

  /// Returns the meaning of a command, from the overview.
  func of(_ command: Command) -> String {
    let name = "host \(command.rawValue)"
    return text.usage.first { ($0.form + " ").hasPrefix(name + " ") && !$0.meaning.isEmpty }?
      .meaning ?? ""
  }

  /// Returns the meaning of an option.
  func of(_ option: Option) -> String {
    switch option.long {
    case Option.help.long: return "show help"
    case Option.version.long: return "show the version"
    default: break
    }
    // Options that are "as for run" are explained there.
    let body = body(of: option, in: text) ?? body(of: option, in: HelpText(RunCommand.help))
    return body.map(Self.brief) ?? ""
  }

  /// Returns the meaning of a word that an option takes, if the help text lists the words.
  func of(_ word: String, _ option: Option) -> String {
    let items = Self.items(body(of: option, in: text) ?? [])
    return items.first { $0.head == word }.map { Self.brief($0.body) } ?? ""
  }

  private func body(of option: Option, in text: HelpText) -> [HelpText.Block]? {
    Self.items(text.blocks).first { item in
      item.head.split { $0 == " " || $0 == "," }.contains("--\(option.long)")
    }?.body
  }

  private static func items(_ blocks: [HelpText.Block]) -> [HelpText.Item] {
    blocks.flatMap { block -> [HelpText.Item] in
      switch block {
      case .list(let items): items
      case .titled(_, let blocks): items(blocks)
      default: []
      }
    }
  }

  /// The first phrase.
  private static func brief(_ blocks: [HelpText.Block]) -> String {
    let text: String
    switch blocks.first {
    case .paragraph(let paragraph): text = paragraph
    case .titled(let title, _): text = title
    default: return ""
    }
    var brief = ""
    var depth = 0
    for word in text.split(separator: " ") {
      if brief.count + word.count > 60 { return brief + " ..." }
      brief += (brief.isEmpty ? "" : " ") + word
      depth += word.count { "([{".contains($0) } - word.count { ")]}".contains($0) }
      if depth == 0, let last = word.last, ".:;".contains(last) { return String(brief.dropLast()) }
    }
    return brief
  }
}

import KernelHost

/// The manual page, in roff with the man macros. It has the texts of `--help` in the usual order.
struct ManPage {
  private(set) var text = ""

  /// The head of a page.
  init(title: String, section: Int) {
    line(
      ".TH \(title) \(section) \(KernelHostVersion.date) \"KernelHost \(KernelHostVersion.host)\""
        + " \"KernelHost\"")
    // Options and names must not be hyphenated or stretched.
    line(".nh")
    line(".ad l")
  }

  /// The page of the program.
  init() {
    self.init(title: "HOST", section: 1)
    let overview = HelpText(Help.overview)
    let commands = Command.allCases.filter { $0 != .help }.map { HelpText($0.type.help) }
    section("NAME")
    line("host \\- \(Roff.text(overview.summary))")
    section("SYNOPSIS")
    verbatim(overview.usage.map { $0.form })
    section("DESCRIPTION")
    for (index, block) in overview.blocks.enumerated() {
      switch block {
      case .titled: break
      case .paragraph(let text) where index == 0: paragraph(text)
      default: show(block)
      }
    }
    section("COMMANDS")
    for (form, meaning) in overview.usage {
      item(form)
      paragraph(meaning)
    }
    section("OPTIONS")
    for command in commands {
      line(".SS \"\(Roff.code(command.name, isArgument: true))\"")
      paragraph(sentence(command.summary))
      line(".PP")
      verbatim(command.usage.map { $0.form })
      for block in command.blocks { show(block) }
    }
    for (title, name) in [
      ("EXIT STATUS", "exit code"), ("ENVIRONMENT", "environment"), ("FILES", "files"),
    ] {
      section(title)
      for block in overview.section(name) { show(block) }
    }
    section("EXAMPLES")
    verbatim((overview.examples + commands.flatMap { $0.examples }))
    section("SEE ALSO")
    line("\\fBhost\\fR(5),")
    line(".BR cc (1),")
    line(".BR man (1),")
    line(".BR dlopen (3),")
    line(".BR seccomp (2),")
    line(".BR landlock (7)")
  }

  mutating func line(_ line: String) { text += line + "\n" }

  mutating func section(_ title: String) { line(".SH \"\(title)\"") }

  mutating func item(_ head: String) {
    line(".TP")
    line(Roff.head(head))
  }

  /// Adds text that roff fills. Each sentence begins a line, as roff expects.
  mutating func paragraph(_ paragraph: String) {
    var width = 0
    var out = ""
    var endsSentence = false
    for word in paragraph.split(separator: " ").map(String.init) {
      let shown = Roff.word(word)
      let isNew = !out.isEmpty && (endsSentence || width + shown.utf8.count > 78)
      if isNew {
        line(Roff.guarded(out))
        (out, width) = ("", 0)
      }
      out += (out.isEmpty ? "" : " ") + shown
      width += shown.utf8.count + 1
      endsSentence = word.hasSuffix(".") || word.hasSuffix("!") || word.hasSuffix("?")
    }
    if !out.isEmpty { line(Roff.guarded(out)) }
  }

  mutating func verbatim(_ lines: [String]) {
    line(".nf")
    for part in lines { line(Roff.guarded(Roff.code(part))) }
    line(".fi")
  }

  private func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
  }

  private mutating func show(_ block: HelpText.Block) {
    switch block {
    case .paragraph(let text):
      line(".PP")
      paragraph(text)
    case .verbatim(let lines):
      line(".PP")
      line(".RS 4")
      verbatim(lines)
      line(".RE")
    case .titled(let title, let blocks):
      line(".PP")
      paragraph(title + ":")
      for block in blocks { show(block) }
    case .list(let items):
      for item in items { show(item) }
    }
  }

  /// Adds an item. All blocks have the indent of its first paragraph.
  private mutating func show(_ item: HelpText.Item) {
    self.item(item.head)
    for (index, block) in item.body.enumerated() {
      switch block {
      case .paragraph(let text):
        if index > 0 { line(".IP") }
        paragraph(text)
      case .verbatim(let lines):
        if index > 0 { line(".IP") }
        verbatim(lines)
      case .titled(let title, let blocks):
        if index > 0 { line(".IP") }
        paragraph(title + ":")
        inset(blocks)
      case .list:
        inset([block])
      }
    }
  }

  private mutating func inset(_ blocks: [HelpText.Block]) {
    line(".RS")
    for block in blocks { show(block) }
    line(".RE")
  }
}

/// A parsed help text, for the manual page and the descriptions in shells.
///
/// The first paragraph is "NAME - SUMMARY". A paragraph that begins with "usage:" has one form on
/// each line, with its meaning after two blanks. "example:" begins examples.
///
/// A line with two or three blanks in front begins an item. Its text follows after two blanks, or
/// on the next line with a larger indent. A line without indent that ends with a colon is the title
/// of the indented lines below it. Other indented lines are shown as they are.
struct HelpText {
  /// "host run".
  private(set) var name = ""
  private(set) var summary = ""
  private(set) var usage: [(form: String, meaning: String)] = []
  private(set) var blocks: [Block] = []
  private(set) var examples: [String] = []

  indirect enum Block {
    case paragraph(String)
    case verbatim([String])
    case list([Item])
    /// A title without its colon, and the blocks below it.
    case titled(String, [Block])
  }

  struct Item {
    let head: String
    let body: [Block]
  }

  init(_ text: String) {
    for group in Self.groups(text) {
      if name.isEmpty {
        let parts = Self.halves(group.joined(separator: " "), at: " - ")
        (name, summary) = (parts.0, parts.1 ?? "")
      } else if let lines = Self.behind("usage:", group) {
        usage += lines.map { line in
          let parts = Self.columns(line)
          return (parts.0, parts.1 ?? "")
        }
      } else if let lines = Self.behind("example:", group) ?? Self.behind("examples:", group) {
        examples += lines
      } else {
        blocks += Self.blocks(group)
      }
    }
  }

  /// Returns the blocks below a title; empty if there is no such title.
  func section(_ title: String) -> [Block] {
    for case .titled(title, let blocks) in blocks { return blocks }
    return []
  }

  // MARK: Lines

  /// Returns the groups of lines between empty lines.
  private static func groups(_ text: String) -> [[String]] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    return lines.split { $0.allSatisfy { $0 == " " } }.map(Array.init)
  }

  /// Returns the lines of a group without the word at its beginning; nil if it begins otherwise.
  private static func behind(_ word: String, _ group: [String]) -> [String]? {
    guard let first = group.first, first.hasPrefix(word) else { return nil }
    let lines = [String(first.dropFirst(word.count))] + group.dropFirst()
    return lines.map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
  }

  private static func halves(_ text: String, at mark: String) -> (String, String?) {
    var index = text.startIndex
    while index < text.endIndex {
      if text[index...].hasPrefix(mark) {
        return (String(text[..<index]), String(text[index...].dropFirst(mark.count)))
      }
      index = text.index(after: index)
    }
    return (text, nil)
  }

  /// Returns the text before and after two or more blanks.
  private static func columns(_ line: String) -> (String, String?) {
    let (head, text) = halves(line, at: "  ")
    return (head, text.map { String($0.drop { $0 == " " }) })
  }

  private static func indent(_ line: String) -> Int { line.prefix { $0 == " " }.count }

  private static func shifted(_ line: String, _ count: Int) -> String {
    String(line.dropFirst(min(count, indent(line))))
  }

  // MARK: Blocks

  /// Returns the blocks of a group of lines.
  private static func blocks(_ lines: [String]) -> [Block] {
    var blocks: [Block] = []
    var rest = lines[...]
    while let first = rest.first {
      let isText = indent(first) == 0
      let run = rest.prefix { (indent($0) == 0) == isText }
      rest = rest.dropFirst(run.count)
      if isText {
        let text = run.joined(separator: " ")
        if let below = rest.first, text.hasSuffix(":"), indent(below) < 4 {
          let under = rest.prefix { indent($0) > 0 }
          if let items = items(under) {
            rest = rest.dropFirst(under.count)
            blocks.append(.titled(String(text.dropLast()), [.list(items)]))
            continue
          }
        }
        blocks.append(.paragraph(text))
      } else if let items = items(run) {
        blocks.append(.list(items))
      } else if blocks.isEmpty {
        let least = run.map(indent).min() ?? 0
        blocks.append(.verbatim(run.map { shifted($0, least) }))
      } else {
        // A text with indented lines below it, for example a value with braces.
        return [.verbatim(lines)]
      }
    }
    return blocks
  }

  /// Returns the items of a list; nil if the lines are not a list.
  private static func items(_ lines: ArraySlice<String>) -> [Item]? {
    guard let margin = lines.first.map(indent), margin < 4 else { return nil }
    var items: [Item] = []
    var rest = lines
    while let first = rest.popFirst() {
      guard indent(first) == margin else { return nil }
      let more = rest.prefix { indent($0) > margin }
      rest = rest.dropFirst(more.count)
      let (head, text) = columns(shifted(first, margin))
      guard let text else {
        guard let column = more.map(indent).min() else { return nil }
        items.append(Item(head: head, body: blocks(more.map { shifted($0, column) })))
        continue
      }
      let column = first.count - text.count
      items.append(Item(head: head, body: blocks([text] + more.map { shifted($0, column) })))
    }
    return items
  }
}

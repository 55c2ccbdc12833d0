/// One mistake in a manifest: what, and at which byte of the source.
public struct Diagnostic: Sendable, Hashable {
  public let problem: Problem
  public let place: Int
  /// Of a mistake in another file, which the place in the manifest names.
  let other: FilePlace?

  public init(_ problem: Problem, place: Int) {
    self.init(problem, place: place, other: nil)
  }

  init(_ problem: Problem, place: Int, other: FilePlace?) {
    self.problem = problem
    self.place = place
    self.other = other
  }

  /// `file.json:3:14: error: ...`, the source line, and a caret under the place;
  /// lines are separated, not ended, by a line feed. O(place).
  /// `columns`: of the terminal's lines.
  public func rendered(
    in source: SourceText, columns: Int = SourceText.usualColumns
  ) -> String {
    rendered(in: source, at: source.position(of: place), columns: columns)
  }

  func rendered(
    in source: SourceText, at position: SourceText.Position, columns: Int
  ) -> String {
    let sentence = Wording.sentence(problem, in: source)
    if let other { return "\(other.start): error: \(sentence)\n\(other.excerpt)" }
    let start =
      "\(Printable.plain(source.name)):\(position.line):\(position.column): error: \(sentence)"
    return problem.hasExcerpt
      ? start + "\n" + source.excerpt(at: position, columns: columns) : start
  }
}

/// The mistakes of a manifest by their places: the first 20, and how many there are.
public struct Diagnostics: Error, Sendable, Hashable {
  /// At most `limit`, sorted by place.
  public private(set) var errors: [Diagnostic] = []
  /// All that were found, also those that are not in `errors`.
  public private(set) var total = 0

  public static let limit = 20

  public init() {}

  public var isEmpty: Bool { total == 0 }
  public var hasMore: Bool { total > errors.count }

  /// Adds a mistake that was found elsewhere.
  public mutating func report(_ problem: Problem, at place: Int) { add(problem, at: place) }

  /// Counts a mistake in another file, at an offset of its text; `place` is where the manifest
  /// names the file. O(offset) if it is one of the first.
  mutating func add(
    _ problem: @autoclosure () -> Problem, at place: Int, in other: SourceText, _ offset: Int
  ) {
    total += 1
    if wants(place) { insert(Diagnostic(problem(), place: place, other: .init(other, offset))) }
  }

  /// Counts a mistake; its problem is made only if it is one of the first.
  mutating func add(_ problem: @autoclosure () -> Problem, at place: Int) {
    total += 1
    if wants(place) { insert(Diagnostic(problem(), place: place)) }
  }

  private mutating func insert(_ diagnostic: Diagnostic) {
    if errors.count == Self.limit { errors.removeLast() }
    // Of two at the same place the one found first stands first.
    let index = errors.firstIndex { $0.place > diagnostic.place } ?? errors.count
    errors.insert(diagnostic, at: index)
  }

  /// Whether a mistake at a place would be among the first.
  func wants(_ place: Int) -> Bool {
    errors.count < Self.limit || errors.last.map { place < $0.place } ?? true
  }

  /// All of `errors`, one after the other, and a last line that says so if there
  /// are more. Without a line feed at the end. O(last place).
  public func rendered(
    in source: SourceText, columns: Int = SourceText.usualColumns
  ) -> String {
    var lines: [String] = []
    var position = SourceText.Position.start
    for error in errors {
      position = source.position(of: error.place, from: position)
      lines.append(error.rendered(in: source, at: position, columns: columns))
    }
    if hasMore { lines.append(Wording.more(shown: errors.count, total: total)) }
    return lines.joined(separator: "\n")
  }
}

/// A place in a text that is not kept, ready to be shown.
struct FilePlace: Sendable, Hashable {
  /// `points.csv:3:14`.
  let start: String
  /// The line, and a caret under the place.
  let excerpt: String

  /// O(offset).
  init(_ source: SourceText, _ offset: Int) {
    let position = source.position(of: offset)
    start = "\(Printable.plain(source.name)):\(position.line):\(position.column)"
    excerpt = source.excerpt(at: position)
  }
}

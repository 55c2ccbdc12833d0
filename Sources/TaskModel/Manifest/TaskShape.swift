/// What of a task's text comes again in the next one: all but its name, the numbers and texts
/// among its arguments, and the task that it waits for.
///
/// Programs write manifests, so nearly all tasks of one are written alike. A task with the same
/// bytes around its values means the same as the one before, and needs no parsing but of its values.
/// All that is not so is left to the parser, which alone reports mistakes.
struct TaskShape: Hashable {
  /// A value of the task, by what it is.
  enum Part: Hashable {
    case name
    case after
    /// An argument, by the number of its key.
    case number(key: UInt32)
    case text(key: UInt32)
    /// An argument without a text of its own: true, false and null are part of the shape.
    case fixed(key: UInt32, Manifest.Cell)
  }

  /// A part, and where its text stands in the source; that of a text without the quotes.
  struct Slot {
    let part: Part
    let range: Range<Int>
  }

  /// Bytes between two values, as words of the shape: the last one is filled up with zeros.
  private struct Literal: Hashable {
    let first: Int
    let count: Int
  }

  let kernel: UInt32
  let parts: [Part]
  /// One before each part, and one behind the last. That before a fixed part is empty.
  private let literals: [Literal]
  private let words: [UInt64]

  /// What is longer is hardly repeated.
  private static let longest = 4096
  private static let mostParts = 64

  /// Of the task at a range of the source; `slots` are in their order. Nil: it is too long.
  init?(_ source: [UInt8], _ task: Range<Int>, _ slots: [Slot], kernel: UInt32) {
    if task.count > Self.longest || slots.count > Self.mostParts { return nil }
    let text = source.span
    var literals: [Literal] = []
    var words: [UInt64] = []
    var start = task.lowerBound
    func add(to end: Int) {
      literals.append(Literal(first: words.count, count: end - start))
      while start < end {
        words.append(text.word(at: start) & ByteWord.first(end - start))
        start += 8
      }
      start = end
    }
    for slot in slots {
      add(to: slot.range.lowerBound)
      start = slot.range.upperBound
    }
    add(to: task.upperBound)
    self.kernel = kernel
    parts = slots.map { $0.part }
    self.literals = literals
    self.words = words
  }

  /// Passes the bytes before a part, or behind the last one; false: there are others.
  @inline(__always)
  func passLiteral(_ number: Int, _ text: Span<UInt8>, _ at: inout Int) -> Bool {
    let literal = literals[number]
    var rest = literal.count
    var word = literal.first
    while rest >= 8 {
      if text.word(at: at) != words[word] { return false }
      at &+= 8
      word &+= 1
      rest &-= 8
    }
    if rest > 0 {
      if text.word(at: at) & ByteWord.first(rest) != words[word] { return false }
      at &+= rest
    }
    return at <= text.count
  }
}

/// The shapes that a manifest's tasks had lately.
struct TaskShapes {
  private(set) var all: [TaskShape] = []
  /// For each shape, the one that came after it last.
  private var followers: [Int] = []
  /// The shape of the last task.
  private var last = 0
  /// Where the next new shape goes.
  private var oldest = 0
  /// New shapes that may still be kept without one of them being of use.
  private var credit = Self.mostCredit

  static let most = 8
  private static let mostCredit = 64

  /// The one that is tried first.
  @inline(__always)
  var expected: Int { all.isEmpty ? 0 : followers[last] }

  /// Whether shapes are of use so far.
  var areWanted: Bool { credit > 0 }

  /// A task had a shape that is known.
  @inline(__always)
  mutating func note(_ index: Int) {
    followers[last] = index
    last = index
    credit = Self.mostCredit
  }

  /// A task had another shape.
  mutating func add(_ shape: TaskShape) {
    if let known = all.firstIndex(of: shape) {
      followers[last] = known
      last = known
      return
    }
    credit -= 1
    let index: Int
    if all.count < Self.most {
      index = all.count
      all.append(shape)
      followers.append(index)
    } else {
      index = oldest
      oldest = (oldest + 1) % Self.most
      all[index] = shape
      followers[index] = index
    }
    followers[last] = index
    last = index
  }
}

/// What can be wrong with a manifest: data only, the sentences are in `Wording`.
public enum Problem: Sendable, Hashable {
  case empty
  case binary
  case wrongEncoding(String)
  case byteOrderMark
  case invalidUTF8
  case tooLarge
  case unexpectedEnd(expected: String)
  case unexpected(found: String, expected: String)
  case comment
  case trailingComma
  case singleQuotes
  case unquotedText(String)
  case misspelledLiteral(found: String, write: String)
  case number(found: String, Number)
  case numberOutOfRange(String)
  case controlCharacter(UInt8)
  case escape(String)
  case loneSurrogate(String)
  case tooDeep(limit: Int)
  case trailingText(found: String)
  case wrongType(of: String, found: JSONKind, expected: String)
  case wrongValue(of: String, found: String, expected: String)
  case unknownKey(String, in: Owner, near: String?)
  case notYet(String)
  case duplicateKey(String, first: Int)
  case duplicateTask(String, first: Int)
  case missingKey(String, in: Owner)
  case oneTaskALine
  case base64
  case unknownKernel(String, near: String?, known: [String])
  case unknownParameter(String, kernel: String, near: String?, known: [String])
  case tooManyArguments(kernel: String, found: Int, most: [String])
  case missingArgument(String, kernel: String)
  case argument(String, kernel: String, ArgumentProblem)

  public enum Number: Sendable, Hashable {
    case leadingZero, plus, point, exponent, minus, hexadecimal
  }
  public enum Owner: String, Sendable, Hashable {
    case manifest = "the manifest"
    case defaults
    case task = "a task"
  }
}
public enum ArgumentProblem: Sendable, Hashable {
  case type(found: String, expected: ValueType)
  case notWhole(found: String)
  case integerRange(found: String, ClosedRange<Int64>)
  case range(found: Double, ClosedRange<Double>)
  case choice(found: String, [String], near: String?)
  indirect case element(Int, ArgumentProblem)
}
public struct Diagnostic: Error, Sendable, Hashable {
  public let problem: Problem
  public let place: Int
  public init(_ problem: Problem, at place: Int) {
    self.problem = problem
    self.place = place
  }
}
public struct Diagnostics: Error, Sendable {
  public static let limit = 20
  public private(set) var errors: [Diagnostic] = []
  public private(set) var total = 0
  public init() {}
  public var isEmpty: Bool { total == 0 }
  mutating func add(_ problem: Problem, at place: Int) {
    total += 1
    if errors.count < Self.limit { errors.append(Diagnostic(problem, at: place)) }
  }
  func merged(with other: Diagnostics) -> Diagnostics {
    var merged = self
    merged.errors = Array((errors + other.errors).sorted { $0.place < $1.place }.prefix(Self.limit))
    merged.total = total + other.total
    return merged
  }
  public func rendered(in source: SourceText) -> String {
    var text = errors.map { error in
      let position = source.position(of: error.place)
      return "\(Printable.plain(source.name)):\(position.line):\(position.column): error: \(Wording.text(error.problem, in: source))\n"
        + source.excerpt(at: position)
    }.joined(separator: "\n")
    if total > errors.count { text += "\n" + Wording.more(shown: errors.count, total: total) }
    return text
  }
}

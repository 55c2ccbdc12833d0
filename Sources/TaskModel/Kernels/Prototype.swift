/// A function of a plain library, as its header declares it: "double hypot(double x, double y)".
public struct Prototype: Sendable, Hashable {
  /// Of the kernel that it becomes.
  public var name: String
  /// In the library.
  public let symbol: String
  /// As it was written, blanks made plain.
  public let text: String
  /// What the loader needs to know (CSources/lanes/plugins/functions.h): the type of the result, and a
  /// line for each parameter.
  public let signature: String
  /// A call fails with the `errno` that the function set.
  public var reportsErrno = false

  /// Reads a declaration, with or without the semicolon. O(length).
  public init(_ text: String) throws(PrototypeProblem) {
    var declarations = Declarations()
    guard let prototype = try declarations.read(text) else {
      throw .expected("a function", found: "a type")
    }
    self = prototype
  }

  init(name: String, text: String, signature: String) {
    self.name = name
    symbol = name
    self.text = text
    self.signature = signature
  }
}

/// A function that is called once in each worker before all others of its library.
public struct Initializer: Sendable, Hashable {
  public let symbol: String
  /// Whether it returns a number, which tells by its sign whether it failed.
  public let returnsNumber: Bool

  /// Reads a declaration of a function that takes nothing; what it returns may be anything.
  public init(_ text: String) throws(PrototypeProblem) {
    let tokens = try DeclarationTokens(text).list
    guard let open = tokens.firstIndex(of: "("), open > 1 else {
      throw .expected("a declaration like \"void f(void)\"", found: text)
    }
    let parameters = tokens[(open + 1)...].prefix { $0 != ")" }
    guard parameters.isEmpty || Array(parameters) == ["void"] else {
      throw .initializerTakes(String(tokens[open - 1]))
    }
    symbol = String(tokens[open - 1])
    returnsNumber = !tokens[..<open].contains("*") && !tokens[..<open].contains("void")
  }
}

/// Why a declaration cannot be used.
public enum PrototypeProblem: Error, Sendable, Hashable {
  case expected(String, found: String)
  case unknownType(String)
  /// A pointer to it.
  case unknownPointer(String)
  case unsupportedType(String)
  case structure(String)
  case functionPointer
  case pointerResult(String)
  case writtenText(String)
  case noCount(of: String)
  /// Each of several could count it, or the one that could need not.
  case ambiguousCount(of: String, among: [String], example: String)
  case unknownCount(of: String, name: String)
  case countIsNoNumber(String)
  case wrongSize(of: String)
  case variadic
  case twice(String)
  case tooMany
  case initializerTakes(String)
}

/// C declarations in the order in which they stand: types that the functions behind them use, and
/// functions.
public struct Declarations: Sendable {
  /// By their names; enumerations also as "enum NAME".
  var types: [String: DeclaredType] = [:]
  /// Of enumerations, and of `#define NAME NUMBER`.
  var constants: [String: Int64] = [:]

  public init() {}

  /// Reads one; nil: it declares a type or a constant. O(length).
  public mutating func read(_ text: String) throws(PrototypeProblem) -> Prototype? {
    var reader = PrototypeReader(try DeclarationTokens(text), self)
    let prototype = try reader.read()
    self = reader.known
    return prototype
  }
}

/// What a name or some words stand for.
struct DeclaredType: Sendable {
  var scalar: Scalar
  /// One of an enumeration whose constants are not known.
  var isEnumeration = false
  /// Behind a pointer it is a byte, not a number.
  var isByte = false
  /// Behind a pointer it is a character.
  var isCharacter = false
  /// Of an enumeration.
  var choices: [Choice] = []

  struct Choice: Sendable {
    let name: String
    let value: Int64
  }
}

/// A type in the letters of the signature.
enum Scalar: Character, Sendable {
  case int8 = "c"
  case int16 = "s"
  case int32 = "i"
  case int64 = "l"
  case uint8 = "C"
  case uint16 = "S"
  case uint32 = "I"
  case uint64 = "L"
  case float = "f"
  case double = "d"
  case bool = "b"
  case void = "v"
  case enumeration = "E"

  var isReal: Bool { self == .float || self == .double }

  /// Whether it can be a count.
  var isWholeNumber: Bool {
    !isReal && self != .bool && self != .void && self != .enumeration
  }
}

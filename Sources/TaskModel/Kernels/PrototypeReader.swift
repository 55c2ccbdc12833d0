/// C declarations of functions, as far as they can be called; and of the types that they use.
struct PrototypeReader {
  let tokens: [Substring]
  private let isDefinition: Bool
  var at = 0
  var known: Declarations

  struct Parameter {
    var type: DeclaredType
    var isPointer = false
    var isConstant = false
    var name: String
    /// The text in its brackets, which may be empty; nil: it has no brackets.
    var bracket: String?
    /// The signature's second letter, and the number behind it.
    var kind: Kind = .value
    var count = -1

    enum Kind: Character {
      case value = "."
      /// `count` is the parameter that counts it.
      case counted = "a"
      /// It has `count` elements.
      case fixed = "f"
      /// One element, which the function may change.
      case cell = "o"
      /// `count` is the cell that says how much room it has, and then how much was used.
      case byCell = "p"
      /// It counts arrays: it is not given, for they tell.
      case count = "n"
      /// It counts arrays that need not be given.
      case optionalCount = "N"
    }

    var isWholeNumber: Bool {
      !isPointer && !type.isEnumeration && type.scalar.isWholeNumber
    }
    /// A pointer to text that ends with a NUL.
    var isText: Bool { isPointer && type.isCharacter && isConstant && bracket == nil }

    /// The signature's first letter.
    var letter: Character {
      if isPointer, type.isCharacter { return kind == .fixed && isConstant ? "V" : "T" }
      if isPointer, type.isByte, kind != .cell { return "V" }
      return isPointer && type.scalar == .enumeration ? Scalar.int32.rawValue : type.scalar.rawValue
    }

    var line: String {
      let choices = isPointer ? [] : type.choices.map { "\t\($0.name)=\($0.value)" }
      let isWritten = isPointer && !isConstant
      return "\(letter)\(kind.rawValue)\(isWritten ? "w" : ".") \(count) \(name)"
        + choices.joined()
    }
  }

  init(_ tokens: DeclarationTokens, _ known: Declarations) {
    self.tokens = tokens.list
    isDefinition = tokens.isDefinition
    self.known = known
  }

  mutating func read() throws(PrototypeProblem) -> Prototype? {
    if isDefinition {
      let name = try readName("the constant's name")
      known.constants[name] = try readNumber()
      return nil
    }
    if take("typedef") {
      let start = at
      let (type, _) = try readType()
      if peek() == "*" || peek() == "(" { throw .unsupportedType(joined(start...at)) }
      known.types[try readName("the type's name")] = type
      try end()
      return nil
    }
    let start = at
    var result: DeclaredType
    do throws(PrototypeProblem) {
      result = try readType().0
    } catch {
      // The name of a function alone.
      guard tokens.count == 1, case .unknownType(let name) = error else { throw error }
      throw .expected("a declaration", found: name)
    }
    if peek() == ";" || peek() == nil, tokens.first == "enum", tokens.contains("{") {
      try end()
      return nil
    }
    let isPointer = peek() == "*"
    while take("*") || take("const") {}
    if isPointer, !result.isCharacter || joined(start..<at).hasSuffix("**") {
      throw .pointerResult(joined(start..<at))
    }
    let name = try readName("the function's name")
    try expect("(")
    var parameters: [Parameter] = []
    if !(peek() == "void" && peek(1) == ")"), peek() != ")" {
      repeat { parameters.append(try readParameter()) } while take(",")
    } else {
      _ = take("void")
    }
    try expect(")")
    try end()
    try ArrayCounts.find(&parameters, known.constants)
    if !isPointer, result.scalar == .enumeration { result.scalar = .int32 }
    let lines =
      [isPointer ? "T" : String(result.scalar.rawValue)] + parameters.map { $0.line }
    return Prototype(
      name: name, text: joined(0..<tokens.count), signature: lines.joined(separator: "\n"))
  }

  private mutating func readParameter() throws(PrototypeProblem) -> Parameter {
    let start = at
    let (type, isConstant) = try readPointedType()
    var one = Parameter(type: type, isConstant: isConstant, name: "")
    while let word = peek(), word == "*" || word == "const" {
      if word == "*" {
        if one.isPointer { throw .unsupportedType(joined(start...at)) }
        one.isPointer = true
      }
      at += 1
    }
    if peek() == "(" { throw .functionPointer }
    if let word = peek(), Self.isName(word) {
      one.name = String(word)
      at += 1
    }
    if take("[") {
      if one.isPointer { throw .unsupportedType(joined(start..<at)) }
      one.isPointer = true
      while take("const") {}
      one.bracket = ""
      if take("*") { one.bracket = "*" }
      if let word = peek(), word != "]" {
        one.bracket = (one.bracket ?? "") + word
        at += 1
      }
      try expect("]")
      if peek() == "[" { throw .unsupportedType(joined(start..<at) + "[]") }
    }
    let isOther = type.scalar == .void && !type.isByte
    if one.isPointer ? type.scalar == .bool || isOther : type.scalar == .void {
      throw .unsupportedType(joined(start..<at))
    }
    return one
  }

  // MARK: Tokens

  static func isName(_ word: Substring) -> Bool {
    word.first.map { $0.isLetter || $0 == "_" } ?? false
  }

  func peek(_ ahead: Int = 0) -> Substring? {
    at + ahead < tokens.count ? tokens[at + ahead] : nil
  }

  mutating func take(_ token: Substring) -> Bool {
    guard peek() == token else { return false }
    at += 1
    return true
  }

  mutating func expect(_ token: Substring) throws(PrototypeProblem) {
    if !take(token) { throw .expected("\"\(token)\"", found: peek().map(String.init) ?? "the end") }
  }

  mutating func end() throws(PrototypeProblem) {
    _ = take(";")
    if let more = peek() { throw .expected("the end", found: String(more)) }
  }

  mutating func readName(_ what: String) throws(PrototypeProblem) -> String {
    guard let word = peek(), Self.isName(word) else {
      throw .expected(what, found: peek().map(String.init) ?? "the end")
    }
    at += 1
    return String(word)
  }

  func joined(_ range: ClosedRange<Int>) -> String {
    joined(range.lowerBound..<min(range.upperBound + 1, tokens.count))
  }

  func joined(_ range: Range<Int>) -> String {
    var text = ""
    for token in tokens[range] {
      let isWord = token.first.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
      let last = text.last
      if isWord || token == "*", let last, last != "(", last != "[", last != "*" { text += " " }
      text += token
    }
    return text
  }
}

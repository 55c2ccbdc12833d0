/// A function of a plain library, as its header declares it: "double hypot(double x, double y)".
public struct Prototype: Sendable, Hashable {
  public let name: String
  /// As it was written, blanks made plain.
  public let text: String
  /// What the loader needs to know (CSources/lanes/functions.h): the type of the result, and a
  /// line for each parameter.
  public let signature: String

  /// Reads a declaration, with or without the semicolon. O(length).
  public init(_ text: String) throws(PrototypeProblem) {
    var reader = try PrototypeReader(text)
    self = try reader.read()
  }

  init(name: String, text: String, signature: String) {
    self.name = name
    self.text = text
    self.signature = signature
  }
}

/// Why a declaration cannot be used.
public enum PrototypeProblem: Error, Sendable, Hashable {
  case expected(String, found: String)
  case unknownType(String)
  case unsupportedType(String)
  case writtenText(String)
  case noCount(of: String)
  case countIsNoNumber(String)
  case variadic
  case twice(String)
  case tooMany
}

/// C declarations of functions, as far as they can be called.
struct PrototypeReader {
  private var tokens: [Substring] = []
  private var at = 0

  /// A type in the letters of the signature.
  private enum Scalar: Character {
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

    var isWholeNumber: Bool { self != .float && self != .double && self != .bool && self != .void }
  }

  private struct Parameter {
    var scalar: Scalar
    var isPointer = false
    var isWritten = false
    var isText = false
    var name: String
    /// What stands in its brackets.
    var countName: String?
    var count = -1
  }

  private static let names: [String: Scalar] = [
    "void": .void, "float": .float, "double": .double, "_Bool": .bool, "bool": .bool,
    "int8_t": .int8, "int16_t": .int16, "int32_t": .int32, "int64_t": .int64, "uint8_t": .uint8,
    "uint16_t": .uint16, "uint32_t": .uint32, "uint64_t": .uint64, "size_t": .uint64,
    "ssize_t": .int64, "ptrdiff_t": .int64, "intptr_t": .int64, "uintptr_t": .uint64,
    "off_t": .int64, "time_t": .int64,
  ]
  private static let words: Set<Substring> = [
    "char", "short", "int", "long", "signed", "unsigned", "float", "double", "void", "_Bool",
    "bool",
  ]
  private static let qualifiers: Set<Substring> = [
    "const", "volatile", "restrict", "__restrict", "__restrict__", "extern", "static", "inline",
  ]

  init(_ text: String) throws(PrototypeProblem) {
    var rest = text[...]
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if first.isASCII, first.isLetter || first == "_" || first.isNumber {
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        tokens.append(word)
        rest = rest[word.endIndex...]
      } else if rest.hasPrefix("...") {
        throw .variadic
      } else {
        tokens.append(rest.prefix(1))
        rest.removeFirst()
      }
    }
  }

  mutating func read() throws(PrototypeProblem) -> Prototype {
    let start = at
    var (result, isConstant) = try readType()
    var isText = false
    while take("*") {
      guard result == .int8, isConstant, !isText else {
        throw .unsupportedType("\(joined(start..<at))")
      }
      isText = true
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
    _ = take(";")
    if let more = peek() { throw .expected("the end", found: String(more)) }
    try nameAndCount(&parameters)
    if result == .void, isText { result = .int8 }
    let lines = [isText ? "T" : String(result.rawValue)] + parameters.map(line)
    return Prototype(
      name: name, text: joined(0..<tokens.count), signature: lines.joined(separator: "\n"))
  }

  private func line(_ one: Parameter) -> String {
    let type = one.isText ? "T" : one.scalar.rawValue
    let isArray = one.isPointer && !one.isText
    return "\(type)\(isArray ? "a" : ".")\(one.isWritten ? "w" : ".") \(one.count) \(one.name)"
  }

  private mutating func readParameter() throws(PrototypeProblem) -> Parameter {
    let start = at
    let (scalar, isConstant) = try readType()
    var one = Parameter(scalar: scalar, name: "")
    while take("*") {
      if one.isPointer { throw .unsupportedType(joined(start..<at)) }
      one.isPointer = true
      while let word = peek(), Self.qualifiers.contains(word) { at += 1 }
    }
    if let word = peek(), word.first.map({ $0.isLetter || $0 == "_" }) == true {
      one.name = String(word)
      at += 1
    }
    if take("[") {
      if one.isPointer { throw .unsupportedType(joined(start..<at)) }
      one.isPointer = true
      while let word = peek(), Self.qualifiers.contains(word) { at += 1 }
      if peek() != "]" { one.countName = try readName("the parameter that has the count") }
      try expect("]")
    }
    if one.isPointer, scalar == .int8, isCharacters(start) {
      if !isConstant { throw .writtenText(one.name) }
      one.isText = true
    } else if one.isPointer {
      if scalar == .void || scalar == .bool { throw .unsupportedType(joined(start..<at)) }
      one.isWritten = !isConstant
    } else if scalar == .void {
      throw .unsupportedType("void")
    }
    return one
  }

  /// `char` by itself: in C it is not `signed char`, which is a number.
  private func isCharacters(_ start: Int) -> Bool {
    let words = tokens[start..<at]
    return words.contains("char") && !words.contains("signed") && !words.contains("unsigned")
  }

  private mutating func readType() throws(PrototypeProblem) -> (Scalar, isConstant: Bool) {
    var isConstant = false
    var words: [Substring] = []
    while let word = peek() {
      if Self.qualifiers.contains(word) {
        isConstant = isConstant || word == "const"
      } else if Self.words.contains(word) {
        words.append(word)
      } else if words.isEmpty, Self.names[String(word)] != nil {
        words.append(word)
        at += 1
        while peek() == "const" {
          isConstant = true
          at += 1
        }
        break
      } else {
        break
      }
      at += 1
    }
    guard let first = words.first else {
      let found = peek().map(String.init)
      guard let found, found.first.map({ $0.isLetter || $0 == "_" }) == true else {
        throw .expected("a type", found: found ?? "the end")
      }
      throw .unknownType(found)
    }
    if words.count == 1, let scalar = Self.names[String(first)] { return (scalar, isConstant) }
    guard let scalar = Self.number(words) else {
      throw .unsupportedType(words.joined(separator: " "))
    }
    return (scalar, isConstant)
  }

  /// The words of a whole number's type, in any order.
  private static func number(_ words: [Substring]) -> Scalar? {
    func count(_ word: Substring) -> Int { words.count { $0 == word } }
    let isUnsigned = count("unsigned") == 1
    guard count("unsigned") + count("signed") <= 1, count("int") <= 1, count("char") <= 1,
      !words.contains(where: { names[String($0)] != nil })
    else { return nil }
    switch (count("char"), count("short"), count("long"), count("int")) {
    case (1, 0, 0, 0): return isUnsigned ? .uint8 : .int8
    case (0, 1, 0, _): return isUnsigned ? .uint16 : .int16
    case (0, 0, 1, _), (0, 0, 2, _): return isUnsigned ? .uint64 : .int64
    case (0, 0, 0, _): return isUnsigned ? .uint32 : .int32
    default: return nil
    }
  }

  /// Names for those that have none, and to each array the parameter that counts it: what
  /// stands in its brackets, or else the next whole number behind it.
  private func nameAndCount(_ parameters: inout [Parameter]) throws(PrototypeProblem) {
    for index in parameters.indices where parameters[index].name.isEmpty {
      parameters[index].name = parameters.count == 1 ? "x" : "x\(index + 1)"
    }
    var seen: Set<String> = []
    for one in parameters where !seen.insert(one.name).inserted { throw .twice(one.name) }
    for index in parameters.indices where parameters[index].isPointer && !parameters[index].isText {
      let count: Int?
      if let name = parameters[index].countName {
        count = parameters.firstIndex { $0.name == name }
        if count == nil { throw .noCount(of: parameters[index].name) }
      } else {
        count = parameters[index...].firstIndex { !$0.isPointer && $0.scalar.isWholeNumber }
      }
      guard let count else { throw .noCount(of: parameters[index].name) }
      guard !parameters[count].isPointer, parameters[count].scalar.isWholeNumber else {
        throw .countIsNoNumber(parameters[count].name)
      }
      parameters[index].count = count
      parameters[count].count = count
    }
    let reals = parameters.count { !$0.isPointer && ($0.scalar == .float || $0.scalar == .double) }
    if reals > 8 || parameters.count - reals > 6 { throw .tooMany }
  }

  // MARK: Tokens

  private func peek(_ ahead: Int = 0) -> Substring? {
    at + ahead < tokens.count ? tokens[at + ahead] : nil
  }

  private mutating func take(_ token: Substring) -> Bool {
    guard peek() == token else { return false }
    at += 1
    return true
  }

  private mutating func expect(_ token: Substring) throws(PrototypeProblem) {
    if !take(token) { throw .expected("\"\(token)\"", found: peek().map(String.init) ?? "the end") }
  }

  private mutating func readName(_ what: String) throws(PrototypeProblem) -> String {
    guard let word = peek(), let first = word.first, first.isLetter || first == "_" else {
      throw .expected(what, found: peek().map(String.init) ?? "the end")
    }
    at += 1
    return String(word)
  }

  private func joined(_ range: Range<Int>) -> String {
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

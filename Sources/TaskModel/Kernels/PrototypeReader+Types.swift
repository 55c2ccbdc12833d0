/// The types of declarations, and the numbers in them.
extension PrototypeReader {
  /// A pointer to something unknown is another matter than an unknown number.
  mutating func readPointedType() throws(PrototypeProblem) -> (DeclaredType, Bool) {
    do throws(PrototypeProblem) {
      return try readType()
    } catch {
      let behind = tokens[min(at + 1, tokens.count)...].first { $0 != "const" }
      if case .unknownType(let name) = error, behind == "*" { throw .unknownPointer(name) }
      throw error
    }
  }

  private static let names: [String: DeclaredType] = {
    let scalars: [String: Scalar] = [
      "float": .float, "double": .double, "_Bool": .bool, "bool": .bool, "int8_t": .int8,
      "int16_t": .int16, "int32_t": .int32, "int64_t": .int64, "uint8_t": .uint8,
      "uint16_t": .uint16, "uint32_t": .uint32, "uint64_t": .uint64, "size_t": .uint64,
      "ssize_t": .int64, "ptrdiff_t": .int64, "intptr_t": .int64, "uintptr_t": .uint64,
      "intmax_t": .int64, "uintmax_t": .uint64, "off_t": .int64, "time_t": .int64,
      "clock_t": .int64, "pid_t": .int32, "uint": .uint32, "ulong": .uint64,
      // zlib
      "uLong": .uint64, "uLongf": .uint64, "uInt": .uint32, "uIntf": .uint32, "intf": .int32,
      "z_off_t": .int64, "z_off64_t": .int64, "z_size_t": .uint64, "z_crc_t": .uint32,
      // CBLAS and LAPACKE
      "blasint": .int32, "CBLAS_INT": .int32, "CBLAS_INDEX": .uint64, "lapack_int": .int32,
    ]
    var names = scalars.mapValues { DeclaredType(scalar: $0) }
    names["void"] = DeclaredType(scalar: .void, isByte: true)
    names["Byte"] = DeclaredType(scalar: .uint8, isByte: true)
    names["Bytef"] = names["Byte"]
    names["charf"] = DeclaredType(scalar: .int8, isCharacter: true)
    return names
  }()
  private static let words: Set<Substring> = [
    "char", "short", "int", "long", "signed", "unsigned", "float", "double", "void", "_Bool",
    "bool", "_Complex", "complex",
  ]

  mutating func readType() throws(PrototypeProblem) -> (DeclaredType, isConstant: Bool) {
    var isConstant = false
    var words: [Substring] = []
    while let word = peek() {
      if word == "const" {
        isConstant = true
      } else if Self.words.contains(word) {
        words.append(word)
      } else if words.isEmpty, word == "enum" {
        at += 1
        let type = try readEnumeration()
        while take("const") { isConstant = true }
        return (type, isConstant)
      } else if words.isEmpty, word == "struct" || word == "union" {
        throw .structure(joined(at...min(at + 1, tokens.count - 1)))
      } else if words.isEmpty, let type = known.types[String(word)] ?? Self.names[String(word)] {
        at += 1
        while take("const") { isConstant = true }
        return (type, isConstant)
      } else {
        break
      }
      at += 1
    }
    guard let first = words.first else {
      let found = peek().map(String.init)
      guard let found, Self.isName(found[...]) else {
        throw .expected("a type", found: found ?? "the end")
      }
      throw .unknownType(found)
    }
    if words.count == 1, let type = Self.names[String(first)] { return (type, isConstant) }
    guard let scalar = Self.number(words) else {
      throw .unsupportedType(words.joined(separator: " "))
    }
    let isPlain = words == ["char"]
    return (
      DeclaredType(scalar: scalar, isByte: scalar == .uint8, isCharacter: isPlain), isConstant
    )
  }

  /// The words of a whole number's type, in any order.
  private static func number(_ words: [Substring]) -> Scalar? {
    func count(_ word: Substring) -> Int { words.count { $0 == word } }
    let isUnsigned = count("unsigned") == 1
    guard count("unsigned") + count("signed") <= 1, count("int") <= 1, count("char") <= 1,
      !words.contains(where: { names[String($0)] != nil || $0.hasSuffix("omplex") })
    else { return nil }
    switch (count("char"), count("short"), count("long"), count("int")) {
    case (1, 0, 0, 0): return isUnsigned ? .uint8 : .int8
    case (0, 1, 0, _): return isUnsigned ? .uint16 : .int16
    case (0, 0, 1, _), (0, 0, 2, _): return isUnsigned ? .uint64 : .int64
    case (0, 0, 0, _): return isUnsigned ? .uint32 : .int32
    default: return nil
    }
  }

  /// Behind the word `enum`. One whose constants are not known is a number.
  private mutating func readEnumeration() throws(PrototypeProblem) -> DeclaredType {
    var name: String?
    if let word = peek(), Self.isName(word) {
      name = "enum \(word)"
      at += 1
    }
    guard take("{") else {
      guard let name else {
        throw .expected("an enumeration", found: peek().map(String.init) ?? "the end")
      }
      return known.types[name] ?? DeclaredType(scalar: .int32, isEnumeration: true)
    }
    var type = DeclaredType(scalar: .enumeration)
    var next: Int64 = 0
    while peek() != "}" {
      let constant = try readName("a constant's name")
      if take("=") { next = try readNumber() }
      type.choices.append(DeclaredType.Choice(name: constant, value: next))
      known.constants[constant] = next
      next &+= 1
      if !take(",") { break }
    }
    try expect("}")
    if type.choices.isEmpty { type.scalar = .int32 }
    if let name { known.types[name] = type }
    return type
  }

  mutating func readNumber() throws(PrototypeProblem) -> Int64 {
    if take("(") {
      let number = try readNumber()
      try expect(")")
      return number
    }
    let isNegative = take("-")
    guard let word = peek(), let number = Self.number(word) ?? known.constants[String(word)] else {
      throw .expected("an integer", found: peek().map(String.init) ?? "the end")
    }
    at += 1
    return isNegative ? 0 &- number : number
  }

  /// A whole number as C writes it.
  static func number(_ word: Substring) -> Int64? {
    let digits = word.lowercased().prefix { $0 != "u" && $0 != "l" }
    if digits.hasPrefix("0x") { return Int64(digits.dropFirst(2), radix: 16) }
    return Int64(digits)
  }
}

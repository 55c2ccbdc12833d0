/// Which parameter counts the elements of which array. What stands in brackets is the truth;
/// without them a whole number that follows the array counts it only where nothing else can be
/// meant. A wrong guess gives wrong numbers, or reads memory that is not the array's.
enum ArrayCounts {
  typealias Parameter = PrototypeReader.Parameter

  /// As many as a call can pass: in registers, and behind them on the stack.
  private static let most = (words: 14, reals: 8)
  private static let largest: Int64 = 1 << 20

  static func find(
    _ parameters: inout [Parameter], _ constants: [String: Int64]
  ) throws(PrototypeProblem) {
    for index in parameters.indices where parameters[index].name.isEmpty {
      parameters[index].name = parameters.count == 1 ? "x" : "x\(index + 1)"
    }
    var seen: Set<String> = []
    for one in parameters where !seen.insert(one.name).inserted { throw .twice(one.name) }
    for index in parameters.indices where parameters[index].bracket?.hasPrefix("*") == true {
      try countByCell(index, &parameters)
    }
    for index in parameters.indices
    where parameters[index].isPointer && !parameters[index].isText
      && parameters[index].kind == .value
    {
      try count(index, &parameters, constants)
    }
    for index in parameters.indices where parameters[index].kind == .count {
      // What only the function writes need not be given: its count may be.
      let arrays = parameters.filter { $0.kind == .counted && $0.count == index }
      if arrays.allSatisfy({ !$0.isConstant }) { parameters[index].kind = .optionalCount }
    }
    let reals = parameters.count { !$0.isPointer && $0.type.scalar.isReal }
    if reals > most.reals || parameters.count - reals > most.words { throw .tooMany }
  }

  /// `dest[*destLen]`: the caller says how much room there is, the function how much it used.
  private static func countByCell(
    _ index: Int, _ parameters: inout [Parameter]
  ) throws(PrototypeProblem) {
    let one = parameters[index]
    let name = String((one.bracket ?? "").dropFirst())
    guard let cell = parameters.firstIndex(where: { $0.name == name }) else {
      throw .unknownCount(of: one.name, name: name)
    }
    let type = parameters[cell].type
    guard parameters[cell].isPointer, parameters[cell].bracket == nil, type.scalar.isWholeNumber,
      !type.isByte, !type.isCharacter, !parameters[cell].isConstant, !one.isConstant
    else { throw .countIsNoNumber(name) }
    parameters[cell].kind = .cell
    parameters[index].kind = .byCell
    parameters[index].count = cell
  }

  private static func count(
    _ index: Int, _ parameters: inout [Parameter], _ constants: [String: Int64]
  ) throws(PrototypeProblem) {
    let one = parameters[index]
    var count: Int?
    if let bracket = one.bracket, !bracket.isEmpty {
      count = parameters.firstIndex { $0.name == bracket }
      if count == nil {
        guard let size = PrototypeReader.number(bracket[...]) ?? constants[bracket] else {
          throw .unknownCount(of: one.name, name: bracket)
        }
        guard size > 0, size <= largest else { throw .wrongSize(of: one.name) }
        let isCell = size == 1 && !one.isConstant && !one.type.isByte && !one.type.isCharacter
        parameters[index].kind = isCell ? .cell : .fixed
        parameters[index].count = isCell ? -1 : Int(size)
        return
      }
    } else {
      count = guess(index, parameters)
    }
    guard let count else {
      let numbers = parameters.indices.filter { parameters[$0].isWholeNumber }
      if !numbers.isEmpty {
        let likely = numbers.first { isCount($0, parameters) && belongs(index, $0, parameters) }
        throw .ambiguousCount(
          of: one.name, among: numbers.map { parameters[$0].name },
          example: likely.map { parameters[$0].name } ?? "16")
      }
      if one.type.isCharacter, !one.isConstant { throw .writtenText(one.name) }
      // Nothing can count it: a place for one result.
      guard !one.isConstant, one.bracket == nil, !one.type.isByte else {
        throw .noCount(of: one.name)
      }
      parameters[index].kind = .cell
      return
    }
    guard parameters[count].isWholeNumber else { throw .countIsNoNumber(parameters[count].name) }
    parameters[index].kind = .counted
    parameters[index].count = count
    parameters[count].kind = .count
    parameters[count].count = count
  }

  /// The whole number that counts an array without brackets, where it is clear.
  private static func guess(_ index: Int, _ parameters: [Parameter]) -> Int? {
    let numbers = parameters.indices.filter { parameters[$0].isWholeNumber }
    let next = counter(behind: index, parameters)
    if numbers.count == 1, let only = numbers.first, only > index {
      guard only == next || only == parameters.count - 1, !isOther(parameters[only].name),
        belongs(index, only, parameters)
      else { return nil }
      return only
    }
    guard let next, belongs(index, next, parameters) else { return nil }
    guard isCount(next, parameters) else { return nil }
    // Another one that looks like a count and follows no array of its own may count this, too.
    let followers = Set(
      parameters.indices.filter { parameters[$0].isPointer }.compactMap {
        counter(behind: $0, parameters)
      })
    let others = numbers.filter { $0 != next && isCount($0, parameters) }
    return others.allSatisfy { followers.contains($0) } ? next : nil
  }

  /// The whole number that follows an array, or the arrays that it is one of.
  private static func counter(behind index: Int, _ parameters: [Parameter]) -> Int? {
    let next = parameters[index...].firstIndex { !$0.isPointer }
    return next.flatMap { parameters[$0].isWholeNumber ? $0 : nil }
  }

  /// Of `in` and `inlen` the name says it: it does not count `out`. And what a function writes
  /// beside what it reads may have another size: sums, products, twice as much.
  private static func belongs(_ index: Int, _ count: Int, _ parameters: [Parameter]) -> Bool {
    if index < count, !parameters[index].isConstant {
      let run = parameters[..<count].reversed().prefix { $0.isPointer }
      if run.contains(where: { $0.isConstant }) { return false }
    }
    let named = parameters[..<count].indices.filter {
      parameters[$0].isPointer && isNamed(count, after: $0, parameters)
    }
    return named.isEmpty || named.contains(index)
  }

  private static func isNamed(_ count: Int, after array: Int, _ parameters: [Parameter]) -> Bool {
    func plain(_ name: String) -> String { name.lowercased().filter { $0 != "_" } }
    let array = plain(parameters[array].name)
    let count = plain(parameters[count].name)
    return count.count > array.count && (count.hasPrefix(array) || count.hasSuffix(array))
      && !isOther(count)
  }

  private static func isCount(_ index: Int, _ parameters: [Parameter]) -> Bool {
    let name = parameters[index].name.lowercased()
    let isNamedAfter = parameters[..<index].indices.contains {
      parameters[$0].isPointer && isNamed(index, after: $0, parameters)
    }
    return isNamedAfter || ["n", "m", "nmemb", "cnt", "items", "elements"].contains(name)
      || ["len", "length", "size", "count", "num", "sz", "_n"].contains { name.hasSuffix($0) }
      || ["n_", "num", "len", "count"].contains { name.hasPrefix($0) }
  }

  /// Names of numbers that stand beside arrays and do not count them.
  private static func isOther(_ name: String) -> Bool {
    let name = name.lowercased()
    return ["inc", "stride", "ld", "step", "off", "idx", "index", "flag", "seed", "level", "order"]
      .contains { name.hasPrefix($0) }
  }
}

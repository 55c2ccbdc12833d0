/// The results of a run as a table: a column for each parameter and each result of the kernels
/// that the manifest calls, and a row for each call.
///
/// The columns depend on the manifest and its kernels alone, so that the header can be written
/// before the first result is there.
public struct ResultTable: Sendable {
  /// What a person can choose.
  public struct Style: Sendable, Hashable {
    /// Columns are called `velocity [m/s]` where there is a unit.
    public var hasUnits = false
    /// Columns for the elements of an array. Nil: 64 at most for an array whose longest length
    /// the manifest tells; the others have no such columns.
    public var elements: Int?
    /// In the place of what a terminal would obey in a text stands a picture of it.
    public var isForTerminal = false

    public init() {}

    /// Columns of elements at most.
    public static let mostElements = 65_536
    fileprivate static let fewElements = 64
  }

  /// The columns of one parameter or result: one, or one for each element of an array.
  struct Shape: Sendable {
    let type: ValueType
    var elements = 0
    /// There is a column for the value as a whole, behind those of its elements.
    var hasWhole = true

    var count: Int { elements + (hasWhole ? 1 : 0) }
  }

  struct Group: Sendable {
    /// Without unit and index.
    var name: String
    let unit: String?
    /// The elements that an array always has; nil: any number.
    var count: Int?
    var shape: Shape
  }

  let plan: Plan
  let style: Style
  /// Some task has `repeat`.
  let hasRepeats: Bool
  private(set) var arguments: [Group] = []
  private(set) var results: [Group] = []
  /// For each kernel and group, the index of its parameter or result; nil: the kernel lacks it.
  private(set) var parameterOfGroup: [[Int?]]
  private(set) var resultOfGroup: [[Int?]]
  /// For each kernel and group, what stands there where no argument is given: the default, or
  /// nothing. With the commas before.
  private(set) var absent: [[[UInt8]]]
  /// For each kernel, its name as a field.
  let kernelFields: [[UInt8]]
  /// The arguments of the call that is being written, by parameter.
  var given: [Manifest.Cell?]

  static let before = ["call", "task", "kernel"]
  static let after = [
    "ok", "status", "error_code", "error_name", "error_message", "attempts", "steps", "seconds",
    "start", "lane",
  ]
  private static let reserved = Set(before + ["repeat"] + after)

  /// O(tasks + arguments + kernels).
  public init(_ plan: Plan, _ style: Style = Style()) {
    self.plan = plan
    self.style = style
    hasRepeats = plan.manifest.sweeps.values.contains { $0.repeats > 1 }
    kernelFields = plan.signatures.map { kernel in
      var field: [UInt8] = []
      CSVText.field(to: &field) { $0.append(contentsOf: Printable.lines(kernel.name).utf8) }
      return field
    }
    parameterOfGroup = plan.signatures.map { _ in [] }
    resultOfGroup = parameterOfGroup
    absent = plan.signatures.map { _ in [] }
    given = [Manifest.Cell?](
      repeating: nil, count: plan.signatures.map { $0.parameters.count }.max() ?? 0)
    let kernels = plan.kernelsInOrder
    let parameters = Self.group(kernels, plan.signatures, "arg") { $0.parameters }
    let results = Self.group(kernels, plan.signatures, "result") { $0.results }
    // A name that both sides have, or that another column has, is told apart by its side.
    let shared = Set(parameters.groups.map { $0.name })
      .intersection(results.groups.map { $0.name }).union(Self.reserved)
    self.arguments = parameters.groups.map { Self.apart($0, "arg", from: shared) }
    self.results = results.groups.map { Self.apart($0, "result", from: shared) }
    for kernel in kernels {
      parameterOfGroup[kernel] = parameters.index[kernel] ?? []
      resultOfGroup[kernel] = results.index[kernel] ?? []
    }
    spreadArrays()
    for kernel in kernels {
      absent[kernel] = arguments.indices.map { index in
        var fields: [UInt8] = []
        let parameter = parameterOfGroup[kernel][index]
        let value = parameter.map { plan.signatures[kernel].parameters[$0].defaultValue }
        write(value ?? .null, arguments[index].shape, to: &fields)
        return fields
      }
    }
  }

  private static func apart(_ group: Group, _ side: String, from shared: Set<String>) -> Group {
    var group = group
    if shared.contains(group.name) { group.name = "\(side).\(group.name)" }
    return group
  }

  /// One group for each name of a side; where kernels differ in its type or unit, one for each
  /// kernel.
  private static func group(
    _ kernels: [Int], _ signatures: [KernelSignature], _ side: String,
    _ fields: (KernelSignature) -> [FieldSignature]
  ) -> (groups: [Group], index: [Int: [Int?]]) {
    struct Kind: Hashable {
      let type: ValueType
      let unit: String?
      let count: Int?
    }
    var kinds: [String: Set<Kind>] = [:]
    for kernel in kernels {
      for field in fields(signatures[kernel]) {
        kinds[field.name, default: []].insert(
          Kind(type: field.type, unit: field.unit, count: field.count))
      }
    }
    var groups: [Group] = []
    var numbers: [String: Int] = [:]
    var places: [Int: [(group: Int, field: Int)]] = [:]
    for kernel in kernels {
      for (index, field) in fields(signatures[kernel]).enumerated() {
        let isShared = kinds[field.name]?.count == 1
        let name = isShared ? field.name : "\(signatures[kernel].name).\(side).\(field.name)"
        let known = isShared ? numbers[field.name] : nil
        if known == nil {
          groups.append(
            Group(
              name: name, unit: field.unit, count: field.count, shape: Shape(type: field.type)))
          if isShared { numbers[field.name] = groups.count - 1 }
        }
        places[kernel, default: []].append((known ?? groups.count - 1, index))
      }
    }
    var index: [Int: [Int?]] = [:]
    for (kernel, places) in places {
      var row = [Int?](repeating: nil, count: groups.count)
      for place in places { row[place.group] = place.field }
      index[kernel] = row
    }
    let none = [Int?](repeating: nil, count: groups.count)
    return (groups, index.merging(kernels.map { ($0, none) }) { first, _ in first })
  }

  /// The columns of elements. How long an argument is, the manifest mostly tells; how long a
  /// result is, its kernel tells when it is there, unless it is declared.
  private mutating func spreadArrays() {
    let longest = plan.longestArrays
    for index in arguments.indices where arguments[index].shape.type.isArray {
      var most: Int? = 0
      for kernel in parameterOfGroup.indices where index < parameterOfGroup[kernel].count {
        guard let parameter = parameterOfGroup[kernel][index] else { continue }
        let length = longest[kernel, default: [:]][parameter] ?? .known(0)
        guard case .known(let count) = length, let known = most else {
          most = nil
          continue
        }
        most = max(
          known, count, plan.signatures[kernel].parameters[parameter].defaultValue.count)
      }
      guard let most, most > 0, most <= style.elements ?? Style.fewElements else { continue }
      arguments[index].shape.elements = most
      arguments[index].shape.hasWhole = false
    }
    for index in results.indices where results[index].shape.type.isArray {
      if let count = results[index].count, count <= style.elements ?? Style.fewElements {
        results[index].shape.elements = count
        results[index].shape.hasWhole = count == 0
      } else {
        results[index].shape.elements = style.elements ?? 0
      }
    }
  }

  // MARK: The header

  /// Appends the names of all columns, and a line feed. O(columns).
  public func writeHeader(to buffer: inout [UInt8]) {
    for (index, name) in names.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      CSVText.field(to: &buffer) { $0.append(contentsOf: Printable.lines(name).utf8) }
    }
    buffer.append(10)
  }

  /// The names of all columns; each stands there once.
  var names: [String] {
    var names = Self.before + (hasRepeats ? ["repeat"] : [])
    for group in arguments + results { names += columns(of: group) }
    names += Self.after
    var seen: Set<String> = []
    return names.map { name in
      var unique = name
      var number = 2
      while !seen.insert(unique).inserted {
        unique = "\(name)_\(number)"
        number += 1
      }
      return unique
    }
  }

  private func columns(of group: Group) -> [String] {
    let unit = style.hasUnits ? group.unit.map { " [\($0)]" } ?? "" : ""
    return (0..<group.shape.elements).map { "\(group.name)[\($0)]\(unit)" }
      + (group.shape.hasWhole ? [group.name + unit] : [])
  }
}

/// What each kernel's arguments may be.
extension ManifestSchema {
  /// Of a kernel's arguments in `$defs`.
  static func definition(of kernel: KernelSignature) -> String { "args.\(kernel.name)" }

  /// What a task's `args` are if it calls the kernel.
  func choice(of kernel: KernelSignature) -> JSONTree {
    let reference = Self.pointer("$defs", Self.definition(of: kernel))
    let axes = kernel.parameters.map { parameter in
      let place = Self.pointer(
        "$defs", Self.definition(of: kernel), "properties", parameter.name, "anyOf", "0")
      return JSONTree.Member(
        name: parameter.name, value: ["items": ["$ref": .value(.text(place))]])
    }
    // What they take where no parameter is called so.
    let isFree = { (name: String) in kernel.parameterIndex(name) == nil }
    let file: [JSONTree.Member] =
      isFree(PointsFile.key) ? [.init(name: PointsFile.key, value: ["type": "string"])] : []
    let columns: [JSONTree.Member] =
      isFree(PointsFile.columnsKey) ? [.init(name: PointsFile.columnsKey, value: [:])] : []
    let needs: [JSONTree.Member] =
      columns.isEmpty
      ? [] : [.init(name: PointsFile.columnsKey, value: [.value(.text(PointsFile.key))])]
    let sweep: JSONTree = [
      "properties": .object(axes + file + columns), "additionalProperties": false,
      "dependentRequired": .object(needs),
    ]
    let then: JSONTree = [
      "properties": [
        "args": ["$ref": .value(.text(reference))],
        "sweep": sweep,
      ]
    ]
    return [
      "if": [
        "properties": ["kernel": ["const": .value(.text(kernel.name))]],
        "required": ["kernel"],
      ],
      "then": then.adding(Self.whatMustBeGiven(to: kernel)),
    ]
  }

  /// What has no default is an argument, unless a sweep may have it.
  private static func whatMustBeGiven(to kernel: KernelSignature) -> [JSONTree.Member] {
    let required = kernel.parameters.filter { $0.isRequired }.map { $0.name }
    guard let last = kernel.parameters.lastIndex(where: { $0.isRequired }) else { return [] }
    let rule: JSONTree = [
      "if": ["not": ["required": ["sweep"]]],
      "then": [
        "required": ["args"],
        "properties": [
          "args": [
            "required": JSONTree(texts: required), "minItems": .value(.integer(Int64(last + 1))),
          ]
        ],
      ],
    ]
    return rule.members
  }

  /// A kernel's arguments: by name where they are an object, in order where an array.
  func arguments(of kernel: KernelSignature) -> JSONTree {
    let parameters = kernel.parameters
    let properties = parameters.map {
      JSONTree.Member(name: $0.name, value: Self.parameter($0))
    }
    var schema: JSONTree = [
      "description": .value(.text("\(kernel.name): \(kernel.summary)")),
      "type": ["object", "array"],
      "properties": .object(properties),
      "additionalProperties": false,
    ]
    func add(_ name: String, _ value: JSONTree) {
      schema = schema.adding([.init(name: name, value: value)])
    }
    if parameters.isEmpty {
      // `prefixItems` may not be empty.
      add("maxItems", 0)
      return schema
    }
    let places = parameters.map {
      Self.pointer("$defs", Self.definition(of: kernel), "properties", $0.name)
    }
    add("prefixItems", .array(places.map { ["$ref": .value(.text($0))] }))
    add("items", false)
    return schema
  }

  private static func parameter(_ field: FieldSignature) -> JSONTree {
    var description = field.doc.isEmpty ? "" : field.doc + " "
    description += "(\(field.typeName)" + (field.unit.map { ", in \($0)" } ?? "") + ")"
    let start: JSONTree = ["description": .value(.text(description))]
    let schema = start.adding([
      .init(name: "anyOf", value: .array([values(field)] + references(field)))
    ])
    if field.isRequired { return schema }
    return schema.adding([.init(name: "default", value: .value(field.defaultValue))])
  }

  /// What a parameter can be beside its plain values, which no sweep can have.
  private static func references(_ field: FieldSignature) -> [JSONTree] {
    guard field.type.isArray else { return [["$ref": "#/$defs/result"]] }
    let item = field.type.isReal ? number(field) : integer(field)
    return [
      ["$ref": "#/$defs/reference"],
      array(of: ["anyOf": .array([item, ["$ref": "#/$defs/result"]])], field),
    ]
  }

  private static func values(_ field: FieldSignature) -> JSONTree {
    switch field.type {
    case .bool: ["type": "boolean"]
    case .i64: integer(field)
    case .f64: number(field)
    case .text:
      field.choices.isEmpty ? ["type": "string"] : ["enum": JSONTree(texts: field.choices)]
    case .bytes: ["$ref": "#/$defs/bytes"]
    case .i64Array: array(of: integer(field), field)
    case .f64Array: array(of: number(field), field)
    }
  }

  private static func array(of item: JSONTree, _ field: FieldSignature) -> JSONTree {
    let schema: JSONTree = ["type": "array", "items": item]
    guard let count = field.count else { return schema }
    return schema.adding(
      ["minItems", "maxItems"].map { .init(name: $0, value: .value(.integer(Int64(count)))) })
  }

  private static func integer(_ field: FieldSignature) -> JSONTree {
    let (low, high) = field.exactLimits
    // A minimum above the maximum allows no number, as it should.
    var limits = (Value.integer(low), Value.integer(high))
    if let above = field.unsignedLimits {
      limits.1 = .unsigned(above.upperBound)
      if low > high { limits.0 = .unsigned(above.lowerBound) }
    }
    return ["type": "integer", "minimum": .value(limits.0), "maximum": .value(limits.1)]
  }

  /// An f64 without a range. What JSON cannot write is a text; numbers that are too large
  /// for one are refused, where a reader of JSON may take them for infinity.
  static let anyNumber: JSONTree = [
    "anyOf": [
      finite(-.greatestFiniteMagnitude, .greatestFiniteMagnitude),
      ["enum": JSONTree(texts: NonFiniteName.all)],
    ]
  ]

  private static func number(_ field: FieldSignature) -> JSONTree {
    if field.range == nil, !field.isFloat { return ["$ref": "#/$defs/f64"] }
    let range = field.range ?? -.infinity ... .infinity
    let greatest =
      field.isFloat ? Double(Float.greatestFiniteMagnitude) : Double.greatestFiniteMagnitude
    var branches: [JSONTree] = []
    let (low, high) = (max(range.lowerBound, -greatest), min(range.upperBound, greatest))
    if low <= high {
      branches.append(
        .object([
          .init(name: "type", value: "number"),
          .init(name: field.isLowOpen ? "exclusiveMinimum" : "minimum", value: bound(low)),
          .init(name: field.isHighOpen ? "exclusiveMaximum" : "maximum", value: bound(high)),
        ]))
    }
    // NaN is in no range.
    var texts: [String] = field.range == nil ? [NonFiniteName.name(.nan)] : []
    if range.upperBound == .infinity { texts.append(NonFiniteName.name(.infinity)) }
    if range.lowerBound == -.infinity { texts.append(NonFiniteName.name(-.infinity)) }
    if !texts.isEmpty { branches.append(["enum": JSONTree(texts: texts)]) }
    return branches.count == 1 ? branches[0] : ["anyOf": .array(branches)]
  }

  private static func finite(_ low: Double, _ high: Double) -> JSONTree {
    ["type": "number", "minimum": bound(low), "maximum": bound(high)]
  }

  /// Whole numbers as people write them.
  private static func bound(_ number: Double) -> JSONTree {
    if number.magnitude < 0x1p53, let whole = Int64(exactly: number) {
      return .value(.integer(whole))
    }
    return .value(.number(number))
  }

  /// A reference into this document (RFC 6901, in a URI's fragment): plugins may choose
  /// names with any character.
  static func pointer(_ steps: String...) -> String {
    var text = "#"
    for step in steps {
      text += "/"
      for byte in step.utf8 {
        switch byte {
        case UInt8(ascii: "~"): text += "~0"
        case UInt8(ascii: "/"): text += "~1"
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
          UInt8(ascii: "-"), UInt8(ascii: "$"):
          text.unicodeScalars.append(Unicode.Scalar(byte))
        default:
          let digits = String(byte, radix: 16, uppercase: true)
          text += "%" + (byte < 16 ? "0" : "") + digits
        }
      }
    }
    return text
  }
}

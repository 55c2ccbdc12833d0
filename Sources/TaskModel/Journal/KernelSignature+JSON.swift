/// A kernel's signature as a journal keeps it, so that results can be written without its plugin.
extension KernelSignature {
  /// Appends it as a JSON object, with what its code is known by, and without what only people
  /// read of it. O(size).
  func write(content: String, to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"name\":", to: &buffer)
    JSONWriter.text(name, to: &buffer)
    JSONWriter.raw(",\"content\":", to: &buffer)
    JSONWriter.text(content, to: &buffer)
    JSONWriter.raw(",\"origin\":", to: &buffer)
    JSONWriter.text(origin, to: &buffer)
    JSONWriter.raw(",\"pure\":\(isPure),\"flat\":\(isFlat),\"parameters\":[", to: &buffer)
    Self.list(parameters, to: &buffer) { $0.write(to: &$1) }
    JSONWriter.raw("],\"results\":[", to: &buffer)
    Self.list(results, to: &buffer) { $0.write(to: &$1) }
    JSONWriter.raw("],\"errors\":[", to: &buffer)
    Self.list(errors, to: &buffer) { error, buffer in
      JSONWriter.raw("{\"code\":\(error.code),\"name\":", to: &buffer)
      JSONWriter.text(error.name, to: &buffer)
      JSONWriter.raw("}", to: &buffer)
    }
    JSONWriter.raw("]}", to: &buffer)
  }

  private static func list<Element>(
    _ elements: [Element], to buffer: inout [UInt8], _ write: (Element, inout [UInt8]) -> Void
  ) {
    for (index, element) in elements.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      write(element, &buffer)
    }
  }
}

extension FieldSignature {
  /// Without what is as it mostly is.
  fileprivate func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"name\":", to: &buffer)
    JSONWriter.text(name, to: &buffer)
    JSONWriter.raw(",\"type\":\"\(type.rawValue)\"", to: &buffer)
    if let count { JSONWriter.raw(",\"count\":\(count)", to: &buffer) }
    if let unit {
      JSONWriter.raw(",\"unit\":", to: &buffer)
      JSONWriter.text(unit, to: &buffer)
    }
    if let range {
      JSONWriter.raw(",\"range\":", to: &buffer)
      JSONWriter.value(.numbers([range.lowerBound, range.upperBound]), to: &buffer)
      if isLowOpen { JSONWriter.raw(",\"low_open\":true", to: &buffer) }
      if isHighOpen { JSONWriter.raw(",\"high_open\":true", to: &buffer) }
    }
    if width != Int64.min...Int64.max {
      JSONWriter.raw(",\"width\":[\(width.lowerBound),\(width.upperBound)]", to: &buffer)
    }
    if isFloat { JSONWriter.raw(",\"float\":true", to: &buffer) }
    if isPath { JSONWriter.raw(",\"is_path\":true", to: &buffer) }
    if isRequired { JSONWriter.raw(",\"required\":true", to: &buffer) }
    if !choices.isEmpty {
      JSONWriter.raw(",\"choices\":[", to: &buffer)
      for (index, choice) in choices.enumerated() {
        if index > 0 { buffer.append(UInt8(ascii: ",")) }
        JSONWriter.text(choice, to: &buffer)
      }
      JSONWriter.raw("]", to: &buffer)
    }
    if defaultValue != .null {
      JSONWriter.raw(",\"default\":", to: &buffer)
      JSONWriter.value(defaultValue, to: &buffer)
    }
    JSONWriter.raw("}", to: &buffer)
  }
}

extension RecordParser {
  /// A kernel, and what its code is known by.
  mutating func kernel() throws(JSONError) -> (signature: KernelSignature, content: String) {
    var (name, content, origin) = ("", "", "")
    var (isPure, isFlat) = (false, false)
    var parameters: [FieldSignature] = []
    var results: [FieldSignature] = []
    var errors: [DeclaredError] = []
    try members { (parser, key) throws(JSONError) in
      switch key {
      case "name": name = try parser.word()
      case "content": content = try parser.word()
      case "origin": origin = try parser.word()
      case "pure": isPure = try parser.isTrue()
      case "flat": isFlat = try parser.isTrue()
      case "parameters":
        try parser.elements { (parser) throws(JSONError) in parameters.append(try parser.field()) }
      case "results":
        try parser.elements { (parser) throws(JSONError) in results.append(try parser.field()) }
      case "errors":
        try parser.elements { (parser) throws(JSONError) in
          let error = try parser.error()
          errors.append(
            DeclaredError(code: Int32(clamping: error.code), name: error.name, text: ""))
        }
      default: _ = try parser.reader.skipValue()
      }
    }
    return (
      KernelSignature(
        name: name, parameters: parameters, results: results, errors: errors, isPure: isPure,
        isFlat: isFlat, origin: origin), content
    )
  }

  private mutating func isTrue() throws(JSONError) -> Bool {
    guard try reader.kind() == .bool else {
      _ = try reader.skipValue()
      return false
    }
    return try reader.readBool()
  }

  private mutating func field() throws(JSONError) -> FieldSignature {
    var name = ""
    var type = ValueType.i64
    var count: Int?
    var unit: String?
    var range = Value.null
    var width = Value.null
    var (isLowOpen, isHighOpen, isFloat, isPath, isRequired) = (false, false, false, false, false)
    var choices: [String] = []
    var defaultValue = Value.null
    try members { (parser, key) throws(JSONError) in
      switch key {
      case "name": name = try parser.word()
      case "type": type = ValueType(rawValue: try parser.word()) ?? .i64
      case "count": count = try parser.number()
      case "unit": unit = try parser.word()
      case "range": range = try parser.value()
      case "low_open": isLowOpen = try parser.isTrue()
      case "high_open": isHighOpen = try parser.isTrue()
      case "width": width = try parser.value()
      case "float": isFloat = try parser.isTrue()
      case "is_path": isPath = try parser.isTrue()
      case "required": isRequired = try parser.isTrue()
      case "choices": choices = try parser.words()
      case "default": defaultValue = try parser.value()
      default: _ = try parser.reader.skipValue()
      }
    }
    let plain = FieldSignature(name: name, type: type)
    return FieldSignature(
      name: name, type: type, count: count, unit: unit, range: Self.ends(range),
      isLowOpen: isLowOpen, isHighOpen: isHighOpen,
      width: Self.wholeEnds(width) ?? Int64.min...Int64.max, isFloat: isFloat, choices: choices,
      isPath: isPath, isRequired: isRequired, defaultValue: defaultValue.read(as: [plain]) ?? .null)
  }

  private static func ends(_ value: Value) -> ClosedRange<Double>? {
    guard
      case .numbers(let ends)? = value.read(as: [FieldSignature(name: "", type: .f64Array)]),
      ends.count == 2, ends[0] <= ends[1]
    else { return nil }
    return ends[0]...ends[1]
  }

  private static func wholeEnds(_ value: Value) -> ClosedRange<Int64>? {
    guard
      case .integers(let ends)? = value.read(as: [FieldSignature(name: "", type: .i64Array)]),
      ends.count == 2, ends[0] <= ends[1]
    else { return nil }
    return ends[0]...ends[1]
  }
}

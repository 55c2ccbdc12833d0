/// A record as a row of the table.
extension ResultTable {
  /// Appends the row, with a line feed. What is missing is an empty field. O(size).
  public mutating func write(_ record: CallRecord, to buffer: inout [UInt8]) {
    let call = record.located(in: plan)
    let kernel = plan.kernelIndex(ofTask: call.task)
    JSONWriter.unsigned(UInt64(call.call), to: &buffer)
    buffer.append(UInt8(ascii: ","))
    if let name = plan.nameBytes(ofTask: call.task) {
      CSVText.field(to: &buffer) { $0.append(contentsOf: name) }
    }
    buffer.append(UInt8(ascii: ","))
    buffer += kernelFields[kernel]
    if hasRepeats {
      buffer.append(UInt8(ascii: ","))
      JSONWriter.unsigned(UInt64(plan.repetition(of: call)), to: &buffer)
    }
    writeArguments(record, call, kernel, to: &buffer)
    writeResults(record.token.result, kernel, to: &buffer)
    writeEnd(record, to: &buffer)
  }

  private mutating func writeArguments(
    _ record: CallRecord, _ call: CallReference, _ kernel: Int, to buffer: inout [UInt8]
  ) {
    if arguments.isEmpty { return }
    for index in given.indices { given[index] = nil }
    plan.forEachArgument(of: call) { parameter, cell in given[parameter] = cell }
    for index in arguments.indices {
      guard let parameter = parameterOfGroup[kernel][index], let cell = given[parameter] else {
        buffer += absent[kernel][index]
        continue
      }
      let shape = arguments[index].shape
      switch (shape.type, cell) {
      case (.f64, .number(let value)):
        buffer.append(UInt8(ascii: ","))
        CSVText.number(value, to: &buffer)
      case (.i64, .integer(let value)):
        buffer.append(UInt8(ascii: ","))
        JSONWriter.integer(value, to: &buffer)
      case (_, .reference), (_, .mixed):
        let value = record.taken.first { $0.parameter == parameter }?.value ?? .null
        write(value, shape, to: &buffer)
      case (.f64Array, .integers(let range)):
        write(.numbers(plan.manifest.pools.reals(range)), shape, to: &buffer)
      default: write(plan.manifest.pools.value(cell), shape, to: &buffer)
      }
    }
  }

  private func writeResults(_ result: Value?, _ kernel: Int, to buffer: inout [UInt8]) {
    let isOne = plan.signatures[kernel].results.count == 1
    for index in results.indices {
      let shape = results[index].shape
      guard let result, let place = resultOfGroup[kernel][index] else {
        missing(shape, to: &buffer)
        continue
      }
      if isOne {
        write(result, shape, to: &buffer)
      } else if case .record(let fields) = result, place < fields.count {
        write(fields[place].value, shape, to: &buffer)
      } else {
        missing(shape, to: &buffer)
      }
    }
  }

  private func writeEnd(_ record: CallRecord, to buffer: inout [UInt8]) {
    let token = record.token
    JSONWriter.raw(token.ok ? ",true," : ",false,", to: &buffer)
    JSONWriter.raw(token.status.rawValue, to: &buffer)
    buffer.append(UInt8(ascii: ","))
    if let error = token.error {
      JSONWriter.integer(Int64(error.code), to: &buffer)
      for text in [error.name, error.message] {
        buffer.append(UInt8(ascii: ","))
        CSVText.field(to: &buffer) { $0.append(contentsOf: Printable.lines(text).utf8) }
      }
    } else {
      JSONWriter.raw(",,", to: &buffer)
    }
    buffer.append(UInt8(ascii: ","))
    JSONWriter.integer(Int64(token.attempts), to: &buffer)
    buffer.append(UInt8(ascii: ","))
    JSONWriter.integer(token.steps, to: &buffer)
    buffer.append(UInt8(ascii: ","))
    JSONWriter.seconds(token.seconds, to: &buffer)
    buffer.append(UInt8(ascii: ","))
    if record.hasStart {
      JSONWriter.seconds(record.start, to: &buffer)
      buffer.append(UInt8(ascii: ","))
      JSONWriter.unsigned(UInt64(record.lane), to: &buffer)
    } else {
      buffer.append(UInt8(ascii: ","))
    }
    buffer.append(10)
  }

  // MARK: Values

  private func missing(_ shape: Shape, to buffer: inout [UInt8]) {
    buffer.append(contentsOf: repeatElement(UInt8(ascii: ","), count: shape.count))
  }

  /// A value in its columns, each behind a comma.
  func write(_ value: Value, _ shape: Shape, to buffer: inout [UInt8]) {
    guard shape.type.isArray else {
      buffer.append(UInt8(ascii: ","))
      return scalar(value, shape.type, to: &buffer)
    }
    switch value {
    case .integers(let values):
      let isReal = shape.type.isReal
      elements(values, shape, to: &buffer) { value, buffer in
        isReal
          ? CSVText.number(Double(value), to: &buffer) : JSONWriter.integer(value, to: &buffer)
      }
    case .numbers(let values):
      elements(values, shape, to: &buffer) { value, buffer in
        CSVText.number(value, to: &buffer)
      }
    default: return missing(shape, to: &buffer)
    }
    guard shape.hasWhole else { return }
    buffer.append(UInt8(ascii: ","))
    // What its elements' columns hold is not told twice.
    if shape.elements > 0, value.count <= shape.elements { return }
    CSVText.field(to: &buffer) { JSONWriter.value(value, nonFinite: .bare, to: &$0) }
  }

  private func elements<Element>(
    _ values: [Element], _ shape: Shape, to buffer: inout [UInt8],
    _ write: (Element, inout [UInt8]) -> Void
  ) {
    for index in 0..<shape.elements {
      buffer.append(UInt8(ascii: ","))
      if index < values.count { write(values[index], &buffer) }
    }
  }

  private func scalar(_ value: Value, _ type: ValueType, to buffer: inout [UInt8]) {
    let isReal = type.isReal
    switch value {
    case .null: break
    case .bool(let value): JSONWriter.raw(value ? "true" : "false", to: &buffer)
    case .integer(let value) where isReal: CSVText.number(Double(value), to: &buffer)
    case .unsigned(let value) where isReal: CSVText.number(Double(value), to: &buffer)
    case .integer(let value): JSONWriter.integer(value, to: &buffer)
    case .unsigned(let value): JSONWriter.unsigned(value, to: &buffer)
    case .number(let value): CSVText.number(value, to: &buffer)
    case .text(let text) where type == .bytes: Base64.encode(Array(text.utf8), to: &buffer)
    case .text(let text):
      if isReal, let value = NonFiniteName.value(text) {
        CSVText.number(value, to: &buffer)
      } else {
        CSVText.text((style.isForTerminal ? Printable.lines(text) : text).utf8, to: &buffer)
      }
    case .bytes(let bytes): Base64.encode(bytes, to: &buffer)
    case .integers, .numbers, .record:
      CSVText.field(to: &buffer) { JSONWriter.value(value, nonFinite: .bare, to: &$0) }
    }
  }
}

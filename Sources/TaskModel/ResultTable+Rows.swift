/// A record as a row of the table.
extension ResultTable {
  /// Appends the row, with a line feed. What is missing is an empty field. O(size).
  public mutating func write(_ record: CallRecord, to buffer: inout [UInt8]) {
    let call = record.call
    let kernel = plan.kernelIndex(ofCall: call)
    JSONWriter.unsigned(UInt64(call), to: &buffer)
    buffer.append(UInt8(ascii: ","))
    if let name = plan.taskNameBytes(ofCall: call) {
      CSVText.field(to: &buffer) { $0.append(contentsOf: name) }
    }
    buffer.append(UInt8(ascii: ","))
    CSVText.field(to: &buffer) {
      $0.append(contentsOf: Printable.lines(plan.signatures[kernel].name).utf8)
    }
    if hasRepeats {
      buffer.append(UInt8(ascii: ","))
      JSONWriter.unsigned(UInt64(plan.repetition(ofCall: call)), to: &buffer)
    }
    writeArguments(record, kernel, to: &buffer)
    writeResults(record.token.result, kernel, to: &buffer)
    writeEnd(record, to: &buffer)
  }

  private mutating func writeArguments(
    _ record: CallRecord, _ kernel: Int, to buffer: inout [UInt8]
  ) {
    if arguments.isEmpty { return }
    let count = defaults[kernel].count
    for index in 0..<count { given[index] = nil }
    plan.forEachArgument(ofCall: record.call) { parameter, cell in given[parameter] = cell }
    let places = parameterOfGroup[kernel]
    for index in arguments.indices {
      guard index < places.count, let parameter = places[index] else {
        missing(arguments[index], to: &buffer)
        continue
      }
      guard let cell = given[parameter] else {
        write(defaults[kernel][parameter], arguments[index], to: &buffer)
        continue
      }
      switch (arguments[index].field.type, cell) {
      case (.f64, .number(let value)):
        buffer.append(UInt8(ascii: ","))
        CSVText.number(value, to: &buffer)
      case (.i64, .integer(let value)):
        buffer.append(UInt8(ascii: ","))
        JSONWriter.integer(value, to: &buffer)
      case (_, .reference), (_, .mixed):
        let value = record.taken.first { $0.parameter == parameter }?.value ?? .null
        write(value, arguments[index], to: &buffer)
      case (.f64Array, .integers(let range)):
        write(.numbers(plan.manifest.pools.reals(range)), arguments[index], to: &buffer)
      default: write(plan.manifest.pools.value(cell), arguments[index], to: &buffer)
      }
    }
  }

  private func writeResults(_ result: Value?, _ kernel: Int, to buffer: inout [UInt8]) {
    let places = resultOfGroup[kernel]
    for (index, group) in results.enumerated() {
      guard let result, index < places.count, let place = places[index] else {
        missing(group, to: &buffer)
        continue
      }
      guard plan.signatures[kernel].results.count > 1 else {
        write(result, group, to: &buffer)
        continue
      }
      guard case .record(let fields) = result, place < fields.count else {
        missing(group, to: &buffer)
        continue
      }
      write(fields[place].value, group, to: &buffer)
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

  private func missing(_ group: Group, to buffer: inout [UInt8]) {
    let count = group.elements + (group.hasWhole ? 1 : 0)
    buffer.append(contentsOf: repeatElement(UInt8(ascii: ","), count: count))
  }

  /// A value in the columns of its group, each behind a comma.
  private func write(_ value: Value, _ group: Group, to buffer: inout [UInt8]) {
    guard group.field.type.isArray else {
      buffer.append(UInt8(ascii: ","))
      return scalar(value, group.field.type, to: &buffer)
    }
    switch value {
    case .integers(let values):
      let isReal = group.field.type == .f64Array
      elements(values, group, to: &buffer) { value, buffer in
        isReal
          ? CSVText.number(Double(value), to: &buffer) : JSONWriter.integer(value, to: &buffer)
      }
    case .numbers(let values):
      elements(values, group, to: &buffer) { value, buffer in
        CSVText.number(value, to: &buffer)
      }
    default: return missing(group, to: &buffer)
    }
    guard group.hasWhole else { return }
    buffer.append(UInt8(ascii: ","))
    // What its elements' columns hold is not told twice.
    if group.elements > 0, value.count <= group.elements { return }
    CSVText.field(to: &buffer) { JSONWriter.value(value, nonFinite: .bare, to: &$0) }
  }

  private func elements<Element>(
    _ values: [Element], _ group: Group, to buffer: inout [UInt8],
    _ write: (Element, inout [UInt8]) -> Void
  ) {
    for index in 0..<group.elements {
      buffer.append(UInt8(ascii: ","))
      if index < values.count { write(values[index], &buffer) }
    }
  }

  private func scalar(_ value: Value, _ type: ValueType, to buffer: inout [UInt8]) {
    let isReal = type == .f64
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
      if isReal, let value = ArgumentCheck.nonFinite(text) {
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

/// Tasks that wait for others, as they are written.
extension Manifest {
  /// A name in a task's `after`. 20 bytes.
  struct After: Sendable {
    /// The number of the task that waits.
    let task: UInt32
    /// Of the task that it waits for, in `pools.text`.
    let name: PoolRange
    let place: UInt32
  }

  /// `{"result": "name"}` or `{"results": "name"}`, with a field's name behind a point.
  struct Reference: Sendable {
    /// In `pools.text`.
    let name: PoolRange
    let place: UInt32
    /// The results of all calls of the task, as an array.
    let isAll: Bool

    var key: ManifestKey { isAll ? .results : .result }
  }

  /// Of an array with references.
  enum Element: Sendable {
    case integer(Int64)
    case minusZero
    case number(Double)
    /// Into `references`.
    case reference(UInt32)
  }

  /// An argument for people: arrays and other tasks' results as their JSON. O(size).
  func shown(_ cell: Cell) -> Value {
    switch cell {
    case .integers, .numbers, .mixed, .reference:
      var buffer: [UInt8] = []
      write(cell, to: &buffer)
      return .text(String(decoding: buffer, as: UTF8.self))
    default: return pools.value(cell)
    }
  }

  /// Appends an argument as JSON. O(size).
  func write(_ cell: Cell, to buffer: inout [UInt8]) {
    switch cell {
    case .reference(let index): write(references[Int(index)], to: &buffer)
    case .mixed(let range):
      for (index, element) in elements[range.indices].enumerated() {
        buffer.append(UInt8(ascii: index == 0 ? "[" : ","))
        switch element {
        case .integer(let value): JSONWriter.integer(value, to: &buffer)
        case .minusZero: JSONWriter.raw("-0", to: &buffer)
        case .number(let value): JSONWriter.number(value, to: &buffer)
        case .reference(let index): write(references[Int(index)], to: &buffer)
        }
      }
      buffer.append(UInt8(ascii: "]"))
    case .integers(let range) where !pools.minusZeros.isEmpty:
      for index in range.indices {
        buffer.append(UInt8(ascii: index == range.indices.lowerBound ? "[" : ","))
        if pools.isMinusZero(index) { buffer.append(UInt8(ascii: "-")) }
        JSONWriter.integer(pools.integers[index], to: &buffer)
      }
      if range.isEmpty { buffer.append(UInt8(ascii: "[")) }
      buffer.append(UInt8(ascii: "]"))
    default: JSONWriter.value(pools.value(cell), to: &buffer)
    }
  }

  private func write(_ reference: Reference, to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"\(reference.key.text)\":", to: &buffer)
    JSONWriter.text(pools.text[reference.name.indices], to: &buffer)
    buffer.append(UInt8(ascii: "}"))
  }
}

extension Manifest.Cell {
  /// Whether it takes another task's result to know the value.
  public var waits: Bool {
    switch self {
    case .reference, .mixed: true
    default: false
    }
  }
}

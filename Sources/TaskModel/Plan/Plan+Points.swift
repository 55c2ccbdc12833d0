/// The values of a call's sweep, by the names of their parameters.
extension Plan {
  /// Returns them as values. O(values).
  func namedPoint(of call: CallReference) -> [Value.Field] {
    let (task, point) = (call.task, call.point)
    guard let sweep = sweep(ofTask: task) else { return [] }
    var fields: [Value.Field] = []
    sweep.forEachIndex(ofCall: point) { axis, index in
      let axis = sweep.axes[axis]
      fields.append(
        .init(
          name: manifest.names.name(axis.key),
          value: pointValue(manifest.value(index, of: axis), of: axis, task)))
    }
    if sweep.repeats > 1 {
      fields.append(.init(name: "repeat", value: .integer(Int64(point % sweep.repeats))))
    }
    if sweep.seedParameter != nil {
      fields.append(.init(name: "seed", value: .integer(Int64(point))))
    }
    return fields
  }

  /// Appends a call's values of its task's sweep as a JSON object; "repeat" tells the calls of
  /// one point apart. `note` gets each parameter with its value, and where in the buffer that is
  /// as text; `marks` gets the numbers that are null. O(values).
  @inline(__always)
  func writePoint(
    of call: CallReference, nan: NaNStyle, marks: inout [String], to buffer: inout [UInt8],
    _ note: (_ parameter: Int, _ value: Manifest.Cell, _ text: Range<Int>) -> Void = { _, _, _ in }
  ) {
    buffer.append(UInt8(ascii: "{"))
    let (task, point) = (call.task, call.point)
    if let sweep = sweep(ofTask: task) {
      sweep.forEachIndex(ofCall: point) { axis, index in
        if axis > 0 { buffer.append(UInt8(ascii: ",")) }
        let axis = sweep.axes[axis]
        buffer += axis.label
        let (start, cell) = (buffer.count, manifest.value(index, of: axis))
        let value = pointValue(cell, of: axis, task)
        JSONWriter.value(value, nonFinite: nan.nonFinite, to: &buffer)
        if nan == .null, value.hasNonFinite {
          value.markNonFinite(at: "point.\(manifest.names.name(axis.key))", in: &marks)
        }
        note(Int(axis.parameter), cell, start..<buffer.count)
      }
      if sweep.repeats > 1 {
        JSONWriter.raw(sweep.axes.isEmpty ? "\"repeat\":" : ",\"repeat\":", to: &buffer)
        JSONWriter.unsigned(UInt64(point % sweep.repeats), to: &buffer)
      }
      if let seed = sweep.seedParameter {
        JSONWriter.raw(",\"seed\":", to: &buffer)
        let start = buffer.count
        JSONWriter.unsigned(UInt64(point), to: &buffer)
        note(Int(seed), .integer(Int64(point)), start..<buffer.count)
      }
    }
    buffer.append(UInt8(ascii: "}"))
  }

  /// A value of an axis; a text that stands for a number is the number.
  private func pointValue(_ cell: Manifest.Cell, of axis: Sweep.Axis, _ task: Int) -> Value {
    let value = manifest.pools.value(cell)
    guard case .text(let text) = value,
      signatures[Int(kernelOfTask[task])].parameters[Int(axis.parameter)].type == .f64
    else { return value }
    return NonFiniteName.value(text).map { .number($0) } ?? value
  }

  /// Which of the repeats of its point a call is, from 0. O(1).
  func repetition(of call: CallReference) -> Int {
    sweep(ofTask: call.task).map { call.point % $0.repeats } ?? 0
  }
}

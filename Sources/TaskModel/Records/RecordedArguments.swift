/// Writes all arguments of calls, given ones and defaults, as their records have them: an object
/// by the names of the kernel's parameters, in declared order.
///
/// What the calls of one task have in common is put together once, so a call of a sweep costs
/// little more than its own values.
public struct RecordedArguments {
  let plan: Plan
  let nan: NaNStyle
  /// The task that the parts belong to; -1: no task yet.
  private var task = -1
  /// The call whose point was written last, into the record that its arguments follow in.
  private var pointIsOf = -1
  /// The text between values that are the calls' own: one more than there are of those.
  private var parts: [[UInt8]] = []
  /// Those values, in declared order.
  private var own: [Own] = []
  /// For each parameter its place in `own`; -1: it is the same in all calls.
  private var places: [Int] = []
  /// Marks of the numbers in what is the same in all calls.
  private var marksOfParts: [String] = []
  /// All arguments as values, those that are the calls' own of any call; empty: not made yet.
  private var fixed: [Value.Field] = []
  /// For each kernel that was called, `"name":value` of each parameter's default.
  private var defaults: [Int: [[UInt8]]] = [:]

  private struct Own {
    let parameter: Int
    let type: ValueType
    var cell: Manifest.Cell
    /// Where in the record it is as text already; empty: nowhere.
    var text = 0..<0

    /// Whether JSON has a number for it, as far as that is plain.
    var isFinite: Bool {
      switch cell {
      case .number(let value): value.isFinite
      case .text: false
      default: true
      }
    }

    /// Whether an argument of its type has the text that a point has.
    var isAsWritten: Bool {
      switch (type, cell) {
      case (.f64, .number), (.f64, .text), (.i64, .integer), (.i64, .unsigned), (.bool, _): true
      default: false
      }
    }
  }

  /// `nan`: how numbers are written that JSON cannot write.
  public init(_ plan: Plan, _ nan: NaNStyle = .null) {
    self.plan = plan
    self.nan = nan
  }

  /// Appends the call's values of its task's sweep as an object. What follows in the same record
  /// may copy them, which is quicker than to write numbers twice. O(values).
  mutating func writePoint(
    of call: CallReference, marks: inout [String], to buffer: inout [UInt8]
  ) {
    if call.task != task { prepare(call) }
    plan.writePoint(of: call, nan: nan, marks: &marks, to: &buffer) { parameter, cell, text in
      let place = places[parameter]
      own[place].cell = cell
      own[place].text = text
    }
    pointIsOf = call.call
  }

  /// Appends the object. `taken`: the values that stand for other calls' results; where one is
  /// not known, the reference is written. O(values of its own).
  mutating func write(
    of call: CallReference, taken: [TakenArgument], marks: inout [String], to buffer: inout [UInt8]
  ) {
    if call.task != task { prepare(call) }
    marks += marksOfParts
    if own.isEmpty {
      buffer += parts[0]
      return
    }
    if plan.hasSweeps, pointIsOf != call.call {
      plan.forEachSweptValue(of: call) { parameter, cell in
        own[places[parameter]].cell = cell
        own[places[parameter]].text = 0..<0
      }
    }
    pointIsOf = -1
    for (index, one) in own.enumerated() {
      buffer += parts[index]
      if !one.text.isEmpty, one.isAsWritten {
        for at in one.text { buffer.append(buffer[at]) }
        if nan == .null, !one.isFinite {
          mark(plan.manifest.value(one.cell, as: one.type), of: one.parameter, in: &marks)
        }
      } else if one.cell.waits {
        if let known = taken.first(where: { $0.parameter == one.parameter }) {
          JSONWriter.value(known.value, nonFinite: nan.nonFinite, to: &buffer)
          mark(known.value, of: one.parameter, in: &marks)
        } else {
          plan.manifest.write(one.cell, to: &buffer)
        }
      } else {
        let value = plan.manifest.value(one.cell, as: one.type).recorded
        JSONWriter.value(value, nonFinite: nan.nonFinite, to: &buffer)
        mark(value, of: one.parameter, in: &marks)
      }
    }
    buffer += parts[own.count]
  }

  /// Adds the marks of a value, if it has some.
  private func mark(_ value: Value, of parameter: Int, in marks: inout [String]) {
    guard nan == .null, value.hasNonFinite else { return }
    let kernel = Int(plan.kernelOfTask[task])
    let name = plan.signatures[kernel].parameters[parameter].name
    value.markNonFinite(at: "args.\(name)", in: &marks)
  }

  /// The same as values by name, as they are read back from a record: arrays are their JSON.
  mutating func fields(of call: CallReference, taken: [TakenArgument]) -> [Value.Field] {
    if call.task != task { prepare(call) }
    let parameters = plan.signature(ofTask: call.task).parameters
    if fixed.isEmpty {
      fixed = zip(parameters, plan.arguments(of: call, taken: [])).map {
        .init(name: $0.name, value: $1?.recorded.readBack ?? .null)
      }
    }
    if own.isEmpty { return fixed }
    var fields = fixed
    func set(_ parameter: Int, _ value: Value) {
      fields[parameter] = .init(name: parameters[parameter].name, value: value)
    }
    for one in own where one.cell.waits {
      let known = taken.first { $0.parameter == one.parameter }?.value.readBack
      set(one.parameter, known ?? plan.manifest.shown(one.cell))
    }
    plan.forEachSweptValue(of: call) { parameter, cell in
      set(
        parameter, plan.manifest.value(cell, as: parameters[parameter].type).recorded.readBack)
    }
    return fields
  }

  private mutating func prepare(_ call: CallReference) {
    task = call.task
    var marks: [String] = []
    defer { marksOfParts = marks }
    fixed = []
    let kernel = plan.kernelIndex(ofTask: call.task)
    let parameters = plan.signatures[kernel].parameters
    var given = [Manifest.Cell?](repeating: nil, count: parameters.count)
    plan.forEachArgument(of: call) { parameter, cell in given[parameter] = cell }
    places = [Int](repeating: -1, count: parameters.count)
    own.removeAll(keepingCapacity: true)
    var isSwept = [Bool](repeating: false, count: parameters.count)
    plan.forEachSweptValue(of: call) { parameter, _ in isSwept[parameter] = true }
    parts = [[UInt8(ascii: "{")]]
    for (index, parameter) in parameters.enumerated() {
      var part: [UInt8] = []
      if index > 0 { part.append(UInt8(ascii: ",")) }
      guard let cell = given[index] else {
        part += defaultPart(index, ofKernel: kernel)
        mark(parameter.defaultValue.recorded, of: index, in: &marks)
        parts[parts.count - 1] += part
        continue
      }
      JSONWriter.text(parameter.name, to: &part)
      part.append(UInt8(ascii: ":"))
      if isSwept[index] || cell.waits {
        places[index] = own.count
        own.append(Own(parameter: index, type: parameter.type, cell: cell))
        parts[parts.count - 1] += part
        parts.append([])
      } else {
        let value = plan.manifest.value(cell, as: parameter.type).recorded
        JSONWriter.value(value, nonFinite: nan.nonFinite, to: &part)
        mark(value, of: index, in: &marks)
        parts[parts.count - 1] += part
      }
    }
    parts[parts.count - 1].append(UInt8(ascii: "}"))
  }

  private mutating func defaultPart(_ parameter: Int, ofKernel kernel: Int) -> [UInt8] {
    if let known = defaults[kernel] { return known[parameter] }
    let made = plan.signatures[kernel].parameters.map { parameter in
      var part: [UInt8] = []
      JSONWriter.text(parameter.name, to: &part)
      part.append(UInt8(ascii: ":"))
      JSONWriter.value(parameter.defaultValue.recorded, nonFinite: nan.nonFinite, to: &part)
      return part
    }
    defaults[kernel] = made
    return made[parameter]
  }
}

extension Plan {
  /// All arguments of a call as values, in declared order; nil: it waits for another call's
  /// result, which is not in `taken`. O(size).
  public func arguments(of call: CallReference, taken: [TakenArgument]) -> [Value?] {
    let parameters = signature(ofTask: call.task).parameters
    var values: [Value?] = parameters.map { $0.defaultValue }
    forEachArgument(of: call) { parameter, cell in
      values[parameter] =
        cell.waits ? nil : manifest.value(cell, as: parameters[parameter].type)
    }
    for one in taken { values[one.parameter] = one.value }
    return values
  }
}

extension Value {
  /// What the reader of records makes of it.
  var readBack: Value {
    switch self {
    case .integers, .numbers:
      var buffer: [UInt8] = []
      JSONWriter.value(self, to: &buffer)
      return .text(String(decoding: buffer, as: UTF8.self))
    case .bytes:
      var buffer: [UInt8] = []
      JSONWriter.value(self, to: &buffer)
      // Between {"base64":" and "}.
      let digits = String(decoding: buffer.dropFirst(11).dropLast(2), as: UTF8.self)
      return .record([.init(name: ManifestKey.base64.text, value: .text(digits))])
    case .number(let value) where !value.isFinite:
      return .text(NonFiniteName.name(value))
    default: return self
    }
  }
}

@testable import KernelHostModel

/// Reads foreign bytes and uses all that comes of them. What it returns contradicts what readers
/// promise; that nothing traps is the greater part of it.
enum Exercise {
  /// Calls of a plan that are looked at, from both of its ends.
  private static let most = 40

  static func manifest(_ bytes: [UInt8], _ format: ManifestFormat) -> [String] {
    let source = SourceText(name: "m", bytes: bytes)
    let reading = ManifestReader.read(source, format: format)
    let parsed = ManifestReader.read(source, format: format, usesShapes: false)
    if !same(reading, parsed) { return ["read by shapes it is another manifest"] }
    switch Planner.plan(reading, catalogue: TestKernels.all) {
    case .failure(let found): return complaints(found, source)
    case .success(let plan):
      let given = ManifestArguments(reading)
      var arguments = RecordedArguments(plan)
      let count = plan.callCount
      var problems: [String] = []
      for call in Set((0..<min(count, most)).flatMap { [$0, count - 1 - $0] }) {
        problems += look(at: call, of: plan, &arguments)
        _ = given?.given(toCall: call)
      }
      let all = Selection(allOf: plan)
      let some = plan.closed(Selection([count / 3..<count / 2]))
      if some.intersection(all) != some { problems.append("a selection beyond all calls") }
      for task in plan.manifest.tasks.indices.prefix(most) {
        for column in plan.columns(takenBy: task) where column < 0 { problems.append("column") }
      }
      return problems
    }
  }

  /// Whether two readings have the same tasks, values and mistakes.
  static func same(_ one: ManifestReading, _ other: ManifestReading) -> Bool {
    func tasks(_ reading: ManifestReading) -> [String] {
      let manifest = reading.manifest
      let names = manifest.names
      return manifest.tasks.indices.map { number in
        let task = manifest.tasks[number]
        let kernel = task.kernel == Manifest.Task.noKernel ? "" : names.name(task.kernel)
        let arguments = manifest.argumentIndices(ofTask: number).map { index in
          let argument = manifest.arguments[index]
          let key = argument.key == Manifest.Argument.positional ? "" : names.name(argument.key)
          return "\(key)=\(argument.value) \(manifest.shown(argument.value))"
        }
        return "\(kernel) \(manifest.name(of: task) ?? "") \(task.place) \(arguments)"
          + "\(manifest.timeout(of: task) ?? 0)"
      }
    }
    func after(_ reading: ManifestReading) -> [String] {
      reading.manifest.after.map {
        "\($0.task) \(reading.manifest.pools.string($0.name)) \($0.place)"
      }
    }
    return one.isComplete == other.isComplete && one.diagnostics == other.diagnostics
      && tasks(one) == tasks(other) && after(one) == after(other)
  }

  /// A file of points for a kernel with parameters of every type.
  static func points(_ bytes: [UInt8]) -> [String] {
    var problems: [String] = []
    for keys in [
      "", #", "columns": {"number": "number", "real": "real", "text": "a"}"#,
      #", "small": [1, 2]}, "zip": true, "repeat": 2, "args": {"text": "b""#,
    ] {
      let text = "[{\"kernel\": \"everything\", \"sweep\": {\"file\": \"p.csv\"\(keys)}}]"
      let source = SourceText(name: "m", text: text)
      var reading = ManifestReader.read(source)
      reading.readPoints(name: { $0 }, read: { _ in .success(bytes) })
      switch Planner.plan(reading, catalogue: TestKernels.all) {
      case .failure(let found): problems += complaints(found, source, file: bytes)
      case .success(let plan):
        var arguments = RecordedArguments(plan)
        for call in Set([0, plan.callCount / 2, plan.callCount - 1]) {
          problems += look(at: call, of: plan, &arguments)
        }
        problems += table(of: plan)
      }
    }
    return problems
  }

  /// As a table, each row has a field for each column, and the points come back from it.
  private static func table(of plan: Plan) -> [String] {
    var table = ResultTable(plan)
    var buffer: [UInt8] = []
    table.writeHeader(to: &buffer)
    for call in 0..<min(plan.callCount, most) {
      table.write(CallRecord(call: call, token: .ok(.null)), to: &buffer)
    }
    var problems: [String] = []
    guard
      let read = PointsTable(
        SourceText(name: "t", bytes: buffer), { problem, _ in problems.append("\(problem)") })
    else { return problems + ["no table"] }
    if read.rowCount != min(plan.callCount, most) { problems.append("rows \(read.rowCount)") }
    return problems
  }

  /// Each mistake has its place and three lines, with nothing in them that a terminal obeys.
  private static func complaints(
    _ found: Diagnostics, _ source: SourceText, file: [UInt8] = []
  ) -> [String] {
    var problems: [String] = []
    if found.errors.isEmpty || found.total < found.errors.count { problems.append("no mistake") }
    for error in found.errors {
      problems += MessageCheck.faults(of: error, in: source, file: file)
    }
    return problems
  }

  private static func look(
    at call: Int, of plan: Plan, _ arguments: inout RecordedArguments
  ) -> [String] {
    var problems: [String] = []
    let fields = plan.signature(ofCall: call).parameters
    plan.forEachArgument(of: plan.locate(call)) { parameter, cell in
      guard fields.indices.contains(parameter) else {
        problems.append("parameter \(parameter)")
        return
      }
      if cell.waits {
        _ = plan.value(of: cell, isReal: fields[parameter].type == .f64Array) { _ in 1 }
        return
      }
      // What the rule for a million arguments allows is what the sentence about one allows.
      let value = plan.manifest.pools.value(cell)
      if let problem = ArgumentCheck.problem(with: value, for: fields[parameter]) {
        problems.append("call \(call): \(problem)")
      }
    }
    var buffer: [UInt8] = []
    CallRecordWriter.writePoint(ofCall: call, plan, to: &buffer)
    buffer.append(10)
    plan.writeArguments(ofCall: call, to: &buffer)
    var marks: [String] = []
    arguments.write(of: plan.locate(call), taken: [], marks: &marks, to: &buffer)
    _ = arguments.fields(of: plan.locate(call), taken: [])
    _ = plan.namedPoint(of: plan.locate(call))
    if plan.calls(ofTask: plan.task(ofCall: call)).contains(call) { return problems }
    return problems + ["call \(call) is none of its task's"]
  }

  /// Records in one piece and in small ones.
  static func records(_ bytes: [UInt8], _ body: (RunRecord) -> Void = { _ in }) -> [String] {
    let (whole, problem) = read(bytes, pieces: max(bytes.count, 1), body)
    let (parts, other) = read(bytes, pieces: 7) { _ in }
    var problems: [String] = []
    // Whether the file is binary is told by its first piece.
    let isText = !bytes.contains(0)
    if isText, whole != parts || (problem == nil) != (other == nil) {
      problems.append("other records in small pieces: \(whole.count) and \(parts.count)")
    }
    if let problem, !problem.hasPrefix("r:") || !problem.contains(": error: ") {
      problems.append("no place in \(problem)")
    }
    return problems
  }

  private static func read(
    _ bytes: [UInt8], pieces: Int, _ body: (RunRecord) -> Void
  ) -> ([RunRecord], String?) {
    var reader = RecordReader(name: "r")
    var records: [RunRecord] = []
    do throws(RecordError) {
      var at = 0
      while at <= bytes.count {
        let end = min(at + pieces, bytes.count)
        try reader.read(Array(bytes[at..<end]), isLast: end == bytes.count, run: look(at:)) {
          for kernel in TestKernels.all { compare($0, kernel) }
          records.append($0)
          body($0)
        }
        if end == bytes.count { break }
        at = end
      }
      return (records, nil)
    } catch {
      return (records, error.message)
    }
  }

  /// A record as that of any kernel: held against other arguments and another result.
  private static func compare(_ record: RunRecord, _ kernel: KernelSignature) {
    let now = kernel.parameters.map { $0.defaultValue }
    for difference in PastArguments(record.args, kernel.parameters, now: now).differences {
      _ = Wording.changed(difference)
    }
    let value = record.result.read(as: kernel.results) ?? .integer(1)
    for token in [Token<Value>.ok(value), .ok(.numbers([1, .nan]))] {
      for difference in record.differences(from: token, kernel.results) {
        _ = Wording.other(difference)
      }
    }
  }

  /// What is said of a run, and of what has changed since; and it is written as it was read.
  private static func look(at origin: RunOrigin) {
    _ = Wording.rows(origin)
    let none = RunOrigin(manifest: nil, source: SourceText(name: "", bytes: []), input: .json)
    for difference in none.differences(from: origin) + origin.differences(from: none) {
      _ = Wording.changed(difference)
    }
    var text: [UInt8] = []
    origin.writeRecord(to: &text)
    var reader = RecordReader(name: "r")
    var again: RunOrigin?
    try? reader.read(text, isLast: true, run: { again = $0 }, { _ in })
    if again != origin { fatalError("another run: \(String(decoding: text, as: UTF8.self))") }
  }
}

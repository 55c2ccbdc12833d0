/// A token as a record of the results: which call it was, and all that is known of it.
public enum CallRecordWriter {
  /// Appends the record as one JSON object, without a line feed; its `warning` only
  /// where there is one, and `elapsed`, from start to end, only where that is longer than the
  /// call's own `seconds`; and `from`, the id of a run, only where the token was taken from that
  /// run's journal. `arguments`: of the same plan, kept from record to record. With `nan`
  /// `null`, `nonfinite` names the numbers that are null because JSON cannot write them. `result`:
  /// the text of the number that is the result, where that is known: then the token's result is
  /// not looked at. O(size).
  public static func write(
    _ record: CallRecord, result text: ArraySlice<UInt8>? = nil,
    _ arguments: inout RecordedArguments, to buffer: inout [UInt8]
  ) {
    let plan = arguments.plan
    let nan = arguments.nan
    var marks: [String] = []
    let call = record.located(in: plan)
    let token = record.token
    buffer += Part.call
    JSONWriter.unsigned(UInt64(call.call), to: &buffer)
    if let name = plan.nameBytes(ofTask: call.task) {
      buffer += Part.task
      JSONWriter.text(name, to: &buffer)
    } else {
      buffer += Part.noTask
    }
    buffer += plan.kernelLabels[plan.kernelIndex(ofTask: call.task)]
    if plan.hasSweeps, plan.isSwept(task: call.task) {
      buffer += Part.point
      arguments.writePoint(of: call, marks: &marks, to: &buffer)
    }
    buffer += Part.args
    arguments.write(of: call, taken: record.taken, marks: &marks, to: &buffer)
    writeOutcome(of: token, result: text, nan, marks: &marks, to: &buffer)
    if record.hasStart {
      if record.tookTurns {
        buffer += Part.elapsed
        JSONWriter.seconds(record.elapsed, to: &buffer)
      }
      buffer += Part.start
      JSONWriter.seconds(record.start, to: &buffer)
      buffer += Part.lane
      JSONWriter.unsigned(UInt64(record.lane), to: &buffer)
    } else {
      buffer += Part.noStart
    }
    if !marks.isEmpty { NonFiniteMark.write(marks, to: &buffer) }
    if let warning = record.warning {
      JSONWriter.raw(",\"warning\":", to: &buffer)
      JSONWriter.text(warning, to: &buffer)
    }
    if let source = record.source {
      buffer += Part.source
      JSONWriter.text(source, to: &buffer)
    }
    buffer.append(UInt8(ascii: "}"))
  }

  /// Appends the members from `result` to `seconds`, each behind a comma. `marks` gets the numbers
  /// that are null. O(size).
  @inline(__always)
  static func writeOutcome(
    of token: Token<Value>, result text: ArraySlice<UInt8>? = nil, _ nan: NaNStyle,
    marks: inout [String], to buffer: inout [UInt8]
  ) {
    buffer += Part.result
    if let text {
      buffer += text
    } else {
      JSONWriter.value(token.result ?? .null, nonFinite: nan.nonFinite, to: &buffer)
      if nan == .null, let result = token.result, result.hasNonFinite {
        result.markNonFinite(at: "result", in: &marks)
      }
    }
    if let error = token.error {
      buffer += Part.failed
      JSONWriter.raw(error.status.rawValue, to: &buffer)
      JSONWriter.raw("\",\"error\":{\"code\":", to: &buffer)
      JSONWriter.integer(Int64(error.code), to: &buffer)
      JSONWriter.raw(",\"name\":", to: &buffer)
      JSONWriter.text(error.name, to: &buffer)
      JSONWriter.raw(",\"message\":", to: &buffer)
      JSONWriter.text(error.message, to: &buffer)
      JSONWriter.raw("},\"attempts\":", to: &buffer)
    } else {
      buffer += Part.ok
    }
    JSONWriter.integer(Int64(token.attempts), to: &buffer)
    buffer += Part.steps
    JSONWriter.integer(token.steps, to: &buffer)
    buffer += Part.seconds
    JSONWriter.seconds(token.seconds, to: &buffer)
  }

  /// Appends the record of a call that a client asked for: the request's id, and no arguments,
  /// which the client knows. `call` counts the calls of the request. Numbers that JSON cannot
  /// write are texts. With a line feed. O(size).
  @inline(__always)
  public static func write(
    id: RequestID, _ call: CallReference, _ token: Token<Value>, warning: String?, _ plan: Plan,
    to buffer: inout [UInt8]
  ) {
    var marks: [String] = []
    buffer += Part.id
    id.write(to: &buffer)
    buffer += Part.callBehind
    JSONWriter.unsigned(UInt64(call.point), to: &buffer)
    if plan.hasSweeps, plan.isSwept(task: call.task) {
      buffer += Part.point
      plan.writePoint(of: call, nan: .text, marks: &marks, to: &buffer)
    }
    writeOutcome(of: token, .text, marks: &marks, to: &buffer)
    if let warning {
      JSONWriter.raw(",\"warning\":", to: &buffer)
      JSONWriter.text(warning, to: &buffer)
    }
    buffer += Part.endOfLine
  }

  /// Begins a line with results of consecutive calls of a request, of which the first is `point`.
  public static func beginResults(id: RequestID, point: Int, to buffer: inout [UInt8]) {
    buffer += Part.id
    id.write(to: &buffer)
    buffer += Part.callBehind
    JSONWriter.unsigned(UInt64(point), to: &buffer)
    buffer += Part.results
  }

  /// Appends one of the results, behind a comma unless it `isFirst`. O(size).
  @inline(__always)
  public static func addResult(_ value: Value?, isFirst: Bool, to buffer: inout [UInt8]) {
    if !isFirst { buffer.append(UInt8(ascii: ",")) }
    JSONWriter.value(value ?? .null, nonFinite: NaNStyle.text.nonFinite, to: &buffer)
  }

  public static func endResults(to buffer: inout [UInt8]) { buffer += Part.endOfResults }

  /// What stands between the values of each record, ready to be copied.
  private enum Part {
    static let id = Array("{\"id\":".utf8)
    static let callBehind = Array(",\"call\":".utf8)
    static let results = Array(",\"results\":[".utf8)
    static let endOfResults = Array("]}\n".utf8)
    static let endOfLine = Array("}\n".utf8)
    static let call = Array("{\"call\":".utf8)
    static let task = Array(",\"task\":".utf8)
    static let noTask = Array(",\"task\":null".utf8)
    static let point = Array(",\"point\":".utf8)
    static let args = Array(",\"args\":".utf8)
    static let result = Array(",\"result\":".utf8)
    static let failed = Array(",\"ok\":false,\"status\":\"".utf8)
    static let ok = Array(",\"ok\":true,\"status\":\"ok\",\"error\":null,\"attempts\":".utf8)
    static let steps = Array(",\"steps\":".utf8)
    static let seconds = Array(",\"seconds\":".utf8)
    static let elapsed = Array(",\"elapsed\":".utf8)
    static let start = Array(",\"start\":".utf8)
    static let lane = Array(",\"lane\":".utf8)
    static let source = Array(",\"from\":".utf8)
    static let noStart = Array(",\"start\":null,\"lane\":null".utf8)
  }

  /// Appends a call's values of its task's sweep as an object. O(values).
  public static func writePoint(ofCall call: Int, _ plan: Plan, to buffer: inout [UInt8]) {
    var marks: [String] = []
    plan.writePoint(of: plan.locate(call), nan: .text, marks: &marks, to: &buffer)
  }
}

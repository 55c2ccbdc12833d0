/// A token as a record of the results: which call it was, and all that is known of it.
public enum TokenRecord {
  /// Appends the record as one JSON object, without a line feed; its `warning` only
  /// where there is one, and `elapsed`, from start to end, only where that is longer than the
  /// call's own `seconds`. `arguments`: of the same plan, kept from record to record. O(size).
  public static func write(
    _ record: CallRecord, _ arguments: inout RecordedArguments, to buffer: inout [UInt8]
  ) {
    let plan = arguments.plan
    let call = record.call
    let token = record.token
    buffer += Part.call
    JSONWriter.unsigned(UInt64(call), to: &buffer)
    if let name = plan.taskNameBytes(ofCall: call) {
      buffer += Part.task
      JSONWriter.text(name, to: &buffer)
    } else {
      buffer += Part.noTask
    }
    buffer += plan.kernelLabels[plan.kernelIndex(ofCall: call)]
    if plan.hasSweeps, plan.isSwept(call: call) {
      buffer += Part.point
      arguments.writePoint(ofCall: call, to: &buffer)
    }
    buffer += Part.args
    arguments.write(ofCall: call, taken: record.taken, to: &buffer)
    buffer += Part.result
    JSONWriter.value(token.result ?? .null, to: &buffer)
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
    if let warning = record.warning {
      JSONWriter.raw(",\"warning\":", to: &buffer)
      JSONWriter.text(warning, to: &buffer)
    }
    buffer.append(UInt8(ascii: "}"))
  }

  /// What stands between the values of each record, ready to be copied.
  private enum Part {
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
    static let noStart = Array(",\"start\":null,\"lane\":null".utf8)
  }

  /// Appends a call's values of its task's sweep as an object. O(values).
  public static func writePoint(ofCall call: Int, _ plan: Plan, to buffer: inout [UInt8]) {
    plan.writePoint(ofCall: call, to: &buffer)
  }

  /// Appends the names of the CSV fields, and a line feed. Only with sweeps there are points.
  public static func writeCSVHeader(_ plan: Plan, to buffer: inout [UInt8]) {
    JSONWriter.raw("call,task,kernel", to: &buffer)
    if plan.hasSweeps { JSONWriter.raw(",point", to: &buffer) }
    JSONWriter.raw(
      ",ok,status,result,error_code,error_name,error_message,attempts,steps,seconds,start,lane\n",
      to: &buffer)
  }

  /// Appends the record as comma-separated values: RFC 4180, but that lines end with
  /// a line feed alone. The result is JSON; what is null is an empty field. O(size).
  public static func writeCSV(_ record: CallRecord, plan: Plan, to buffer: inout [UInt8]) {
    let call = record.call
    let token = record.token
    JSONWriter.unsigned(UInt64(call), to: &buffer)
    field(to: &buffer) { $0.append(contentsOf: plan.taskNameBytes(ofCall: call) ?? []) }
    field(to: &buffer) {
      $0.append(contentsOf: Printable.lines(plan.kernelName(ofCall: call)).utf8)
    }
    if plan.hasSweeps {
      field(to: &buffer) {
        if plan.isSwept(call: call) { writePoint(ofCall: call, plan, to: &$0) }
      }
    }
    JSONWriter.raw(token.ok ? ",true," : ",false,", to: &buffer)
    JSONWriter.raw(token.status.rawValue, to: &buffer)
    if let result = token.result, result != .null {
      field(to: &buffer) { JSONWriter.value(result, to: &$0) }
    } else {
      buffer.append(UInt8(ascii: ","))
    }
    if let error = token.error {
      buffer.append(UInt8(ascii: ","))
      JSONWriter.integer(Int64(error.code), to: &buffer)
      field(to: &buffer) { $0.append(contentsOf: Printable.lines(error.name).utf8) }
      field(to: &buffer) { $0.append(contentsOf: Printable.lines(error.message).utf8) }
    } else {
      JSONWriter.raw(",,,", to: &buffer)
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
    buffer.append(UInt8(ascii: "\n"))
  }

  /// A comma and what `write` appends, in quotes if it needs them.
  private static func field(to buffer: inout [UInt8], _ write: (inout [UInt8]) -> Void) {
    buffer.append(UInt8(ascii: ","))
    let start = buffer.count
    write(&buffer)
    let needsQuotes = buffer[start...].contains { byte in
      byte == 0x22 || byte == 0x2C || byte == 0x0A || byte == 0x0D
    }
    if !needsQuotes { return }
    let content = Array(buffer[start...])
    buffer.removeLast(content.count)
    buffer.append(0x22)
    for byte in content {
      if byte == 0x22 { buffer.append(0x22) }
      buffer.append(byte)
    }
    buffer.append(0x22)
  }
}

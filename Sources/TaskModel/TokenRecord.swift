/// A token as a record of the results: which call it was, and all that is known of it.
public enum TokenRecord {
  /// Appends the record as one JSON object, without a line feed; its `warning` only
  /// where there is one. O(size).
  public static func write(_ record: CallRecord, plan: Plan, to buffer: inout [UInt8]) {
    let call = record.call
    let token = record.token
    JSONWriter.raw("{\"call\":", to: &buffer)
    JSONWriter.unsigned(UInt64(call), to: &buffer)
    JSONWriter.raw(",\"task\":", to: &buffer)
    if let name = plan.taskNameBytes(ofCall: call) {
      JSONWriter.text(name, to: &buffer)
    } else {
      JSONWriter.raw("null", to: &buffer)
    }
    JSONWriter.raw(",\"kernel\":", to: &buffer)
    JSONWriter.text(plan.kernelName(ofCall: call), to: &buffer)
    if plan.hasSweeps, plan.isSwept(call: call) {
      JSONWriter.raw(",\"point\":", to: &buffer)
      writePoint(ofCall: call, plan, to: &buffer)
    }
    JSONWriter.raw(",\"result\":", to: &buffer)
    JSONWriter.value(token.result ?? .null, to: &buffer)
    if let error = token.error {
      JSONWriter.raw(",\"ok\":false,\"status\":\"", to: &buffer)
      JSONWriter.raw(error.status.rawValue, to: &buffer)
      JSONWriter.raw("\",\"error\":{\"code\":", to: &buffer)
      JSONWriter.integer(Int64(error.code), to: &buffer)
      JSONWriter.raw(",\"name\":", to: &buffer)
      JSONWriter.text(error.name, to: &buffer)
      JSONWriter.raw(",\"message\":", to: &buffer)
      JSONWriter.text(error.message, to: &buffer)
      JSONWriter.raw("},\"attempts\":", to: &buffer)
    } else {
      JSONWriter.raw(",\"ok\":true,\"status\":\"ok\",\"error\":null,\"attempts\":", to: &buffer)
    }
    JSONWriter.integer(Int64(token.attempts), to: &buffer)
    JSONWriter.raw(",\"steps\":", to: &buffer)
    JSONWriter.integer(token.steps, to: &buffer)
    JSONWriter.raw(",\"seconds\":", to: &buffer)
    JSONWriter.seconds(token.seconds, to: &buffer)
    if record.hasStart {
      JSONWriter.raw(",\"start\":", to: &buffer)
      JSONWriter.seconds(record.start, to: &buffer)
      JSONWriter.raw(",\"lane\":", to: &buffer)
      JSONWriter.unsigned(UInt64(record.lane), to: &buffer)
    } else {
      JSONWriter.raw(",\"start\":null,\"lane\":null", to: &buffer)
    }
    if let warning = record.warning {
      JSONWriter.raw(",\"warning\":", to: &buffer)
      JSONWriter.text(warning, to: &buffer)
    }
    buffer.append(UInt8(ascii: "}"))
  }

  /// Appends a call's values of its task's sweep as an object. O(values).
  public static func writePoint(ofCall call: Int, _ plan: Plan, to buffer: inout [UInt8]) {
    buffer.append(UInt8(ascii: "{"))
    var isFirst = true
    plan.forEachNamedPoint(ofCall: call) { name, value in
      if !isFirst { buffer.append(UInt8(ascii: ",")) }
      isFirst = false
      JSONWriter.text(name, to: &buffer)
      buffer.append(UInt8(ascii: ":"))
      JSONWriter.value(value, to: &buffer)
    }
    buffer.append(UInt8(ascii: "}"))
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
    field(to: &buffer) { $0.append(contentsOf: plan.kernelName(ofCall: call).utf8) }
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
      field(to: &buffer) { $0.append(contentsOf: error.name.utf8) }
      field(to: &buffer) { $0.append(contentsOf: error.message.utf8) }
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

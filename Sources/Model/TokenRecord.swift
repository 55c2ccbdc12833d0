/// A token with the call that it belongs to, as a line of JSON or CSV.
public enum TokenRecord {
  /// One JSON object without a line's end.
  public static func write(
    _ token: Token<Value>, call: Int, plan: Plan, to buffer: inout [UInt8]
  ) {
    JSONWriter.raw("{\"call\":", to: &buffer)
    JSONWriter.integer(Int64(call), to: &buffer)
    JSONWriter.raw(",\"task\":", to: &buffer)
    if let task = plan.taskName(ofCall: call) {
      JSONWriter.text(task, to: &buffer)
    } else {
      JSONWriter.raw("null", to: &buffer)
    }
    JSONWriter.raw(",\"kernel\":", to: &buffer)
    JSONWriter.text(plan.signature(ofCall: call).name, to: &buffer)
    JSONWriter.raw(",\"result\":", to: &buffer)
    JSONWriter.value(token.result ?? .null, to: &buffer)
    JSONWriter.raw(
      token.ok ? ",\"ok\":true,\"status\":\"" : ",\"ok\":false,\"status\":\"", to: &buffer)
    JSONWriter.raw(token.status.rawValue, to: &buffer)
    JSONWriter.raw("\",\"error\":", to: &buffer)
    if let error = token.error {
      JSONWriter.raw("{\"code\":", to: &buffer)
      JSONWriter.integer(Int64(error.code), to: &buffer)
      JSONWriter.raw(",\"name\":", to: &buffer)
      JSONWriter.text(error.name, to: &buffer)
      JSONWriter.raw(",\"message\":", to: &buffer)
      JSONWriter.text(error.message, to: &buffer)
      JSONWriter.raw("}", to: &buffer)
    } else {
      JSONWriter.raw("null", to: &buffer)
    }
    JSONWriter.raw(",\"attempts\":", to: &buffer)
    JSONWriter.integer(Int64(token.attempts), to: &buffer)
    JSONWriter.raw(",\"steps\":", to: &buffer)
    JSONWriter.integer(token.steps, to: &buffer)
    JSONWriter.raw(",\"seconds\":", to: &buffer)
    JSONWriter.seconds(token.seconds, to: &buffer)
    JSONWriter.raw("}", to: &buffer)
  }

  public static func writeCSVHeader(to buffer: inout [UInt8]) {
    JSONWriter.raw(
      "call,task,kernel,ok,status,result,error_code,error_name,error_message,attempts,steps,seconds"
        + "\r\n", to: &buffer)
  }

  /// One line of CSV (RFC 4180); the result is JSON, a text stands for itself.
  public static func writeCSV(
    _ token: Token<Value>, call: Int, plan: Plan, to buffer: inout [UInt8]
  ) {
    func comma() { buffer.append(UInt8(ascii: ",")) }
    JSONWriter.integer(Int64(call), to: &buffer)
    comma()
    field(plan.taskName(ofCall: call) ?? "", to: &buffer)
    comma()
    field(plan.signature(ofCall: call).name, to: &buffer)
    JSONWriter.raw(token.ok ? ",true," : ",false,", to: &buffer)
    JSONWriter.raw(token.status.rawValue, to: &buffer)
    comma()
    if case .text(let text)? = token.result {
      field(text, to: &buffer)
    } else {
      var json: [UInt8] = []
      JSONWriter.value(token.result ?? .null, to: &json)
      field(String(decoding: json, as: UTF8.self), to: &buffer)
    }
    comma()
    if let error = token.error { JSONWriter.integer(Int64(error.code), to: &buffer) }
    comma()
    field(token.error?.name ?? "", to: &buffer)
    comma()
    field(token.error?.message ?? "", to: &buffer)
    comma()
    JSONWriter.integer(Int64(token.attempts), to: &buffer)
    comma()
    JSONWriter.integer(token.steps, to: &buffer)
    comma()
    JSONWriter.seconds(token.seconds, to: &buffer)
    JSONWriter.raw("\r\n", to: &buffer)
  }

  private static func field(_ text: String, to buffer: inout [UInt8]) {
    let special: [UInt8] = [0x22, 0x2C, 0x0A, 0x0D]
    guard text.utf8.contains(where: { special.contains($0) }) else {
      JSONWriter.raw(text, to: &buffer)
      return
    }
    buffer.append(0x22)
    for byte in text.utf8 {
      if byte == 0x22 { buffer.append(0x22) }
      buffer.append(byte)
    }
    buffer.append(0x22)
  }
}

import KernelHostModel

/// Why a server ends.
package enum ServeEnd: String, Sendable {
  /// Its client has written all requests.
  case eof
  case drain
  case now
  case signal
  /// Its client does not read any more.
  case closed

  /// The one of two reasons that the last line names: what ends calls before what lets them end.
  func or(_ other: ServeEnd) -> ServeEnd { other.strength > strength ? other : self }

  private var strength: Int {
    switch self {
    case .eof, .drain: 0
    case .now: 1
    case .signal: 2
    case .closed: 3
    }
  }
}

/// The lines of a server that are no records.
enum ServeLines {
  /// The version of the protocol: another number where a client must know of a change.
  static let version = 1

  /// The first line: what the client talks to.
  static func hello(
    _ kernels: [KernelSignature], lanes: Int, isolation: Isolation
  ) -> [UInt8] {
    line { object in
      object.integer("protocol", version)
      object.text("host", KernelHostVersion.host)
      object.text("abi", KernelHostVersion.abi)
      object.text("isolation", isolation.rawValue)
      object.integer("lanes", lanes)
      object.integer("longest_line", RequestIntake.longestLine)
      object.array("kernels", kernels) { $0.writeDescription(to: &$1) }
    }
  }

  static func kernels(_ kernels: [KernelSignature]) -> [UInt8] {
    line { $0.array("kernels", kernels) { $0.writeDescription(to: &$1) } }
  }

  static func stats(_ facts: RequestQueue.Facts, seconds: Double, lanes: Int) -> [UInt8] {
    line { object in
      object.write("stats") { buffer in
        JSONWriter.object(to: &buffer) { write(facts, seconds: seconds, lanes: lanes, to: &$0) }
      }
    }
  }

  /// The last line: why there are no more.
  static func end(
    _ reason: ServeEnd, _ facts: RequestQueue.Facts, seconds: Double, lanes: Int
  ) -> [UInt8] {
    line { object in
      object.text("end", reason.rawValue)
      object.write("stats") { buffer in
        JSONWriter.object(to: &buffer) { write(facts, seconds: seconds, lanes: lanes, to: &$0) }
      }
    }
  }

  private static func write(
    _ facts: RequestQueue.Facts, seconds: Double, lanes: Int, to object: inout JSONObject
  ) {
    object.integer("requests", facts.requests)
    object.integer("refused", facts.refused)
    object.integer("open", facts.open)
    object.integer("calls", facts.counts.total)
    object.write("counts") { facts.counts.write(to: &$0) }
    object.integer("lanes", lanes)
    object.seconds("seconds", seconds)
  }

  /// Whether the request that was to be cancelled is open.
  static func cancel(_ id: RequestID, isOpen: Bool) -> [UInt8] {
    line { object in
      object.write("cancel") { id.write(to: &$0) }
      object.bool("open", isOpen)
    }
  }

  static func warning(_ text: String) -> [UInt8] { line { $0.text("warning", text) } }

  /// All calls of a request that makes several have ended.
  static func done(
    _ id: RequestID, calls: Int, _ counts: StatusCounts, unrecorded: Int, to buffer: inout [UInt8]
  ) {
    JSONWriter.object(to: &buffer) { object in
      object.write("id") { id.write(to: &$0) }
      object.bool("done", true)
      object.integer("calls", calls)
      object.write("counts") { counts.write(to: &$0) }
      if unrecorded > 0 { object.integer("unrecorded", unrecorded) }
    }
    buffer.append(10)
  }

  /// What a call printed with `kh_print`.
  static func print(
    _ id: RequestID, call: Int, _ bytes: ArraySlice<UInt8>, to buffer: inout [UInt8]
  ) {
    JSONWriter.object(to: &buffer) { object in
      object.write("id") { id.write(to: &$0) }
      object.integer("call", call)
      object.text("print", String(decoding: bytes, as: UTF8.self))
    }
    buffer.append(10)
  }

  private static func line(_ write: (inout JSONObject) -> Void) -> [UInt8] {
    var buffer: [UInt8] = []
    JSONWriter.object(to: &buffer, write)
    buffer.append(10)
    return buffer
  }
}

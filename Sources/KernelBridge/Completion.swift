import CLanes
public import TaskModel

/// Some calls that ended, until `Lane.take` goes on.
@safe public struct Completions: ~Copyable {
  public let count: Int
  private let raw: UnsafeMutablePointer<kh_completion>
  private let port: OpaquePointer
  private unowned(unsafe) let catalogue: Catalogue

  init(
    _ raw: UnsafeMutablePointer<kh_completion>, count: Int, port: OpaquePointer,
    catalogue: Catalogue
  ) {
    unsafe self.raw = raw
    self.count = count
    unsafe self.port = port
    unsafe self.catalogue = catalogue
  }

  /// As given to `Lane.submit`.
  public func tag(_ index: Int) -> UInt64 {
    precondition(0..<count ~= index)
    return unsafe raw[index].tag
  }

  public subscript(index: Int) -> Completion {
    precondition(0..<count ~= index)
    return unsafe Completion(raw[index], port: port, catalogue: catalogue)
  }
}

/// How one call ended, still in the arena: what is wanted of it is copied out.
@safe public struct Completion {
  private let raw: kh_completion
  private let port: OpaquePointer
  /// Lives as long as the lane that made this; counting it would cost more than reading it.
  private unowned(unsafe) let catalogue: Catalogue

  init(_ raw: kh_completion, port: OpaquePointer, catalogue: Catalogue) {
    unsafe self.raw = raw
    unsafe self.port = port
    unsafe self.catalogue = catalogue
  }

  /// As given to `Lane.submit`.
  public var tag: UInt64 { unsafe raw.tag }
  public var slot: UInt32 { unsafe raw.slot }
  public var kernel: Int { unsafe Int(raw.kernel) }
  public var steps: Int64 { unsafe Int64(clamping: raw.steps) }
  /// Its start was entered; no call is over within the same nanosecond.
  public var wasStarted: Bool { unsafe raw.nanoseconds > 0 }
  /// When its start was entered, by `monotonicNanoseconds`; 0: it never was.
  public var began: UInt64 { unsafe raw.started_ns }
  /// From start to the end of finish.
  public var seconds: Double { unsafe Double(raw.nanoseconds) * 1e-9 }
  /// Negative; 0 if the call is ok.
  public var code: Int32 { unsafe raw.code }

  public var status: Status {
    switch unsafe raw.ending {
    case UInt32(KH_ENDED_OK.rawValue): .ok
    case UInt32(KH_ENDED_TIMEOUT.rawValue): .timeout
    case UInt32(KH_ENDED_CANCELLED.rawValue): .cancelled
    default: .error
    }
  }

  /// What the kernel said of its error; nil if it said nothing.
  public var message: String? {
    guard let start = unsafe raw.message else { return nil }
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(raw.message_length))
    return unsafe String(decoding: bytes, as: UTF8.self)
  }

  /// The results: null, the one value, or a record. O(their size).
  public var result: Value {
    let fields = unsafe catalogue.layouts[kernel].results
    switch fields.count {
    case 0: return .null
    case 1: return unsafe read(fields[0])
    default:
      let names = unsafe catalogue.signatures[kernel].results
      return .record(
        fields.indices.map { index in
          Value.Field(name: names[index].name, value: unsafe read(fields[index]))
        })
    }
  }

  private func read(_ field: FieldLayout) -> Value {
    unsafe StateReader.value(field, at: raw.state) { pointer, length in
      unsafe kh_port_view(port, pointer, UInt64(length))
    }
  }
}

import CKernelHostLanes
public import KernelHostModel

/// Some calls that have ended. Valid until `Lane.take` continues.
@safe public struct Completions: ~Copyable {
  public let count: Int
  private let raw: UnsafeMutablePointer<kh_completion>
  private let client: OpaquePointer?
  private unowned(unsafe) let catalogue: Catalogue

  init(
    _ raw: UnsafeMutablePointer<kh_completion>, count: Int, client: OpaquePointer?,
    catalogue: Catalogue
  ) {
    unsafe self.raw = raw
    self.count = count
    unsafe self.client = client
    unsafe self.catalogue = catalogue
  }

  /// As given to `Lane.submit`.
  public func tag(_ index: Int) -> UInt64 {
    precondition(0..<count ~= index)
    return unsafe raw[index].tag
  }

  /// Whether any of them has overruns or changes. O(their number).
  public var haveDamage: Bool {
    var all: UInt32 = 0
    for index in 0..<count { unsafe all |= raw[index].overruns | raw[index].changes }
    return all != 0
  }

  public subscript(index: Int) -> Completion {
    precondition(0..<count ~= index)
    return unsafe Completion(raw[index], client: client, catalogue: catalogue)
  }
}

/// Guard words around a call's memory that it, or a neighbour, has overwritten.
public struct Overruns: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Before its state.
  public static let before = Overruns(rawValue: 1)
  /// After its state, or after its texts and arrays.
  public static let behind = Overruns(rawValue: 2)
  /// Around memory of `kh_alloc`.
  public static let block = Overruns(rawValue: 4)
}

/// What a call, or a plugin's code at load, had changed in its process. It was restored.
public struct ProcessChanges: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let floats = ProcessChanges(rawValue: 1)
  public static let locale = ProcessChanges(rawValue: 2)
  public static let folder = ProcessChanges(rawValue: 4)
  public static let mask = ProcessChanges(rawValue: 8)
  public static let signals = ProcessChanges(rawValue: 16)
  public static let processors = ProcessChanges(rawValue: 32)
  public static let limits = ProcessChanges(rawValue: 64)
  public static let environment = ProcessChanges(rawValue: 128)
  public static let handlers = ProcessChanges(rawValue: 256)
  /// Descriptors 0, 1 and 2, and the streams over them.
  public static let output = ProcessChanges(rawValue: 512)
  /// Threads that a plugin started at load. Workers do not have them.
  public static let threads = ProcessChanges(rawValue: 1024)
  /// A call that ended shortly before may be the cause instead.
  public static let perhaps = ProcessChanges(rawValue: 1 << 15)
}

/// How one call ended. It is still in the arena: properties copy what they return.
@safe public struct Completion {
  private let raw: kh_completion
  /// Nil for a simulated lane.
  private let client: OpaquePointer?
  /// The catalogue lives as long as the lane. An unowned reference saves reference counting.
  private unowned(unsafe) let catalogue: Catalogue

  init(_ raw: kh_completion, client: OpaquePointer?, catalogue: Catalogue) {
    unsafe self.raw = raw
    unsafe self.client = client
    unsafe self.catalogue = catalogue
  }

  /// As given to `Lane.submit`.
  public var tag: UInt64 { unsafe raw.tag }
  public var slot: UInt32 { unsafe raw.slot }
  public var kernel: Int { unsafe Int(raw.kernel) }
  public var steps: Int64 { unsafe Int64(clamping: raw.steps) }
  /// Its start was entered. No call ends within the same nanosecond.
  public var wasStarted: Bool { unsafe raw.nanoseconds > 0 }
  /// When its start was entered, by `monotonicNanoseconds`; 0: it was not entered.
  public var began: UInt64 { unsafe raw.started_ns }
  /// The call's own time: its steps and sleeps.
  public var seconds: Double { unsafe Double(raw.nanoseconds) * 1e-9 }
  /// From its start to its end, including its neighbours' steps.
  public var elapsed: Double { unsafe Double(raw.elapsed_ns) * 1e-9 }
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

  /// What it had changed in its process.
  public var changes: ProcessChanges { unsafe ProcessChanges(rawValue: raw.changes) }

  /// The guard words around the call's memory that are overwritten now. Its results are right if
  /// this is empty after they were read.
  public var overrunsNow: Overruns {
    guard let client = unsafe client else { return unsafe Overruns(rawValue: raw.overruns) }
    return unsafe Overruns(rawValue: raw.overruns | kh_client_overruns(client, raw.slot))
  }

  /// Bytes of text that it has printed, if it may be run again.
  public var printed: UInt64 {
    // A simulated completion has no message, and the count in the place of its length.
    guard let client = unsafe client else { return unsafe raw.message_length }
    return unsafe kh_client_printed(client, raw.slot)
  }

  /// The kernel's message about its error; nil if absent.
  public var message: String? {
    guard let start = unsafe raw.message else { return nil }
    // Copied, then decoded: a thread of the kernel may still write there.
    let bytes = unsafe [UInt8](
      UnsafeRawBufferPointer(start: start, count: Int(raw.message_length)))
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The results: null, the one value, or a record. O(their size).
  public var result: Value {
    let fields = unsafe catalogue.layouts[kernel].results
    switch fields.count {
    case 0: return .null
    case 1:
      let value = unsafe read(fields[0])
      guard unsafe fields[0].shape == .choice else { return value }
      return unsafe fields[0].named(value, catalogue.signatures[kernel].results[0].choices)
    default:
      let names = unsafe catalogue.signatures[kernel].results
      return .record(
        fields.indices.map { index in
          let value = unsafe fields[index].named(read(fields[index]), names[index].choices)
          return Value.Field(name: names[index].name, value: value)
        })
    }
  }

  private func read(_ field: FieldLayout) -> Value {
    unsafe StateReader.value(field, at: raw.state) { pointer, length in
      guard let client = unsafe client else { return nil }
      return unsafe kh_client_view(client, pointer, UInt64(length))
    }
  }
}

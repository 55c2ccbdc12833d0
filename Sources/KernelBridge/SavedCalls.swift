/// A half-done call, copied between two of its steps.
public struct SavedCall: Sendable, Hashable {
  /// In place of the number of a call whose copy counts no more.
  public static let void = -1

  /// Its number in the run, as given in `CallOptions.number`.
  public var number: Int
  /// Which start of it this is, from 1.
  public var attempt: Int32
  /// The kernel's index in the catalogue of the process that made the copy.
  public var kernel: Int
  public var steps: Int64
  /// Its own time so far: its steps and sleeps.
  public var nanoseconds: UInt64
  /// Bytes of text that it has printed.
  public var printed: UInt64
  public var isAsleep: Bool

  public init(
    number: Int, attempt: Int32, kernel: Int, steps: Int64, nanoseconds: UInt64, printed: UInt64,
    isAsleep: Bool
  ) {
    self.number = number
    self.attempt = attempt
    self.kernel = kernel
    self.steps = steps
    self.nanoseconds = nanoseconds
    self.printed = printed
    self.isAsleep = isAsleep
  }
}

/// A kernel of saved calls.
public struct SavedKernel: Sendable, Hashable {
  /// Its index in the catalogue of the process that made the copies.
  public var index: Int
  public var name: String
  /// Where its default state has pointers, and which. They are others in another process.
  public var defaults: [Pointer]

  public struct Pointer: Sendable, Hashable {
    /// In the state, in bytes.
    public var offset: Int
    public var address: UInt64

    public init(offset: Int, address: UInt64) {
      self.offset = offset
      self.address = address
    }
  }

  public init(index: Int, name: String, defaults: [Pointer]) {
    self.index = index
    self.name = name
    self.defaults = defaults
  }
}

/// Half-done calls of one lane, which a lane of another process can continue.
public struct SavedCalls: Sendable, Hashable {
  /// In the order in which they continue.
  public var calls: [SavedCall]
  /// All kernels of the calls.
  public var kernels: [SavedKernel]
  /// What the lane knows of them, in a form of its own, in the same order.
  public var body: [UInt8]

  public init(calls: [SavedCall] = [], kernels: [SavedKernel] = [], body: [UInt8] = []) {
    self.calls = calls
    self.kernels = kernels
    self.body = body
  }
}

/// A pointer that a call of a flat kernel must not have: another process could not use it.
public struct StrayPointer: Sendable, Hashable {
  /// The call's number in the run.
  public let number: Int
  public let kernel: Int
  /// In its state, or in the block of `kh_alloc`, in bytes.
  public let offset: Int
  /// Which block of `kh_alloc` of the call it is in, from 1; nil: it is in the state.
  public let block: Int?

  public init(number: Int, kernel: Int, offset: Int, block: Int?) {
    self.number = number
    self.kernel = kernel
    self.offset = offset
    self.block = block
  }
}

/// What a lane has copied, and its owner has not read.
public struct LaneSnapshot: Sendable {
  /// It was made when all calls were stopped. They have done nothing since.
  public let isFinal: Bool
  /// How long the lane copied instead of stepping its calls.
  public let nanoseconds: UInt64
  /// The longest part of that between two steps.
  public let pause: UInt64
  /// Reads the copies, once, on any thread. The lane makes no others before that. Calls with stray
  /// pointers are left out. O(bytes).
  public let read: @Sendable () -> (SavedCalls, strays: [StrayPointer])

  public init(
    isFinal: Bool, nanoseconds: UInt64 = 0, pause: UInt64 = 0,
    read: @escaping @Sendable () -> (SavedCalls, strays: [StrayPointer])
  ) {
    self.isFinal = isFinal
    self.nanoseconds = nanoseconds
    self.pause = pause
    self.read = read
  }
}

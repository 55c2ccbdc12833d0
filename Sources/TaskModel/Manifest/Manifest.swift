/// How the calls of a run are interleaved.
public enum Mode: String, Sendable, CaseIterable {
  case concurrent
  case parallel
}

/// What stands between a call and the host.
public enum Isolation: String, Sendable, CaseIterable {
  case process
  case call
  case none
}

/// A manifest as it was written: values, each with its place in the file, and
/// nothing that needs a kernel to be known. Compact, because a manifest can
/// hold a million tasks: names are numbers into a table, and the values of all
/// tasks lie in a few shared arrays.
public struct Manifest: Sendable {
  public var source: SourceText
  public var mode: Mode?
  public var isolation: Isolation?
  public var jobs: Int?
  /// Where the values of mode, isolation and jobs stand, as far as they are given.
  public var modePlace = 0
  public var isolationPlace = 0
  public var jobsPlace = 0
  /// The value of `metadata` as bytes of the source; nil: the key is absent.
  public var metadata: Range<Int>?
  public var plugins: [PluginEntry] = []
  /// Seconds, of `defaults`; nil: no limit.
  public var defaultTimeout: Double?
  /// Of tasks that say nothing of it.
  public var defaultLimits = CallLimits.standard
  /// Of tasks with limits of their own, by the task's number. (Few have.)
  public var limits: [Int: CallLimits] = [:]
  public var sandbox: SandboxLevel?
  /// Where what needs worker processes stands, as far as it is given.
  public var sandboxPlace = 0
  public var allowPlace: Int?
  public var workerLimitsPlace: Int?
  public var memoryPlace: Int?
  public var allowed = AllowedPaths()
  /// Where the paths of `allowed` stand, those to read before those to write.
  public var allowedPlaces: (read: [Int], write: [Int]) = ([], [])
  /// The different timeouts of tasks, in seconds.
  var timeouts: [Double] = []
  /// Names of errors in `retries`, of tasks by their numbers, that only a kernel can declare.
  var retryNames: [RetryName] = []
  public var workerLimits = WorkerLimits()
  /// Crashes of one kernel after which its other calls are skipped; nil: the default.
  public var crashLimit: Int?
  public var tasks: [Task] = []
  public var arguments: [Argument] = []
  /// Of tasks that are several calls, by the task's number.
  public var sweeps: [Int: Sweep] = [:]
  /// Files that sweeps take their points from.
  var pointsFiles: [PointsFile] = []
  /// A hash of the files that were read; 0: no file was.
  public internal(set) var pointsHash: UInt64 = 0
  /// The values that stand in lists of sweeps.
  var swept: [SweptValue] = []
  /// What tasks wait for by `after`, in the order of the tasks.
  var after: [After] = []
  /// The results of other tasks that arguments are.
  var references: [Reference] = []
  /// Of arrays with references.
  var elements: [Element] = []
  /// The tasks by their names; empty where no task waits for another.
  var taskNames = TaskNames()
  /// Kernel names and argument names, each once.
  public var names: NameTable = NameTable()
  public var pools: ValuePools = ValuePools()

  public init(source: SourceText) {
    self.source = source
  }

  /// A name in `on` of `retries`.
  struct RetryName: Sendable {
    let name: String
    let place: Int
    /// Nil: of `defaults`.
    let task: Int?
  }

  /// An entry of `plugins`.
  public struct PluginEntry: Sendable {
    public var plugin: Plugin
    public var place: Int
  }

  /// An entry of `tasks`. 24 bytes, because there can be ten million.
  public struct Task: Sendable {
    /// Into `names`.
    public var kernel: UInt32
    /// Where `arguments` of this task begin. They end where those of the next task begin.
    var firstArgument: UInt32
    /// Into `pools.text`; an empty range: the task has no name.
    public var name: PoolRange
    /// The byte offset in the source. Other places are found from there when they are needed.
    public var place: UInt32
    /// The task's own `timeout`: its index in `timeouts`, and 1; 0: not given.
    var timeout: UInt32
  }

  /// One argument of one task. 16 bytes.
  public struct Argument: Sendable {
    public var value: Cell
    /// Into `names`, or `positional` for an element of an argument array.
    public var key: UInt32

    public static let positional = UInt32.max
  }

  /// A value in a list of a sweep. 16 bytes.
  struct SweptValue: Sendable {
    var value: Cell
    /// The byte offset in the source.
    let place: UInt32
  }

  /// The arguments of a task, by its number: indices of `arguments`. O(1).
  @inline(__always)
  public func argumentIndices(ofTask number: Int) -> Range<Int> {
    let end =
      number &+ 1 < tasks.count ? Int(tasks[number &+ 1].firstArgument) : arguments.count
    return Int(tasks[number].firstArgument)..<end
  }

  /// The task's own timeout in seconds; nil: not given.
  @inline(__always)
  func timeout(of task: Task) -> Double? {
    task.timeout == 0 ? nil : timeouts[Int(task.timeout) - 1]
  }

  /// A JSON value in at most 17 bytes; what is longer lies in `pools`.
  public enum Cell: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// The same above `Int64.max`; never smaller.
    case unsigned(UInt64)
    /// -0, until the planner knows whether it is a whole number.
    case minusZero
    /// Digits without fraction or exponent that no 64 bits hold: an error for an i64, a
    /// rounded number for an f64.
    case bigInteger(Double)
    case number(Double)
    case text(PoolRange)
    /// The value of `{"base64": "..."}`.
    case bytes(PoolRange)
    /// An array of integers only (the empty array too).
    case integers(PoolRange)
    /// An array of numbers, at least one of which is no integer.
    case numbers(PoolRange)
    /// The result of another task: into `references`.
    case reference(UInt32)
    /// An array of numbers and of references: into `elements`.
    case mixed(PoolRange)
    /// An array with something else in it, or an object: kept for the error message only.
    case other(JSONKind)
  }

  /// For a call that is made again to be looked at: what only a worker process can keep to.
  public mutating func dropWhatNeedsProcesses() {
    sandbox = nil
    allowPlace = nil
    workerLimitsPlace = nil
    memoryPlace = nil
  }

  /// The command line's grace, for tasks that say nothing of it themselves.
  public mutating func setDefaultGrace(_ seconds: Double) {
    let before = defaultLimits.grace
    defaultLimits.grace = seconds
    for (task, own) in limits where own.grace == before { limits[task]?.grace = seconds }
  }

  /// The name of a task; nil: it is not named.
  public func name(of task: Task) -> String? {
    task.name.isEmpty ? nil : pools.string(task.name)
  }
}

/// `count` elements from `start` on in one of the pools. 8 bytes.
public struct PoolRange: Sendable, Hashable {
  public var start: UInt32
  public var count: UInt32

  public init(start: Int, count: Int) {
    self.start = UInt32(start)
    self.count = UInt32(count)
  }

  public static let empty = PoolRange(start: 0, count: 0)
  public var isEmpty: Bool { count == 0 }
  public var indices: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// The long values of a manifest, end to end.
public struct ValuePools: Sendable {
  /// Texts as UTF-8 without escapes, and bytes.
  public var text: [UInt8] = []
  public var integers: [Int64] = []
  public var numbers: [Double] = []
  /// Where the integers stand that are -0, in order. (Hardly any are.)
  var minusZeros: [Int] = []

  public init() {}

  public func string(_ range: PoolRange) -> String {
    String(decoding: text[range.indices], as: UTF8.self)
  }

  /// Integers as the nearest f64s. O(size).
  public func reals(_ range: PoolRange) -> [Double] {
    var reals = integers[range.indices].map { Double($0) }
    if minusZeros.isEmpty { return reals }
    for index in reals.indices where reals[index] == 0 && isMinusZero(Int(range.start) + index) {
      reals[index] = -0.0
    }
    return reals
  }

  /// Whether the integer at an index was written with a sign and is 0. O(log minus zeros).
  func isMinusZero(_ index: Int) -> Bool {
    var low = 0
    var high = minusZeros.count
    while low < high {
      let middle = (low + high) / 2
      if minusZeros[middle] < index { low = middle + 1 } else { high = middle }
    }
    return low < minusZeros.count && minusZeros[low] == index
  }

  /// Forgets the last integers.
  mutating func dropIntegers(from first: Int) {
    integers.removeLast(integers.count - first)
    while let last = minusZeros.last, last >= first { minusZeros.removeLast() }
  }

  /// What was written, as a value of its own. O(size).
  func value(_ cell: Manifest.Cell) -> Value {
    switch cell {
    case .null, .other, .reference, .mixed: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .unsigned(let value): .unsigned(value)
    case .minusZero: .number(-0.0)
    case .bigInteger(let value), .number(let value): .number(value)
    case .text(let range): .text(string(range))
    case .bytes(let range): .bytes(Array(text[range.indices]))
    case .integers(let range): .integers(Array(integers[range.indices]))
    case .numbers(let range): .numbers(Array(numbers[range.indices]))
    }
  }
}

/// The kinds of JSON value, as error messages name them.
public enum JSONKind: String, Sendable, Hashable {
  case null
  case bool
  case integer
  case number
  case text
  case array
  case object
  /// Stands for a kernel that cannot be used; the mistake has been reported.
  case broken
}

/// Every mistake that a manifest can have, as data; `Wording` has the sentences.
public enum Problem: Sendable, Hashable {
  /// The source is no JSON text.
  case json(JSONProblem)
  case sourceTooLarge(bytes: Int)
  /// The source is something else that is known.
  case foreign(ForeignFile)

  // The form of the manifest.
  case notManifest(Found)
  case notTask(Found)
  case missingTasks
  case missingKernel

  // Sweeps.
  case noValues(String)
  /// Keys that a range needs and lacks; empty: it has both `count` and `step`.
  case rangeIncomplete(missing: [String])
  case wrongRange(RangeProblem)
  case rangeNotWhole(String)
  case zipLengths(String, Int, String, Int)
  case zipWithoutSweep
  case tooManyPoints(most: Int)
  /// Of all tasks together.
  case tooManyCalls(most: Int)
  /// In `args`, or by position, too.
  case sweptTwice(String)

  /// A file that a sweep takes its points from.
  case points(PointsProblem)

  // Tasks that wait for others.
  case waiting(WaitingProblem)

  // Plugins.
  case missingPath
  case pathAndLibrary
  case missingFunctions
  case functionsOfPath
  /// Flags or libraries of what is not compiled.
  case optionsOfLibrary(String)
  case prototype(PrototypeProblem)
  /// An object in "functions" without one.
  case missingFunction
  case badKernelName
  /// What its "error" is.
  case errorOfFunction(String)

  case unknownKey(String, in: Section, near: String?)
  /// A key of other objects.
  case misplacedKey(String, belongsInto: [Section])
  /// The same key twice in an object; `first` is the place of the first.
  case duplicateKey(String, first: Int)
  /// Two tasks of one name.
  case duplicateTask(String, first: Int)
  case wrongType(of: String, expected: Expected, found: Found)
  case wrongWord(of: String, found: String, allowed: [String], near: String?)
  /// Of a key that is a time limit.
  case wrongTimeout(_ key: String, _ found: String)
  /// A name in `on` of `retries` that no error has. `declared`: the errors of the kernel.
  case unknownCause(String, near: String?, declared: [String])
  /// A path of `allow` that cannot be used.
  case allowedPath(AllowedPathProblem)
  /// An object of `retries` that does not say how often.
  case missingTimes
  /// A key that needs worker processes, with isolation `none`.
  case needsProcess(String)
  case wrongJobs(String)
  case emptyText(of: String)
  case nulInPath
  /// As it stands in the manifest, and why it was not loaded.
  case plugin(String, reason: String)
  /// The same file as another plugin: as the two are written, and where the first stands; nil: on
  /// the command line.
  case samePlugin(String, as: String, first: Int?)
  /// Digits that no f64 can hold.
  case numberOutOfRange(String)
  case wrongBase64(Base64Problem)

  /// A line to a server that is no request.
  case request(RequestProblem)

  // The manifest held against the kernels.
  /// `known`: a few of the `count` kernels that there are.
  case unknownKernel(String, near: String?, known: [String], count: Int)
  case unknownParameter(String, kernel: String, near: String?, known: [String])
  case tooManyPositional(kernel: String, found: Int, parameters: [String])
  case missingArgument(String, type: ValueType, kernel: String)
  case argument(ArgumentProblem, parameter: String, kernel: String)

  /// Whether the line of the source tells a person anything.
  var hasExcerpt: Bool {
    switch self {
    case .json(.empty), .json(.onlyWhiteSpace), .json(.binary), .json(.compressed), .json(.utf16),
      .json(.utf32), .sourceTooLarge:
      false
    case .foreign(let file): file.isText
    default: true
    }
  }

  /// The objects of a manifest that have keys of their own.
  public enum Section: Int, Sendable, Hashable, CaseIterable {
    case manifest
    case defaults
    case task
    case bytes
    case allow
    case limits
    case retries
    case plugin
    case function
    case range
    case reference
    /// A line that a client writes to a server.
    case request

    /// Those that a manifest can have.
    static let ofManifests = allCases.filter { $0 != .request }
  }

  /// What a key of the manifest takes.
  public enum Expected: Sendable, Hashable {
    case text
    case seconds
    case wholeNumber
    case object
    case arguments
    case tasks
    case paths
    case path
    case secondsOrNone
    case wholeSeconds
    case size
    case retries
    case retryTimes
    case causes
    case cause
    case crashLimit
    case bool
    case words([String])
    case plugins
    case plugin
    case texts
    case functions
    case function
    case number
    case sweep
    case sweepValues
    case columns
    case repeats
    case after
  }
}

/// Why a range has no values that could be said.
public enum RangeProblem: Sendable, Hashable {
  case noStep
  case wrongWay
  case stepOfLogarithm
  case logarithmOfNothing
  case oneOfTwo
  case tooMany
}

/// What is wrong with a task's waiting for others.
public enum WaitingProblem: Sendable, Hashable {
  case unknownTask(String, near: String?)
  /// Both `result` and `results`.
  case twoKinds
  case inSweep
  /// In a request, which is one task.
  case inRequest
  case resultsInArray
  /// The task is several calls.
  /// `written`: the task and one of its results, as they are to be written.
  case severalCalls(task: String, written: String, count: Int)
  /// For one array.
  case tooManyResults(task: String, count: Int, most: Int)
  case noResult(task: String, kernel: String)
  /// The kernel has several results, and the one meant is not among them, or not named.
  case whichResult(task: String, kernel: String, field: String?, near: String?, known: [String])
  /// `isAll`: of all calls of the task.
  case wrongType(
    parameter: String, kernel: String, expected: ValueType, isElement: Bool, found: ValueType,
    isAll: Bool, task: String)
  /// Tasks by name, each with the place where it says that it waits for the next; the last
  /// waits for the first. `count`: of all of them.
  case cycle([Link], count: Int)

  public struct Link: Sendable, Hashable {
    public let task: String
    public let place: Int
  }
}

/// What is wrong with a line that a client writes to a server.
public enum RequestProblem: Sendable, Hashable {
  case notObject(Found)
  case missingID
  case wrongID(key: String, Found)
  case longID(most: Int)
  /// The id is that of a request that has not ended.
  case idInUse(String)
  /// An order, and what stands beside it.
  case orderWithOthers(String)
  case wrongOrder(String, Found)
  case tooLong(most: Int)
  /// The server takes no more requests.
  case closed
}

/// A path of `allow` that leads nowhere.
public struct AllowedPathProblem: Sendable, Hashable {
  /// "read" or "write".
  public let key: String
  public let written: String
  public let absolute: String
  /// The system's sentence.
  public let reason: String

  public init(key: String, written: String, absolute: String, reason: String) {
    self.key = key
    self.written = written
    self.absolute = absolute
    self.reason = reason
  }
}

/// A value as it was found.
public enum Found: Sendable, Hashable {
  case null
  case bool(Bool)
  /// Numbers as they were written.
  case integer(String)
  case number(String)
  case text(String)
  case bytes
  case array
  case object
}

/// Why a value cannot be a parameter's.
public enum ArgumentProblem: Sendable, Hashable {
  case wrongType(expected: ValueType, found: Found)
  /// A whole number that the C type cannot hold: from the lowest to the highest that it does.
  case tooWide(String, from: Int64, to: UInt64)
  /// A number that is beyond the largest of 32 bits.
  case beyondFloat(String)
  /// `limits`: "from 0 to 1", "above 0".
  case outOfRange(String, limits: String, unit: String?)
  /// An array of a fixed number of elements, or of bytes.
  case wrongCount(Int, expected: Int, of: String)
  case notAmong(String, choices: [String], near: String?)
  /// The same of one element of an array, counted from 0.
  indirect case element(Int, ArgumentProblem)
}

/// What is wrong with a text that should be base64.
public enum Base64Problem: Sendable, Hashable {
  case character(Unicode.Scalar)
  /// A number of digits that is no multiple of four.
  case length(Int)
  case padding
  /// Bits behind the last byte that are not zero.
  case strayBits
}

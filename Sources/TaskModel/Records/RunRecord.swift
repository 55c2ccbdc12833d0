/// A call's record as a value: what `TokenRecord` writes, read back or made of a token.
public struct RunRecord: Sendable, Hashable {
  public var call: Int
  public var task: String?
  public var kernel: String
  /// The call's values of its task's sweep, by name.
  public var point: [Value.Field] = []
  /// All arguments, as far as they are known: arrays that were read are their JSON as a text.
  public var args: [Value.Field] = []
  /// One value, or several by name; arrays that were read are their JSON as a text.
  public var result = Value.null
  public var status: Status
  /// Nil if the status is `ok`.
  public var error: CallError?
  /// How often it was started.
  public var attempts = 0
  public var steps = 0
  /// Its own time: its steps and sleeps.
  public var seconds = 0.0
  /// From start to end, where that is longer.
  public var elapsed: Double?
  /// Seconds from the run's begin to the call's; nil: it never started, or the record lacks it.
  public var start: Double?
  /// The lane that it ran in; nil as `start` is.
  public var lane: Int?
  public var warning: String?

  /// Seconds for which it was live.
  public var live: Double { max(elapsed ?? 0, seconds) }

  public init(call: Int, kernel: String, status: Status) {
    self.call = call
    self.kernel = kernel
    self.status = status
  }

  /// The record of a call that has ended in a run. `arguments`: of its plan, kept from record to
  /// record. O(size).
  public init(_ record: CallRecord, _ arguments: inout RecordedArguments) {
    let plan = arguments.plan
    let call = record.located(in: plan)
    let token = record.token
    self.init(
      call: call.call, kernel: plan.signature(ofTask: call.task).name, status: token.status)
    task = plan.name(ofTask: call.task)
    if plan.hasSweeps { point = plan.namedPoint(of: call) }
    args = arguments.fields(of: call, taken: record.taken)
    result = token.result ?? .null
    error = token.error
    attempts = Int(token.attempts)
    steps = Int(token.steps)
    seconds = token.seconds
    if record.tookTurns { elapsed = record.elapsed }
    if record.hasStart {
      start = record.start
      lane = Int(record.lane)
    }
    warning = record.warning
  }
}

/// What is wrong with a line that should be a record.
enum RecordProblem: Hashable {
  case json(JSONProblem)
  case notObject
  case missing(String)
  /// A key and what it should hold.
  case wrong(String, expected: String)
  case tooLong(limit: Int)
}

/// The input is not a valid file of records.
public struct RecordError: Error, Sendable, Hashable {
  /// `run.jsonl:3:14: error: ...`, the line, and a caret under the place.
  public let message: String
}

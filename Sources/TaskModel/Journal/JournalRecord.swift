/// The format of a journal's files. Each host reads those of its own major version and of the
/// older ones, and passes over what a newer minor version adds.
public enum JournalFormat {
  public static let major = 1
  /// 1: runs are dealt to shards. 2: begins are numbered.
  public static let minor = 2
}

/// One line of a segment of a journal, without its checksum.
public enum JournalRecord: Sendable, Hashable {
  /// The first line of each segment.
  case segment(JournalSegmentHead)
  case ended(JournalEnd)
  /// Calls that must not be run twice are about to begin. `number`: of this record among those of
  /// its segment, from 1, so that it is noticed if one is damaged; nil: an older host wrote it.
  case begun(Range<Int>, number: Int? = nil)
  /// Calls that may be run again are about to begin, or are still live. What is live when the
  /// host dies may be why it died.
  case live(Range<Int>)
  case halfDone(JournalSnapshot)
  /// Calls that are to be run again: what segments before this one say of them is void.
  case again(Range<Int>)
  case mark(JournalMark)
  /// Nothing follows in the segment. `isComplete`: each call of the run has its record.
  case closed(isComplete: Bool)
  /// Sound, and of a newer minor version.
  case other
}

/// What a segment says of itself, and of the process that wrote it.
public struct JournalSegmentHead: Sendable, Hashable {
  public var number: Int
  public var major = JournalFormat.major
  /// Of the run, as `run.json` has it.
  public var run: String
  public var host: String
  public var process: Int
  /// When it began, in UTC as ISO 8601 has it.
  public var began: String
  /// The shards of the process, as "3,7,9-12/64"; nil: it makes the run as a whole.
  public var shards: String?

  public init(number: Int, run: String, host: String, process: Int, began: String) {
    self.number = number
    self.run = run
    self.host = host
    self.process = process
    self.began = began
  }
}

/// The end of a call: all that its token has.
public struct JournalEnd: Sendable, Hashable {
  public var call: Int
  public var token: Token<Value>
  /// What a person should know of it; nil: nothing.
  public var warning: String?
  /// Of a token that another run's journal had: which run.
  public var source: String?

  public init(
    call: Int, token: Token<Value>, warning: String? = nil, source: String? = nil
  ) {
    self.call = call
    self.token = token
    self.warning = warning
    self.source = source
  }
}

/// A copy of a call's state in a file beside the segments.
public struct JournalSnapshot: Sendable, Hashable {
  public var call: Int
  public var steps: Int
  public var seconds: Double
  public var attempts: Int
  /// In the journal's folder.
  public var file: String

  public init(call: Int, steps: Int, seconds: Double, attempts: Int, file: String) {
    self.call = call
    self.steps = steps
    self.seconds = seconds
    self.attempts = attempts
    self.file = file
  }
}

/// How far a segment is: so that the tail of a file says what the whole file holds.
public struct JournalMark: Sendable, Hashable {
  /// Since the segment was begun.
  public var seconds: Double
  /// By status, in the order of `Status.allCases`: the records of calls in the segment so far.
  public var counts: [Int]
  /// Calls that this process was to make; 0: not known.
  public var planned: Int
  /// The records of begins in the segment so far; nil: an older host wrote it.
  public var begins: Int?

  public init(seconds: Double, counts: [Int], planned: Int = 0, begins: Int? = nil) {
    self.seconds = seconds
    self.counts = counts
    self.planned = planned
    self.begins = begins
  }
}

extension JournalRecord {
  /// Appends the record's JSON object without its closing brace: the checksum follows. O(size).
  public func write(to buffer: inout [UInt8]) {
    switch self {
    case .segment(let head): head.write(to: &buffer)
    case .ended(let end): end.write(to: &buffer)
    case .begun(let calls, let number):
      Self.write("b", calls, to: &buffer)
      if let number { JSONWriter.raw(",\"k\":\(number)", to: &buffer) }
    case .live(let calls): Self.write("l", calls, to: &buffer)
    case .again(let calls): Self.write("again", calls, to: &buffer)
    case .halfDone(let snapshot): snapshot.write(to: &buffer)
    case .mark(let mark): mark.write(to: &buffer)
    case .closed(let isComplete):
      JSONWriter.raw("{\"end\":\"\(isComplete ? "complete" : "stopped")\"", to: &buffer)
    case .other: JSONWriter.raw("{\"other\":null", to: &buffer)
    }
  }

  /// The first and the last call.
  private static func write(_ key: String, _ calls: Range<Int>, to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"\(key)\":[", to: &buffer)
    JSONWriter.unsigned(UInt64(calls.lowerBound), to: &buffer)
    buffer.append(UInt8(ascii: ","))
    JSONWriter.unsigned(UInt64(max(calls.upperBound - 1, calls.lowerBound)), to: &buffer)
    buffer.append(UInt8(ascii: "]"))
  }
}

extension JournalEnd {
  /// What is as it mostly is stays away: status ok, one attempt, no steps, no result. The order
  /// is fixed: readers tell a call's number, and whether it ended well, by the first bytes. Returns
  /// where the text of a result stands that is one finite number; nil: it is another one. `text`:
  /// of the number that is the result, where that is known: then the token's is not looked at.
  /// O(size).
  @discardableResult
  public func write(number text: ArraySlice<UInt8>? = nil, to buffer: inout [UInt8]) -> Range<Int>?
  {
    var number: Range<Int>?
    buffer += Part.call
    JSONWriter.unsigned(UInt64(call), to: &buffer)
    if let error = token.error {
      JSONWriter.raw(",\"status\":\"\(error.status.rawValue)\",\"error\":{\"code\":", to: &buffer)
      JSONWriter.integer(Int64(error.code), to: &buffer)
      JSONWriter.raw(",\"name\":", to: &buffer)
      JSONWriter.text(error.name, to: &buffer)
      JSONWriter.raw(",\"message\":", to: &buffer)
      JSONWriter.text(error.message, to: &buffer)
      buffer.append(UInt8(ascii: "}"))
    }
    if let text {
      buffer += Part.result
      buffer += text
    } else if let result = token.result, result != .null {
      buffer += Part.result
      let start = buffer.count
      JSONWriter.value(result, to: &buffer)
      if result.isFiniteNumber { number = start..<buffer.count }
    }
    if token.steps != 0 {
      buffer += Part.steps
      JSONWriter.integer(token.steps, to: &buffer)
    }
    // Also of a call that never was started: it ends the first part of the record.
    buffer += Part.seconds
    JSONWriter.seconds(token.seconds, to: &buffer)
    if token.attempts != 1 { JSONWriter.raw(",\"a\":\(token.attempts)", to: &buffer) }
    if let warning {
      JSONWriter.raw(",\"w\":", to: &buffer)
      JSONWriter.text(warning, to: &buffer)
    }
    if let source {
      JSONWriter.raw(",\"from\":", to: &buffer)
      JSONWriter.text(source, to: &buffer)
    }
    return number
  }

  /// What stands between the values of each record, ready to be copied.
  private enum Part {
    static let call = Array("{\"c\":".utf8)
    static let result = Array(",\"r\":".utf8)
    static let steps = Array(",\"n\":".utf8)
    static let seconds = Array(",\"s\":".utf8)
  }
}

extension JournalSegmentHead {
  fileprivate func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"segment\":\(number),\"format\":\(major),\"run\":", to: &buffer)
    JSONWriter.text(run, to: &buffer)
    JSONWriter.raw(",\"host\":", to: &buffer)
    JSONWriter.text(host, to: &buffer)
    JSONWriter.raw(",\"process\":\(process),\"began\":", to: &buffer)
    JSONWriter.text(began, to: &buffer)
    if let shards {
      JSONWriter.raw(",\"shards\":", to: &buffer)
      JSONWriter.text(shards, to: &buffer)
    }
  }
}

extension JournalSnapshot {
  fileprivate func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"h\":\(call),\"n\":\(steps),\"s\":", to: &buffer)
    JSONWriter.seconds(seconds, to: &buffer)
    JSONWriter.raw(",\"a\":\(attempts),\"file\":", to: &buffer)
    JSONWriter.text(file, to: &buffer)
  }
}

extension JournalMark {
  fileprivate func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"t\":", to: &buffer)
    JSONWriter.seconds(seconds, to: &buffer)
    JSONWriter.raw(",\"done\":{", to: &buffer)
    var isFirst = true
    for (status, count) in zip(Status.allCases, counts) where count > 0 {
      JSONWriter.raw((isFirst ? "" : ",") + "\"\(status.rawValue)\":\(count)", to: &buffer)
      isFirst = false
    }
    JSONWriter.raw("}", to: &buffer)
    if planned > 0 { JSONWriter.raw(",\"of\":\(planned)", to: &buffer) }
    if let begins { JSONWriter.raw(",\"k\":\(begins)", to: &buffer) }
  }
}

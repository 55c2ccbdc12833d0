/// What is left of a run, dealt anew to another number of shards. A file in the journal's folder
/// holds it, and never changes. Segments of earlier deals need not be read beside it.
public struct JournalDeal: Sendable, Hashable {
  /// From 1; 0 is the deal that the run was begun with.
  public var number: Int
  /// As `run.json` has it.
  public var run: String
  public var deal: Deal
  /// The number of the last segment that was read for it.
  public var lastSegment: Int
  /// Of the run's calls, those that have their record, by status in the order of
  /// `Status.allCases`.
  public var done: [Int]
  /// The calls that are dealt: those without a record that wait for no others.
  public var left: Selection
  /// Of these, those that began and must not begin again.
  public var begun: [Range<Int>]
  /// Of these, those that were live at deaths of a host, and at how many.
  public var deaths: [Int: Int]

  public init(
    number: Int, run: String, deal: Deal, lastSegment: Int, done: [Int], left: Selection,
    begun: [Range<Int>], deaths: [Int: Int]
  ) {
    self.number = number
    self.run = run
    self.deal = deal
    self.lastSegment = lastSegment
    self.done = done
    self.left = left
    self.begun = begun
    self.deaths = deaths
  }

  // MARK: As a file

  private static let beginning = "{\"kernelhost_deal\":"

  /// Appends one JSON object without its closing brace: the checksum follows. O(size).
  public func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("\(Self.beginning)\(number),\"run\":", to: &buffer)
    JSONWriter.text(run, to: &buffer)
    JSONWriter.raw(",\"deal\":", to: &buffer)
    deal.write(to: &buffer)
    JSONWriter.raw(",\"last_segment\":\(lastSegment),\"done\":{", to: &buffer)
    var isFirst = true
    for (status, count) in zip(Status.allCases, done) where count > 0 {
      JSONWriter.raw((isFirst ? "" : ",") + "\"\(status.rawValue)\":\(count)", to: &buffer)
      isFirst = false
    }
    JSONWriter.raw("},\"left\":", to: &buffer)
    Self.write(left.ranges.lazy.map { ($0.lowerBound, $0.upperBound - 1) }, to: &buffer)
    JSONWriter.raw(",\"begun\":", to: &buffer)
    Self.write(begun.lazy.map { ($0.lowerBound, $0.upperBound - 1) }, to: &buffer)
    JSONWriter.raw(",\"deaths\":", to: &buffer)
    Self.write(deaths.sorted { $0.key < $1.key }.lazy.map { ($0.key, $0.value) }, to: &buffer)
  }

  private static func write(_ pairs: some Sequence<(Int, Int)>, to buffer: inout [UInt8]) {
    JSONWriter.raw("[", to: &buffer)
    var isFirst = true
    for (first, second) in pairs {
      JSONWriter.raw(isFirst ? "[" : ",[", to: &buffer)
      JSONWriter.unsigned(UInt64(first), to: &buffer)
      buffer.append(UInt8(ascii: ","))
      JSONWriter.unsigned(UInt64(second), to: &buffer)
      buffer.append(UInt8(ascii: "]"))
      isFirst = false
    }
    JSONWriter.raw("]", to: &buffer)
  }

  /// Reads the file's one line, whose checksum was checked. Nil: it is no such file. O(size).
  public init?(reading bytes: [UInt8]) {
    guard bytes.starts(with: Self.beginning.utf8) else { return nil }
    var parser = RecordParser(JSONReader(bytes))
    guard let deal = try? parser.journalDeal(), parser.failure == nil else { return nil }
    self = deal
  }
}

extension Deal {
  /// Appends a JSON object.
  func write(to buffer: inout [UInt8]) {
    JSONWriter.raw(
      "{\"shards\":\(shards),\"style\":\"\(style.rawValue)\",\"block\":\(block)}", to: &buffer)
  }
}

extension RecordParser {
  /// Nil: it is another value.
  mutating func deal() throws(JSONError) -> Deal? {
    var (shards, block) = (0, 0)
    var style: Deal.Style?
    try members { (parser, key) throws(JSONError) in
      switch key {
      case "shards": shards = try parser.count()
      case "style": style = Deal.Style(rawValue: try parser.word())
      case "block": block = try parser.count()
      default: _ = try parser.reader.skipValue()
      }
    }
    guard let style, shards > 0, block > 0 else { return nil }
    return Deal(style, shards: shards, block: block)
  }

  fileprivate mutating func journalDeal() throws(JSONError) -> JournalDeal? {
    var (number, run, lastSegment) = (0, "", 0)
    var found: Deal?
    var done = [Int](repeating: 0, count: Status.allCases.count)
    var left: [(Int, Int)] = []
    var begun: [(Int, Int)] = []
    var deaths: [(Int, Int)] = []
    try members { (parser, key) throws(JSONError) in
      switch key {
      case "kernelhost_deal": number = try parser.count()
      case "run": run = try parser.word()
      case "deal": found = try parser.deal()
      case "last_segment": lastSegment = try parser.count()
      case "done":
        try parser.members { (parser, key) throws(JSONError) in
          let count = try parser.count()
          if let status = Status(rawValue: key) { done[status.index] = count }
        }
      case "left": left = try parser.pairs()
      case "begun": begun = try parser.pairs()
      case "deaths": deaths = try parser.pairs()
      default: _ = try parser.reader.skipValue()
      }
    }
    try reader.finish()
    let ranges = { (pairs: [(Int, Int)]) in
      pairs.filter { $0.0 <= $0.1 && $0.1 < Int.max }.map { $0.0..<$0.1 + 1 }
    }
    guard let found, number > 0 else { return nil }
    return JournalDeal(
      number: number, run: run, deal: found, lastSegment: lastSegment, done: done,
      left: Selection(ranges(left)), begun: ranges(begun),
      deaths: Dictionary(deaths, uniquingKeysWith: { first, _ in first }))
  }

  private mutating func pairs() throws(JSONError) -> [(Int, Int)] {
    var pairs: [(Int, Int)] = []
    try elements { (parser) throws(JSONError) in
      var numbers: [Int] = []
      try parser.elements { (parser) throws(JSONError) in numbers.append(try parser.count()) }
      if numbers.count == 2 { pairs.append((numbers[0], numbers[1])) }
    }
    return pairs
  }
}

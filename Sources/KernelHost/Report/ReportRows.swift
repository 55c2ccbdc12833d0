import KernelHostModel

/// The rows of the report's table: all calls, or all failed calls and every k-th ok call. k grows
/// with the number of calls.
struct ReportRows {
  struct Row {
    /// The index of its run, where a report has several.
    var run: UInt8 = 0
    var call: Int
    var task: UInt32 = 0
    var kernel: UInt32
    var status: Status
    var attempts: Int
    var steps: Int
    var seconds: Double
    /// From start to end.
    var live: Double
    /// NaN if it is not known.
    var start = Double.nan
    /// An index; -1 if there is no lane.
    var lane: Int32 = -1
    var error: UInt32 = 0
    var warning: UInt32 = 0
  }

  /// The largest numbers of rows and of bytes of text.
  private let rowLimit: Int
  private let textLimit: Int
  private(set) var rows: [Row] = []
  private(set) var texts = TextTable()
  private(set) var columns: [ReportColumn] = []
  private var places: [Place: Int] = [:]
  private(set) var okStride = 1
  private(set) var failureStride = 1
  private var okSeen = 0
  private var failuresSeen = 0
  private(set) var okKept = 0
  private(set) var hasMoreColumns = false
  /// The numbers in the arrays of all rows, and of those that have no room.
  private var arrayNumbers = 0
  private(set) var lostArrays = 0

  private struct Place: Hashable {
    let kind: ReportColumn.Kind
    let name: ExactText
  }

  /// The largest number of columns of parameters and results. Fields beyond it share one column.
  static let columnLimit = 64

  /// The largest count of numbers in arrays that the page carries as curves.
  static let arrayLimit = 500_000

  init(rowLimit: Int, textLimit: Int = 48 << 20) {
    self.rowLimit = max(rowLimit, 16)
    self.textLimit = textLimit
  }

  /// Whether some calls have no row.
  var isThinned: Bool { okStride > 1 || failureStride > 1 }

  /// Counts a record, and keeps it if it gets a row. O(size), on average.
  mutating func add(
    _ record: RunRecord, run: Int = 0, kernel: Int, lane: Int?, start: Double?
  ) {
    let isOK = record.status == .ok
    let isKept = isOK ? okSeen % okStride == 0 : failuresSeen % failureStride == 0
    if isOK { okSeen += 1 } else { failuresSeen += 1 }
    let row = rows.count
    addFields(record, to: isKept ? row : nil)
    guard isKept else { return }
    if isOK { okKept += 1 }
    rows.append(
      Row(
        run: UInt8(run), call: record.call, task: texts.number(of: record.task ?? ""),
        kernel: UInt32(kernel),
        status: record.status, attempts: record.attempts, steps: record.steps,
        seconds: record.seconds, live: record.live, start: start ?? .nan,
        lane: lane.map { Int32($0) } ?? -1,
        error: texts.number(of: record.error?.description ?? ""),
        warning: texts.number(of: record.warning ?? "")))
    // 16 large rows may exceed the limit of bytes: fewer rows would not help.
    while rows.count > rowLimit || texts.bytes > textLimit, rows.count > 16 { thin() }
  }

  private mutating func addFields(_ record: RunRecord, to row: Int?) {
    for field in record.point { add(field.value, .point, field.name, row) }
    switch record.result {
    case .null: break
    case .record(let fields):
      for field in fields { add(field.value, .result, field.name, row) }
    default: add(record.result, .result, "", row)
    }
    // Arguments come last: most are the same in all calls, and the number of columns is limited.
    if !record.args.isEmpty {
      let swept = Set(record.point.map { ExactText($0.name) })
      for field in record.args where !swept.contains(ExactText(field.name)) {
        add(field.value, .args, field.name, row)
      }
    }
  }

  private mutating func add(
    _ value: Value, _ kind: ReportColumn.Kind, _ name: String, _ row: Int?
  ) {
    var (number, text) = ReportColumn.cell(value)
    if number.isNaN, text == nil { return }
    let name = TextTable.clipped(name, most: 200)
    var column = places[Place(kind: kind, name: ExactText(name))]
    if column == nil {
      let isMore = columns.count >= Self.columnLimit
      let place = Place(kind: isMore ? .more : kind, name: ExactText(isMore ? "" : name))
      column = places[place]
      if column == nil {
        column = columns.count
        columns.append(ReportColumn(kind: place.kind, name: place.name.text))
        places[place] = column
      }
      if isMore {
        hasMoreColumns = true
        text = "\(name): \(text ?? String(number))"
        number = .nan
      }
    }
    guard let column else { return }
    columns[column].countNumber(number)
    // An object may repeat a key, and the last column has several fields. The first value is shown.
    guard let row, columns[column].numbers.count <= row, columns[column].texts.count <= row else {
      return
    }
    columns[column].set(number, text.map { texts.number(of: $0) } ?? 0, row: row)
    if kind == .result, let array = ReportColumn.array(value), !array.isEmpty {
      if arrayNumbers + array.count <= Self.arrayLimit {
        arrayNumbers += array.count
        columns[column].set(array, row: row)
      } else {
        lostArrays += 1
      }
    }
  }

  /// Removes every second ok row, or every second failed row if there are hardly any ok rows.
  private mutating func thin() {
    let thinsOK = okKept > 16 || okKept * 2 >= rows.count
    if thinsOK { okStride *= 2 } else { failureStride *= 2 }
    var index = 0
    let kept = rows.map { row -> Bool in
      if (row.status == .ok) != thinsOK { return true }
      index += 1
      return index % 2 == 1
    }
    var fresh = TextTable()
    let old = texts
    rows = rows.enumerated().filter { kept[$0.offset] }.map { entry in
      var row = entry.element
      row.task = fresh.number(of: old[row.task])
      row.error = fresh.number(of: old[row.error])
      row.warning = fresh.number(of: old[row.warning])
      return row
    }
    for index in columns.indices {
      columns[index].keep(kept) { fresh.number(of: old[$0]) }
    }
    texts = fresh
    arrayNumbers = columns.reduce(0) { $1.arrays.reduce($0) { $0 + $1.values.count } }
    okKept = rows.count { $0.status == .ok }
  }

  /// Completes the columns. No record may be added afterwards.
  mutating func finish() {
    for index in columns.indices { columns[index].pad(rows: rows.count) }
  }
}

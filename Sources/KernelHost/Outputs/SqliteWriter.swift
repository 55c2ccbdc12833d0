import KernelBridge
import KernelHostModel

/// The records as an SQLite database, which the system's libsqlite3 makes.
///
/// The table `results` has a row for each call, `columns` says what its columns mean, and `run` has
/// the record of the run. The database is sent on when it is complete.
struct SqliteWriter: RecordWriter {
  static let traits = FormatTraits(
    help: """
      an SQLite database: tables results, columns
      (with units) and run (what made them)
      """, origin: .inside, arguments: .recorded)

  private let origin: RunOrigin?
  private var table: TypedTable
  private let database = SqliteDatabase()

  init(_ run: WrittenRun) {
    origin = run.origin
    table = TypedTable(run.plan)
  }

  mutating func begin(to buffer: inout [UInt8]) {
    guard let database else { return }
    let columns = table.columns.enumerated().map { index, column in
      "\(Self.quoted(column.name)) \(index == 0 ? "INTEGER PRIMARY KEY" : Self.type(column))"
    }
    database.run("BEGIN; CREATE TABLE results (\(columns.joined(separator: ", ")))")
    database.run("CREATE TABLE columns (name TEXT, side TEXT, unit TEXT, doc TEXT)")
    database.prepare("INSERT INTO columns VALUES (?, ?, ?, ?)")
    for column in table.columns {
      database.bind(1, column.name)
      database.bind(2, column.side.rawValue)
      if let unit = column.unit { database.bind(3, unit) }
      database.bind(4, column.doc)
      database.step()
    }
    database.run("CREATE TABLE run (record TEXT)")
    if let origin {
      var record: [UInt8] = []
      origin.write(to: &record)
      database.prepare("INSERT INTO run VALUES (?)")
      database.bind(1, String(decoding: record, as: UTF8.self))
      database.step()
    }
    let marks = table.columns.map { _ in "?" }.joined(separator: ", ")
    database.prepare("INSERT OR REPLACE INTO results VALUES (\(marks))")
  }

  mutating func record(_ record: CallRecord, to buffer: inout [UInt8]) {
    guard let database else { return }
    for (index, value) in table.row(record).enumerated() { Self.bind(value, index + 1, database) }
    database.step()
  }

  mutating func end(_ counts: StatusCounts, to buffer: inout [UInt8]) {
    guard let database else { return }
    database.run("COMMIT")
    database.write(to: &buffer)
  }

  private static func quoted(_ name: String) -> String {
    "\"\(name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
  }

  private static func type(_ column: TypedTable.Column) -> String {
    switch column.type {
    // A column of integers would make a floating-point number of a text with digits.
    case .i64 where column.isUnsigned: ""
    case .i64, .bool: "INTEGER"
    case .f64: "REAL"
    case .bytes: "BLOB"
    default: "TEXT"
    }
  }

  /// Arrays are JSON, for SQLite's `json_each`. Integers beyond 63 bits are texts with all digits.
  private static func bind(_ value: Value, _ place: Int, _ database: SqliteDatabase) {
    switch value {
    case .null: break
    case .bool(let value): database.bind(place, value ? Int64(1) : 0)
    case .integer(let value): database.bind(place, value)
    case .unsigned(let value): database.bind(place, String(value))
    case .number(let value): database.bind(place, value)
    case .text(let text): database.bind(place, text)
    case .bytes(let bytes): database.bind(place, blob: bytes)
    case .integers, .numbers, .record:
      var json: [UInt8] = []
      JSONWriter.value(value, nonFinite: .null, to: &json)
      database.bind(place, String(decoding: json, as: UTF8.self))
    }
  }
}

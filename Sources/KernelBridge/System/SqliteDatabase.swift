import CKernelHostLanes

/// A database that the system's libsqlite3 writes. The library is loaded when it is first needed.
///
/// It has one owner and is for one thread at a time.
@safe public final class SqliteDatabase {
  /// Why there can be no database; nil if there can be one.
  public static var problem: String? {
    guard let text = unsafe kh_sqlite_missing() else { return nil }
    return unsafe String(cString: text)
  }

  private let handle: OpaquePointer
  /// Whether an error has occurred. Nothing that follows is complete.
  public private(set) var hasFailed = false

  /// Makes an empty database; nil if there is no library or no memory.
  public init?() {
    guard let handle = unsafe kh_sqlite_begin() else { return nil }
    unsafe self.handle = handle
  }

  deinit { unsafe kh_sqlite_end(handle) }

  public func run(_ sql: String) {
    if unsafe kh_sqlite_run(handle, sql) != 0 { hasFailed = true }
  }

  /// Makes a statement whose values `bind` sets.
  public func prepare(_ sql: String) {
    if unsafe kh_sqlite_prepare(handle, sql) != 0 { hasFailed = true }
  }

  /// Sets a value of the statement. Places begin at 1; places without a value are NULL.
  public func bind(_ place: Int, _ value: Int64) {
    if hasFailed { return }
    unsafe kh_sqlite_i64(handle, Int32(place), value)
  }

  /// SQLite has no NaN, and takes it for NULL.
  public func bind(_ place: Int, _ value: Double) {
    if hasFailed { return }
    unsafe kh_sqlite_f64(handle, Int32(place), value)
  }

  public func bind(_ place: Int, _ text: String) {
    if hasFailed { return }
    let bytes = Array(text.utf8)
    unsafe kh_sqlite_text(handle, Int32(place), bytes, bytes.count)
  }

  public func bind(_ place: Int, blob bytes: [UInt8]) {
    if hasFailed { return }
    unsafe kh_sqlite_blob(handle, Int32(place), bytes, bytes.count)
  }

  /// Runs the statement with the values that were set.
  public func step() {
    if hasFailed { return }
    if unsafe kh_sqlite_step(handle) != 0 { hasFailed = true }
  }

  /// Appends the database as a file. O(bytes).
  public func write(to buffer: inout [UInt8]) {
    if hasFailed { return }
    var count = 0
    guard let bytes = unsafe kh_sqlite_file(handle, &count) else {
      hasFailed = true
      return
    }
    unsafe buffer.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
  }
}

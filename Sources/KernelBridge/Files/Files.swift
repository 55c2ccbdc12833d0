import Glibc

/// Repeats a call while a signal interrupts it. This is the one place that turns -1 into an error.
func checked<Number: BinaryInteger & SignedNumeric>(
  _ action: String, _ path: String?, _ body: () -> Number
) throws(SystemError) -> Number {
  while true {
    let result = body()
    if result != -1 { return result }
    if errno != EINTR { throw SystemError.last(action, path: path) }
  }
}

/// Reads whole files.
public enum FileReader {
  /// Returns all bytes of a file. `path` nil reads standard input. Fails with EFBIG beyond `limit`
  /// bytes.
  public static func read(path: String?, limit: Int) throws(SystemError) -> [UInt8] {
    guard let path else { return try readAll(0, "<stdin>", limit: limit, expected: 0) }
    let descriptor = try checked("open", path) { unsafe open(path, O_RDONLY | O_CLOEXEC) }
    defer { close(descriptor) }
    var information = stat()
    _ = try checked("look at", path) { unsafe fstat(descriptor, &information) }
    if information.st_mode & S_IFMT == S_IFDIR {
      throw SystemError("read", path: path, code: EISDIR)
    }
    return try readAll(descriptor, path, limit: limit, expected: Int(information.st_size))
  }

  /// Returns all bytes of a regular file. Nil: it is a pipe, a device or the like. Never waits.
  public static func readRegular(path: String, limit: Int) throws(SystemError) -> [UInt8]? {
    let descriptor = try checked("open", path) {
      unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
    defer { close(descriptor) }
    var information = stat()
    _ = try checked("look at", path) { unsafe fstat(descriptor, &information) }
    switch information.st_mode & S_IFMT {
    case S_IFREG:
      return try readAll(descriptor, path, limit: limit, expected: Int(information.st_size))
    case S_IFDIR: throw SystemError("read", path: path, code: EISDIR)
    default: return nil
    }
  }

  static func readAll(
    _ descriptor: Int32, _ path: String, limit: Int, expected: Int
  ) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    if expected > limit { throw SystemError("read", path: path, code: EFBIG) }
    // One byte more than expected, so that the end is found without growing.
    var room = max(expected + 1, 1 << 16)
    while true {
      var count = 0
      var failure: SystemError?
      let chunk = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, initialized in
        while initialized < buffer.count {
          do throws(SystemError) {
            count = try checked("read", path) {
              unsafe Glibc.read(
                descriptor, buffer.baseAddress! + initialized, buffer.count - initialized)
            }
          } catch {
            failure = error
            return
          }
          if count == 0 { return }
          initialized += count
        }
      }
      if let failure { throw failure }
      if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
      if bytes.count > limit { throw SystemError("read", path: path, code: EFBIG) }
      if count == 0 { return bytes }
      room = max(bytes.count, 1 << 16)
    }
  }
}

/// Whether a descriptor is a terminal.
public func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

/// The value of an environment variable.
public func environmentVariable(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// The current folder, absolute; "." if the system does not tell it.
public func currentFolder() -> String {
  guard let path = unsafe getcwd(nil, 0) else { return "." }
  defer { unsafe free(path) }
  return unsafe String(cString: path)
}

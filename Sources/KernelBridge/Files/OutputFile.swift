import CKernelHostLanes
import Glibc

/// Shares a terminal with what others write there, and makes way for it.
public protocol OutputScreen: AnyObject, Sendable {
  /// Runs `write`, which writes the bytes to the terminal and does nothing else.
  func around(_ bytes: ArraySlice<UInt8>, _ write: () -> Void)
}

/// Where results go: a descriptor behind a buffer.
///
/// A regular file is complete or absent: it has no name until `commit`, so neither an error nor a
/// kill leaves half a file. Pipes, terminals and devices get what is written as it is flushed. It
/// has one owner. Without `commit` its end drops the file.
public final class OutputFile {
  private var descriptor: Int32
  private let owned: Bool
  private let path: String?
  private var target: Target
  private var buffer: [UInt8] = []
  /// The purpose, as messages name it: "write the results to".
  private let action: String
  private let screen: (any OutputScreen)?
  private static let flushSize = 1 << 16

  private enum Target {
    /// Written in place.
    case direct
    /// A file without a name, to be linked under one.
    case unnamed(path: String)
    /// A file with a temporary name, if the file system has no unnamed ones.
    case aside(name: String, path: String)
  }

  /// Writes to a descriptor of the caller. `name` and `action` are for messages. `screen` shares
  /// the terminal that it leads to.
  public init(
    descriptor: Int32, name: String, action: String = "write the results to",
    screen: (any OutputScreen)? = nil
  ) {
    self.descriptor = descriptor
    self.action = action
    self.screen = screen
    owned = false
    path = name
    target = .direct
  }

  /// Writes a file at `path` in place, also a regular one, which grows as it is flushed. Waits if
  /// the path is a pipe without a reader.
  public init(inPlace path: String, action: String) throws(SystemError) {
    self.action = action
    self.path = path
    owned = true
    screen = nil
    target = .direct
    descriptor = try checked(action, path) {
      unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    }
  }

  /// Writes a file at `path`, complete or absent.
  public init(path: String, action: String = "write the results to") throws(SystemError) {
    self.action = action
    owned = true
    screen = nil
    self.path = path
    var information = stat()
    let exists = unsafe stat(path, &information) == 0
    // A new file under an old name has no wider rights than the old one.
    let mode = exists ? information.st_mode & 0o777 : nil
    if exists, information.st_mode & S_IFMT == S_IFDIR {
      throw SystemError(action, path: path, code: EISDIR)
    }
    if exists, information.st_mode & S_IFMT != S_IFREG {
      descriptor = try checked(action, path) { unsafe open(path, O_WRONLY | O_CLOEXEC) }
      target = .direct
      return
    }
    // A link stays a link, and leads to the new file.
    let real = Self.resolved(path)
    if exists {
      _ = try checked(action, path) { unsafe access(real, W_OK) }
    }
    let folder = Self.folder(of: real)
    var unnamed = unsafe kh_open_unnamed(folder)
    if unnamed >= 0, unsafe access("/proc/self/fd/\(unnamed)", F_OK) != 0 {
      // In the end it could not be given a name.
      close(unnamed)
      unnamed = -1
      errno = EOPNOTSUPP
    }
    if unnamed >= 0 {
      descriptor = unnamed
      target = .unnamed(path: real)
      if let mode { fchmod(descriptor, mode) }
      return
    }
    guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else {
      throw SystemError.last(action, path: path)
    }
    let made = try Self.underNewName(action, real) { name in
      unsafe open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
    }
    descriptor = made.result
    target = .aside(name: made.name, path: real)
    if let mode { fchmod(descriptor, mode) }
  }

  deinit {
    if case .aside(let name, _) = target { unsafe unlink(name) }
    if owned { close(descriptor) }
  }

  /// Appends bytes. Writes them out when there are enough.
  public func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) {
    if buffer.count + bytes.count > Self.flushSize { try flush() }
    if bytes.count > Self.flushSize {
      try writeOut(bytes)
    } else {
      buffer += bytes
    }
  }

  public func write(_ text: String) throws(SystemError) { try write(Array(text.utf8)[...]) }

  /// Passes everything written so far to the system.
  public func flush() throws(SystemError) {
    if buffer.isEmpty { return }
    let bytes = buffer
    buffer.removeAll(keepingCapacity: true)
    try writeOut(bytes[...])
  }

  /// Whether it is a file of its own, complete or absent.
  public var isRegular: Bool {
    if case .direct = target { return false }
    return true
  }

  /// Overwrites the first bytes of a regular file, which has at least as many.
  public func overwrite(_ beginning: [UInt8]) throws(SystemError) {
    try flush()
    var written = 0
    while written < beginning.count {
      let rest = Array(beginning[written...])
      written += try checked(action, path) {
        unsafe pwrite(descriptor, rest, rest.count, off_t(written))
      }
    }
  }

  /// Gives the file its name. Nothing may be written afterwards.
  public func commit() throws(SystemError) {
    try flush()
    switch target {
    case .direct: break
    case .unnamed(let path):
      // A link cannot replace a file, a rename can.
      let source = "/proc/self/fd/\(descriptor)"
      let name = try Self.underNewName(action, path) { name in
        unsafe linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW)
      }.name
      target = .aside(name: name, path: path)
      try rename(name, to: path)
    case .aside(let name, let path): try rename(name, to: path)
    }
    target = .direct
  }

  private func rename(_ name: String, to path: String) throws(SystemError) {
    _ = try checked(action, self.path) { unsafe Glibc.rename(name, path) }
  }

  private func writeOut(_ bytes: ArraySlice<UInt8>) throws(SystemError) {
    guard let screen else { return try writeOutAlone(bytes) }
    var failure: SystemError?
    screen.around(bytes) {
      do throws(SystemError) { try writeOutAlone(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private func writeOutAlone(_ bytes: ArraySlice<UInt8>) throws(SystemError) {
    var failure: SystemError?
    unsafe bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let count = unsafe Glibc.write(
          descriptor, bytes.baseAddress! + written, bytes.count - written)
        if count >= 0 {
          written += count
        } else if errno == EAGAIN {
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = unsafe poll(&wait, 1, -1)
        } else if errno != EINTR {
          failure = SystemError.last(action, path: path)
          return
        }
      }
    }
    if let failure { throw failure }
  }

  /// Returns what a path leads to through links, even if it does not exist yet.
  static func resolved(_ path: String) -> String {
    if let real = unsafe realpath(path, nil) {
      defer { unsafe free(real) }
      return unsafe String(cString: real)
    }
    var path = path
    // The system follows as many links. It has refused a circle by then.
    for _ in 0..<40 {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = unsafe buffer.withUnsafeMutableBytes { buffer in
        unsafe readlink(path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
      }
      if count <= 0 { return path }
      let link = String(decoding: buffer[..<count], as: UTF8.self)
      path = link.hasPrefix("/") ? link : folder(of: path) + "/" + link
    }
    return path
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes a file beside another, under a short name that cannot be predicted. If another program
  /// has made that file first, another name is tried.
  private static func underNewName(
    _ action: String, _ path: String, _ make: (String) -> Int32
  ) throws(SystemError) -> (name: String, result: Int32) {
    var random = SystemRandomNumberGenerator()
    let folder = folder(of: path)
    for _ in 0..<100 {
      let number = String(random.next() as UInt64, radix: 16)
      let name = folder + "/.host-partial-" + number
      let result = make(name)
      if result >= 0 { return (name, result) }
      if errno != EEXIST, errno != EINTR { throw SystemError.last(action, path: path) }
    }
    throw SystemError(action, path: path, code: EEXIST)
  }
}

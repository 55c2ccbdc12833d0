import CKernelHostLanes
import Glibc

/// A file that only grows, made by its one owner.
public final class AppendFile: Sendable {
  private let descriptor: Int32
  public let path: String

  /// Its own place, and that of the lock under which it is written.
  private let places: [OpenFileName]

  /// Makes the file; one that is there already is an error. `lock`: a lock that keeps other
  /// processes away.
  public init(new path: String, under lock: FileLock? = nil, action: String) throws(SystemError) {
    self.path = path
    descriptor = try checked(action, path) {
      unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    }
    do throws(SystemError) {
      let own = try OpenFileName(of: descriptor, path: path, action: action)
      places = [own] + (lock?.place.map { [$0] } ?? [])
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Appends all bytes, or fails with some of them appended. An interruption by a signal is no
  /// failure: what was not taken is written again.
  public func write(_ bytes: [UInt8], action: String) throws(SystemError) {
    var failure: SystemError?
    unsafe bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let count = unsafe Glibc.write(
          descriptor, bytes.baseAddress! + written, bytes.count - written)
        if count > 0 {
          written += count
        } else if count == 0 {
          failure = SystemError(action, path: path, code: ENOSPC)
          return
        } else if errno != EINTR {
          failure = SystemError.last(action, path: path)
          return
        }
      }
    }
    if let failure { throw failure }
  }

  /// Waits until what was written is on the disk. A failure, whatever its kind, is final: the
  /// system may have dropped the bytes, and a second attempt would succeed without them. Nor is what
  /// was written safe if the file or its lock was removed or moved, so that its name leads elsewhere.
  public func sync(action: String) throws(SystemError) {
    if fdatasync(descriptor) != 0 { throw SystemError.last(action, path: path) }
    for place in places { try place.check(action: action) }
  }
}

extension Folders {
  /// Waits until the names in a folder are on the disk.
  public static func sync(_ path: String) throws(SystemError) {
    let descriptor = try checked("open", path) {
      unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    defer { close(descriptor) }
    // Some file systems cannot, and keep names in order themselves.
    if fsync(descriptor) != 0, errno != EINVAL { throw SystemError.last("sync", path: path) }
  }

  /// Makes a file that is there whole and durable, or not at all. Returns false if there is one
  /// of that name already, which stays as it is.
  public static func writeOnce(
    _ name: String, in folder: String, _ bytes: [UInt8], action: String
  ) throws(SystemError) -> Bool {
    let path = folder + "/" + name
    let temporary = path + ".partial-" + randomDigits()
    defer { remove(temporary) }
    let file = try AppendFile(new: temporary, action: action)
    try file.write(bytes, action: action)
    try file.sync(action: action)
    if unsafe link(temporary, path) != 0 {
      if errno == EEXIST { return false }
      // Where there are no links, a rename: the process that makes the file holds the folder's lock.
      guard errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS else {
        throw SystemError.last(action, path: path)
      }
      if unsafe access(path, F_OK) == 0 { return false }
      try rename(temporary, to: path)
    }
    try sync(folder)
    return true
  }

  /// Makes a folder with the rights that the user's mask allows; false: something has the name.
  public static func makeNew(_ path: String, action: String) throws(SystemError) -> Bool {
    if unsafe mkdir(path, 0o777) == 0 { return true }
    if errno == EEXIST { return false }
    throw SystemError.last(action, path: path)
  }

  /// Sixteen hexadecimal digits that differ from all others.
  public static func randomDigits() -> String {
    var random = SystemRandomNumberGenerator()
    let digits = String(random.next() as UInt64, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// A file whose parts are read in any order. One owner.
public final class PartsFile: Sendable {
  private let descriptor: Int32
  private let path: String
  /// Its size when it was opened.
  public let size: Int

  public init(path: String) throws(SystemError) {
    self.path = path
    // A pipe of that name is not waited for.
    let descriptor = try checked("open", path) {
      unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
    self.descriptor = descriptor
    var information = stat()
    do throws(SystemError) {
      _ = try checked("look at", path) { unsafe fstat(descriptor, &information) }
    } catch {
      close(descriptor)
      throw error
    }
    guard information.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw SystemError("read", path: path, code: EINVAL)
    }
    size = Int(information.st_size)
  }

  deinit { close(descriptor) }

  /// Replaces the contents of `buffer` from `start` on by the file's bytes from `offset` on.
  /// Returns how many there were: as many as fit, at most `most`, unless the file ends.
  public func read(
    from offset: Int, into buffer: inout [UInt8], at start: Int = 0, most: Int = .max
  ) throws(SystemError) -> Int {
    var failure: SystemError?
    var done = 0
    unsafe buffer.withUnsafeMutableBytes { buffer in
      let wanted = min(buffer.count - start, most)
      while done < wanted {
        do throws(SystemError) {
          let count = try checked("read", path) {
            unsafe pread(
              descriptor, buffer.baseAddress! + start + done, wanted - done,
              off_t(offset + done))
          }
          if count == 0 { return }
          done += count
        } catch {
          failure = error
          return
        }
      }
    }
    if let failure { throw failure }
    return done
  }
}

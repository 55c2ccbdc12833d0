import CKernelHostLanes
import Glibc

/// A lock between processes. It ends with the object, and with the process.
///
/// Only the file's owner can open it, for writing, and the lock is a write lock. So a sandboxed
/// kernel, which may write no files, cannot hold the lock, unless it is root's. Because root may
/// read all files, every waiter needs a time limit.
public final class FileLock: Sendable {
  private let descriptor: Int32
  /// Where the file is as long as no other process can take the lock, too.
  let place: OpenFileName?

  init(_ descriptor: Int32, _ path: String) {
    self.descriptor = descriptor
    place = try? OpenFileName(of: descriptor, path: path, action: "lock")
  }

  /// Waits for the lock, at most `patience` seconds. Nil: another process had it all the time.
  /// Makes the file if necessary. On a file system without locks every process gets it.
  public static func take(
    _ path: String, part: Range<Int> = FileLock.all, patience: Double
  ) throws(SystemError) -> FileLock? {
    let lock = FileLock(
      try checked("open", path) { unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o200) }, path)
    let until = wallSeconds() + patience
    var pause: UInt32 = 1000
    while kh_try_lock(lock.descriptor, Int64(part.lowerBound), length(part)) == 0 {
      if wallSeconds() >= until { return nil }
      usleep(pause)
      pause = min(pause * 2, 50_000)
    }
    return lock
  }

  deinit { close(descriptor) }
}

/// The name of an open file. It leads elsewhere once the file is removed or moved.
struct OpenFileName: Sendable {
  private let path: String
  private let device: UInt64, number: UInt64

  init(of descriptor: Int32, path: String, action: String) throws(SystemError) {
    var own = stat()
    guard unsafe fstat(descriptor, &own) == 0 else { throw SystemError.last(action, path: path) }
    self.path = path
    (device, number) = (UInt64(own.st_dev), UInt64(own.st_ino))
  }

  /// Throws if the name leads elsewhere.
  func check(action: String) throws(SystemError) {
    var named = stat()
    guard unsafe stat(path, &named) == 0 else { throw SystemError.last(action, path: path) }
    if UInt64(named.st_ino) != number || UInt64(named.st_dev) != device {
      throw SystemError(action, path: path, code: ESTALE)
    }
  }
}

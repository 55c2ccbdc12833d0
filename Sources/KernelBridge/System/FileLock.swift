import CLanes
import Glibc

/// A lock between processes; gone with the object, and with the process.
///
/// Its file can be opened for writing only, by its owner, and the lock is one for writing. So a
/// process that may write no files, as a kernel in its sandbox, cannot hold it, unless it is
/// root's, who may read all files. So all who wait need patience that ends.
public final class FileLock {
  private let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Waits for it, `patience` seconds at the most; nil: another process had it all the time.
  /// The file is made if need be. Where the file system has no locks, all have it.
  public static func take(_ path: String, patience: Double) throws(SystemError) -> FileLock? {
    let lock = FileLock(
      try checked("open", path) { unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o200) })
    let until = wallSeconds() + patience
    var pause: UInt32 = 1000
    while kh_try_lock(lock.descriptor) == 0 {
      if wallSeconds() >= until { return nil }
      usleep(pause)
      pause = min(pause * 2, 50_000)
    }
    return lock
  }

  deinit { close(descriptor) }
}

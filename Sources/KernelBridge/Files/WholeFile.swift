import Glibc

/// A file that is written over from time to time, as a whole.
public enum WholeFile {
  /// Writes the bytes in place of what the file has, and waits until they are on the disk. A kill
  /// or a loss of power on the way leaves a file that is neither the old nor the new one.
  public static func write(_ path: String, _ bytes: [UInt8]) throws(SystemError) {
    let action = "write a snapshot to"
    let descriptor = try checked(action, path) {
      unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    }
    defer { close(descriptor) }
    var failure: SystemError?
    unsafe bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count, failure == nil {
        do throws(SystemError) {
          written += try checked(action, path) {
            unsafe Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
          }
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
    _ = try checked(action, path) { ftruncate(descriptor, off_t(bytes.count)) }
    _ = try checked(action, path) { fdatasync(descriptor) }
  }
}

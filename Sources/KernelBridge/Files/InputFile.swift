import Glibc

/// A file that is read in pieces, at constant memory. It has one owner.
public final class InputFile {
  private let descriptor: Int32
  private let owned: Bool
  private let path: String

  /// `path` nil: standard input.
  public init(path: String?) throws(SystemError) {
    self.path = path ?? "<stdin>"
    owned = path != nil
    guard let path else {
      descriptor = 0
      return
    }
    descriptor = try checked("open", path) { unsafe open(path, O_RDONLY | O_CLOEXEC) }
  }

  deinit { if owned { close(descriptor) } }

  /// Returns the next bytes, at most `most`; empty: the file has ended. Waits for them.
  public func read(most: Int) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: most) { buffer, initialized in
      do throws(SystemError) {
        initialized = try checked("read", path) {
          unsafe Glibc.read(descriptor, buffer.baseAddress!, buffer.count)
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }
}

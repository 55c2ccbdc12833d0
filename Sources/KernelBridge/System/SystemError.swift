import CKernelHostLanes
import Glibc
import KernelHostModel

/// A failed system call: what was wanted, of what, and why it failed.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A verb and its object: "open", "write the results to".
  public let action: String
  public let path: String?
  /// `errno`.
  public let code: Int32

  public init(_ action: String, path: String?, code: Int32) {
    self.action = action
    self.path = path
    self.code = code
  }

  public static let noProcess = Errno.noProcess.number
  public static let badDescriptor = Errno.badDescriptor.number

  /// The reader of a pipe is gone, as after `| head`.
  public var isBrokenPipe: Bool { code == EPIPE }

  /// The failure of the last call, from `errno`.
  static func last(_ action: String, path: String?) -> SystemError {
    SystemError(action, path: path, code: errno)
  }

  /// The system's own sentence: "No such file or directory".
  public var reason: String { ErrorNumber.text(code) }

  /// "cannot open x.json: No such file or directory".
  public var description: String { Wording.system(action, path, reason) }
}

/// Names and texts of `errno` values, as the system has them.
public enum ErrorNumber {
  /// Returns "EINVAL" for 22; nil for a number that is not an errno.
  public static func name(_ number: Int32) -> String? {
    unsafe kh_errno_name(number).map { unsafe String(cString: $0) }
  }

  public static func text(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    return unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      unsafe strerror_r(number, buffer.baseAddress!, buffer.count)
      return unsafe String(cString: buffer.baseAddress!)
    }
  }
}

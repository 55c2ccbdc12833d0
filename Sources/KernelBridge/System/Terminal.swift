import CKernelHostLanes
import Glibc

/// What is known of the terminal behind a descriptor.
public enum Terminal {
  /// The current columns and rows; nil: unknown.
  public static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
    var columns: Int32 = 0
    var rows: Int32 = 0
    guard unsafe kh_terminal_size(descriptor, &columns, &rows) else { return nil }
    return (Int(columns), Int(rows))
  }

  /// Whether this process may write there now without disturbing another one, and without waiting.
  /// It is in the foreground, and the output is not stopped.
  public static func isFree(_ descriptor: Int32) -> Bool {
    let foreground = tcgetpgrp(descriptor)
    if foreground != -1, foreground != getpgrp() { return false }
    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return unsafe poll(&wait, 1, 0) == 1 && wait.revents & Int16(POLLOUT) != 0
  }

  /// Whether two descriptors lead to the same terminal.
  public static func isSame(_ one: Int32, _ other: Int32) -> Bool {
    guard isTerminal(one), isTerminal(other) else { return false }
    var (first, second) = (stat(), stat())
    let known = unsafe [fstat(one, &first), fstat(other, &second)]
    return known == [0, 0] && first.st_rdev == second.st_rdev
  }

  /// Writes all of it, without a buffer. A failure loses the text.
  public static func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count < 0, errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&wait, 1, -1)
      } else if count == 0 || errno != EINTR {
        return
      }
    }
  }
}

import Glibc

/// Tells when the reader of a pipe is gone.
public enum PipeWatch {
  /// Waits until what is written to a descriptor can reach no reader any more. Returns false if
  /// the descriptor is closed. A regular file has readers forever.
  public static func waitUntilBroken(_ descriptor: Int32) -> Bool {
    while true {
      var wait = pollfd(fd: descriptor, events: 0, revents: 0)
      if unsafe poll(&wait, 1, -1) <= 0 { continue }
      if wait.revents & Int16(POLLNVAL) != 0 { return false }
      if wait.revents & Int16(POLLERR | POLLHUP) != 0 { return true }
    }
  }
}

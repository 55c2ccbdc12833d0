import Glibc

/// Facts of pipes.
public enum Pipe {
  /// Bytes that a pipe for many lines should hold.
  public static let roomy = 1 << 18

  /// Makes a pipe hold more than the 64 KiB that it has first. Other files, and systems that have
  /// reached their limit for pipes, stay as they are.
  public static func enlarge(_ descriptor: Int32) {
    // `F_SETPIPE_SZ`, and `F_GETPIPE_SZ` behind it.
    if fcntl(descriptor, 1032) < Int32(roomy) { _ = fcntl(descriptor, 1031, Int32(roomy)) }
  }
}

import Foundation

/// Programs that a machine may have or not.
public enum Tool {
  /// The path of a program on the PATH; nil: there is none, and what needs it is skipped.
  public static func path(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// The PATH with the host's own folder first.
  public static let pathWithHost: String = {
    let folder = (HostBinary.path as NSString).deletingLastPathComponent
    return folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
  }()
}

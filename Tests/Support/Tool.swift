import Foundation

/// Programs that a machine may lack.
public enum Tool {
  /// Returns the path of a program on the PATH; nil if it is missing, and its tests are skipped.
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

import Foundation

/// The plugins of CSources/plugins as libraries. They are compiled when they are first needed, and
/// kept for the rest of the test run.
public enum Plugins {
  /// The folder of the libraries, beside the executable, so that it belongs to the build.
  public static let folder: String = {
    let path = (HostBinary.path as NSString).deletingLastPathComponent + "/test-plugins"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }()

  /// The thread sanitizer knows this lock, and no `Mutex`.
  private static let lock = NSLock()
  /// Guarded by `lock`.
  nonisolated(unsafe) private static var built: [String: String] = [:]

  public struct Failure: Error, CustomStringConvertible {
    public let description: String
    public init(description: String) { self.description = description }
  }

  /// The machine's compiler; nil if there is no compiler, and tests of plugins are skipped.
  public static let compiler: String? = ["cc", "gcc", "clang"].first { name in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
    }
  }

  /// The library of a source below CSources/plugins, "hostile/memory.c". Built once.
  public static func library(_ source: String, options: [String] = []) throws -> String {
    try lock.withLock {
      if let path = unsafe built[source] { return path }
      let name = (source as NSString).lastPathComponent
      let isCXX = source.hasSuffix(".cpp")
      let path = folder + "/lib" + (name as NSString).deletingPathExtension + ".so"
      let tool = isCXX ? "c++" : compiler ?? "cc"
      let build = try Child(
        "/usr/bin/env",
        [tool, "-shared", "-fPIC", "-O1", "-g", "-I", Repository.path + "/include"] + options
          + [Repository.path + "/CSources/plugins/" + source, "-o", path]
      ).finish()
      guard build.end == .exit(0) else { throw Failure(description: build.err) }
      unsafe built[source] = path
      return path
    }
  }

  /// All of the hostile kernels that can be loaded, and their neighbours.
  public static func all() throws -> [String] {
    try [
      "neighbours.c", "hostile/memory.c", "hostile/endings.c", "hostile/greedy.c",
      "hostile/heap.c", "hostile/processes.c", "hostile/signals.c", "hostile/descriptors.c",
      "hostile/cxx.cpp",
    ].map { try library($0) }
  }
}

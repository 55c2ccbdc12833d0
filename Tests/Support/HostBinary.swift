import Foundation

/// The `host` executable of the build that the tests belong to.
public enum HostBinary {
  /// The path beside the test bundle, for every build folder and configuration.
  public static let path: String = {
    var places = [CommandLine.arguments[0]]
    if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      places.append(own)
    }
    for place in places {
      var folder = URL(fileURLWithPath: place).deletingLastPathComponent()
      while folder.path != "/" {
        let candidate = folder.appendingPathComponent("host").path
        var isFolder: ObjCBool = false
        if unsafe FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder),
          !isFolder.boolValue, FileManager.default.isExecutableFile(atPath: candidate)
        {
          return candidate
        }
        folder.deleteLastPathComponent()
      }
    }
    // If it is missing, every test fails with this path in its message.
    return "/no-host-executable-next-to-the-tests"
  }()

  /// Runs it to its end.
  public static func run(
    _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
    folder: String? = nil, output: Child.Output = .captured
  ) throws -> Outcome {
    try start(
      arguments, input: input, environment: environment, folder: folder, output: output
    ).finish()
  }

  /// Starts it, for a test that does something to it while it runs.
  public static func start(
    _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
    folder: String? = nil, output: Child.Output = .captured
  ) throws -> Child {
    try Child(
      path, arguments, input: input, environment: environment, folder: folder, output: output)
  }
}

/// The Python to compare with.
public enum Python {
  /// The interpreter itself, past any shim; nil: this machine has no python3 with asyncio.
  public static let path: String? = {
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for folder in folders.split(separator: ":") {
      let candidate = "\(folder)/python3"
      guard FileManager.default.isExecutableFile(atPath: candidate) else { continue }
      let script = "import asyncio, sys; print(sys.executable)"
      guard let outcome = try? Child(candidate, ["-c", script]).finish(), outcome.end == .exit(0)
      else { continue }
      return String(outcome.out.prefix { $0 != "\n" })
    }
    return nil
  }()

  /// Why tests are skipped without it.
  public static let why = "python3 with asyncio is needed to compare with; none is on the PATH"
}

/// The checkout that the tests were built from.
public enum Repository {
  public static let path = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
}

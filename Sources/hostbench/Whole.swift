import KernelBridge

/// Whole processes.
enum Whole {
  /// The `host` beside this executable.
  static var host: String {
    let folder = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false)
      .dropLast().joined(separator: "/")
    return (folder.isEmpty ? "." : folder) + "/host"
  }

  /// Returns what a program prints; empty if it cannot be run or fails.
  static func output(_ command: [String]) -> String {
    guard let ended = try? Program.run(command, errors: .discarded), ended.code == 0 else {
      return ""
    }
    return String(decoding: ended.output, as: UTF8.self)
  }

  /// Returns the numbers that a program prints, one on each line.
  static func numbers(_ command: [String]) -> [Double] {
    output(command).split(separator: "\n").compactMap { Double($0) }
  }

  /// Seconds from start to end, and the most bytes of one of its processes; nil if it cannot
  /// be run or fails.
  static func run(_ command: [String]) -> (seconds: Double, memory: Double)? {
    let start = ContinuousClock.now
    guard let ended = try? Program.run(command, errors: .discarded), ended.code == 0 else {
      return nil
    }
    return (start.duration(to: .now) / .seconds(1), Double(ended.peakMemory))
  }
}

/// A folder for files of the benchmark's own; `remove` it.
struct Scratch {
  let path: String

  /// Returns nil, after a message, if it cannot be made.
  init?() {
    path = (environmentVariable("TMPDIR") ?? "/tmp") + "/hostbench-\(UInt64.random(in: 0...(.max)))"
    do throws(SystemError) {
      try Folders.make(path)
    } catch {
      Command.complain(error)
      return nil
    }
  }

  func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file. Returns false, after a message, if it cannot be written.
  func write(
    _ name: String, _ body: (OutputFile) throws(SystemError) -> Void
  ) -> Bool {
    do throws(SystemError) {
      let file = try OutputFile(path: file(name))
      try body(file)
      try file.commit()
      return true
    } catch {
      Command.complain(error)
      return false
    }
  }

  func write(_ name: String, _ text: String) -> Bool {
    write(name) { file throws(SystemError) in try file.write(text) }
  }

  func holds(_ name: String) -> Bool { FileFacts(file(name)) != nil }
  func remove(_ name: String) {
    _ = try? Program.run(["rm", "-rf", file(name)], errors: .discarded)
  }
  func remove() { _ = try? Program.run(["rm", "-rf", path], errors: .discarded) }
}

public import Glibc

/// A child process whose two outputs are read at the same time, and which never
/// outlives its deadline. Used on one thread.
public final class Child {
  /// The destination of the child's standard output.
  public enum Output: Sendable {
    /// The test captures it.
    case captured
    /// The descriptor is closed.
    case closed
    /// It is a pipe without a reader.
    case broken
    /// It is an existing file, device or pipe.
    case path(String)
  }

  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  public let id: pid_t
  /// The output so far.
  public private(set) var standardOutput: [UInt8] = []
  public private(set) var standardError: [UInt8] = []

  private var outputPipe: Int32?
  private var errorPipe: Int32?
  private let deadline: Int64
  private let name: String
  private var isReaped = false

  /// - Parameters:
  ///   - input: what the child reads; it sees the end behind it.
  ///   - environment: added to the test's own.
  ///   - isJob: it leads a group of processes, as a shell's jobs do.
  ///   - seconds: after which it is killed, and the waiting test gets an error.
  public init(
    _ program: String, _ arguments: [String], input: [UInt8] = [],
    environment: [String: String] = [:], folder: String? = nil, output: Output = .captured,
    seconds: Int64 = 60, isJob: Bool = false
  ) throws {
    let command: [String]
    if let folder {
      let enter = "cd \"$1\" && shift && exec \"$@\""
      command = ["/bin/sh", "-c", enter, "sh", folder, program] + arguments
    } else {
      command = [program] + arguments
    }
    name = ([program] + arguments).joined(separator: " ")
    deadline = Self.now() + seconds * 1000
    let spawn = try Spawn.start(
      command, input: input, environment: environment, output: output, isJob: isJob)
    id = spawn.id
    outputPipe = spawn.output
    errorPipe = spawn.errors
  }

  deinit {
    if !isReaped { end() }
    if let outputPipe { close(outputPipe) }
    if let errorPipe { close(errorPipe) }
  }

  /// Reads until `condition` holds; throws if the child ends before.
  public func read(until condition: (Child) -> Bool) throws {
    while !condition(self) {
      guard try readMore() else {
        throw Failure(description: "\(name) ended before what was waited for: \(shown)")
      }
    }
  }

  /// Waits for something that the child does outside its outputs, by looking again and again.
  /// Throws if the child ends before.
  public func wait(until isSo: () throws -> Bool) throws {
    while try !isSo() {
      // The child stays what `finish` waits for.
      var found = unsafe siginfo_t()
      unsafe waitid(P_PID, id_t(id), &found, WEXITED | WNOHANG | WNOWAIT)
      if unsafe found.si_signo == SIGCHLD, try !isSo() {
        throw Failure(description: "\(name) ended before what was waited for: \(shown)")
      }
      try checkDeadline()
      _ = poll(nil, 0, 2)
    }
  }

  public func send(_ signal: Int32) { kill(id, signal) }

  /// Reads to the end and waits for the child.
  public func finish() throws -> Outcome {
    while try readMore() {}
    var status: Int32 = 0
    while true {
      let answer = unsafe waitpid(id, &status, WNOHANG)
      if answer == id { break }
      if answer < 0, errno != EINTR { throw Failure(description: "\(name) is gone") }
      try checkDeadline()
      _ = poll(nil, 0, 1)
    }
    isReaped = true
    let signal = status & 0x7F
    return Outcome(
      end: signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal),
      standardOutput: standardOutput, standardError: standardError)
  }

  /// Waits for output and takes it. Returns false if both pipes are at their end.
  private func readMore() throws -> Bool {
    if outputPipe == nil, errorPipe == nil { return false }
    try checkDeadline()
    var waits = [outputPipe, errorPipe].compactMap { $0 }.map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    let left = Int32(clamping: max(deadline - Self.now(), 0))
    guard unsafe poll(&waits, nfds_t(waits.count), left) > 0 else { return true }
    for wait in waits where wait.revents != 0 {
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = unsafe Glibc.read(wait.fd, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if wait.fd == outputPipe {
        standardOutput += buffer.prefix(max(count, 0))
        if count <= 0 { outputPipe = nil }
      } else {
        standardError += buffer.prefix(max(count, 0))
        if count <= 0 { errorPipe = nil }
      }
      if count <= 0 { close(wait.fd) }
    }
    return true
  }

  private func checkDeadline() throws {
    if Self.now() < deadline { return }
    end()
    throw Failure(description: "\(name) did not end in time and was killed: \(shown)")
  }

  private func end() {
    kill(id, SIGKILL)
    waitpid(id, nil, 0)
    isReaped = true
  }

  private var shown: String {
    let output = String(decoding: standardOutput.suffix(400), as: UTF8.self)
    return output + "\n" + String(decoding: standardError.suffix(2000), as: UTF8.self)
  }

  private static func now() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

/// How a child ended, and what it wrote.
public struct Outcome: Sendable {
  public enum End: Sendable, Hashable {
    case exit(Int32)
    case signal(Int32)
  }

  public let end: End
  public let standardOutput: [UInt8]
  public let standardError: [UInt8]

  /// The outputs as text.
  public var out: String { String(decoding: standardOutput, as: UTF8.self) }
  public var err: String { String(decoding: standardError, as: UTF8.self) }
}

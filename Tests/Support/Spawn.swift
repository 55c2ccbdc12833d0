import Foundation
import Glibc
import Synchronization

/// Starts a child with descriptors of the test's choice.
///
/// Foundation's `Process` is no substitute: it passes on the signals that the test runner ignores,
/// and cannot close a standard descriptor.
struct Spawn {
  let id: pid_t
  /// The test's ends; `output` is nil if it is not captured.
  let output: Int32?
  let errors: Int32

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Between making a descriptor and marking it as the test's own, no other child
  /// may start: it would keep the pipe open.
  private static let turn = Mutex(())

  static func start(
    _ command: [String], input: [UInt8], environment: [String: String], output: Child.Output,
    isJob: Bool
  ) throws -> Spawn {
    try turn.withLock { _ in
      var theirs: [Int32] = []
      defer { for descriptor in theirs { close(descriptor) } }
      let standardInput = try inputDescriptor(input)
      theirs.append(standardInput)
      let errors = try pipe()
      theirs.append(errors.write)
      var ours: [Int32] = [errors.read]
      do {
        var outputEnd: Int32?
        var standardOutput: Int32?
        switch output {
        case .closed: break
        case .path(let path):
          standardOutput = unsafe open(path, O_WRONLY | O_CLOEXEC)
          guard standardOutput != -1 else { throw Failure(description: "cannot open \(path)") }
        case .captured, .broken:
          let ends = try pipe()
          standardOutput = ends.write
          if case .captured = output {
            outputEnd = ends.read
            ours.append(ends.read)
          } else {
            close(ends.read)
          }
        }
        if let standardOutput { theirs.append(standardOutput) }
        let id = try spawn(
          command, environment, [standardInput, standardOutput, errors.write], isJob)
        return Spawn(id: id, output: outputEnd, errors: errors.read)
      } catch {
        for descriptor in ours { close(descriptor) }
        throw error
      }
    }
  }

  /// `descriptors` become 0, 1 and 2; nil: that one is closed.
  private static func spawn(
    _ command: [String], _ environment: [String: String], _ descriptors: [Int32?], _ isJob: Bool
  ) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (number, descriptor) in descriptors.enumerated() {
      if let descriptor {
        unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
      } else {
        unsafe posix_spawn_file_actions_addclose(&actions, Int32(number))
      }
    }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // The child begins like one of a shell, whatever the test runner does to signals.
    var every = sigset_t()
    unsafe sigfillset(&every)
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &every)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    let group = isJob ? POSIX_SPAWN_SETPGROUP : 0
    let flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | group)
    unsafe posix_spawnattr_setflags(&attributes, flags)

    var all = ProcessInfo.processInfo.environment
    for (name, value) in environment { all[name] = value }
    var argv = unsafe command.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe argv.indices { unsafe free(argv[index]) } }
    var envp = unsafe all.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for index in unsafe envp.indices { unsafe free(envp[index]) } }
    var id: pid_t = 0
    let error = unsafe posix_spawn(&id, command[0], &actions, &attributes, &argv, &envp)
    guard error == 0 else {
      throw Failure(description: "cannot start \(command): error \(error)")
    }
    return id
  }

  private static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard unsafe Glibc.pipe(&ends) == 0 else { throw Failure(description: "no pipe left") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// A pipe that already holds all of the input, or a file where it is too long for
  /// one: nothing has to be written while the child runs.
  private static func inputDescriptor(_ bytes: [UInt8]) throws -> Int32 {
    if bytes.count <= 1 << 15 {
      let ends = try pipe()
      if !bytes.isEmpty { _ = unsafe write(ends.write, bytes, bytes.count) }
      close(ends.write)
      return ends.read
    }
    let name = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try Data(bytes).write(to: URL(fileURLWithPath: name))
    let file = unsafe open(name, O_RDONLY | O_CLOEXEC)
    _ = unsafe unlink(name)
    guard file >= 0 else { throw Failure(description: "no file for the input") }
    return file
  }
}

import CLanes
import Glibc

/// What the command line does to its own process.
public enum HostProcess {
  /// Keeps the results' way out to the host alone: answers a descriptor for what
  /// was standard output, and lets descriptor 1 lead to standard error, where
  /// what kernels write by themselves belongs. Nil: standard output is closed.
  public static func takeStandardOutput() -> Int32? {
    // A later `open` must not be given a standard descriptor's number.
    var answer: Int32?
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      if descriptor == 1 { answer = -1 }
      _ = unsafe open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
    }
    if answer == -1 { return nil }
    let own = kh_high_descriptor(1)
    guard own >= 0 else { return nil }
    dup2(2, 1)
    return own
  }

  /// Writing to a closed pipe, or beyond the limit for a file, becomes an error instead
  /// of a silent death.
  public static func ignoreFailedWrites() {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)
  }

  /// What this process starts, and what that starts, is reaped before this process ends.
  public static func adoptOrphans() { kh_supervisors_adopt_orphans() }

  /// What the command line says, without the program's name. (Swift's own list is empty
  /// where there is no /proc.)
  public static var arguments: [String] {
    (1..<max(Int(kh_argument_count()), 1)).compactMap { index in
      unsafe kh_argument(Int32(index)).map { unsafe String(cString: $0) }
    }
  }

  /// How the program was called.
  public static var name: String {
    unsafe kh_argument(0).map { unsafe String(cString: $0) } ?? "host"
  }

  /// Stops the process as the terminal's Ctrl-Z does, and the groups of processes that its
  /// children lead before; returns when the process goes on, and they do. On a thread that
  /// leaves SIGTSTP to a watch.
  public static func suspend() {
    let groups = childGroups()
    for group in groups { kill(-group, SIGSTOP) }
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGTSTP)
    // By the signal's own effect: the system knows whether somebody is there to continue it.
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(SIGTSTP)
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    for group in groups { kill(-group, SIGCONT) }
  }

  /// The children of all threads that lead a group of their own.
  private static func childGroups() -> [pid_t] {
    Folders.names("/proc/self/task").flatMap { thread -> [pid_t] in
      let path = "/proc/self/task/\(thread)/children"
      let bytes = (try? FileReader.read(path: path, limit: 1 << 20)) ?? []
      return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
    }.filter { getpgid($0) == $0 }
  }

  /// Writes out what plugins in this process print through buffers of their own. No call may run.
  public static func writePluginsBuffers() { kh_runtimes_flush() }

  /// Ends the process now, without running anything of anybody's. Its worker processes end
  /// before it, and are waited for: a container's first process may reap nothing.
  public static func exitNow(_ code: Int32) -> Never {
    kh_supervisors_end(1)
    _exit(code)
  }
}

/// Signals as events: handled on a thread of their own, never in a handler.
public enum SignalWatch {
  /// Call before any thread is started, so that all of them leave these signals
  /// to the watch. `body` gets each signal's number.
  public static func start(
    _ signals: [Int32], _ body: @escaping @Sendable (Int32) -> Void
  ) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals {
      // What the parent told us to ignore (nohup) stays ignored.
      if kh_signal_is_ignored(signal) { continue }
      unsafe sigaddset(&set, signal)
    }
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    let watched = set
    HostThread.start {
      var set = watched
      while true {
        var signal: Int32 = 0
        if unsafe sigwait(&set, &signal) == 0 { body(signal) }
      }
    }
  }

  public static let interrupt = SIGINT
  public static let terminate = SIGTERM
  public static let hangUp = SIGHUP
  /// Ctrl-Z.
  public static let suspend = SIGTSTP
  /// What ends a run: from a person, a shell, a terminal that closes, and from schedulers,
  /// which warn of the end of a job's time with one of the last three.
  public static let ending = [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU]
}

/// A thread of the host's own: never one of the Swift pool.
public enum HostThread {
  /// Runs `body` on a new detached thread. False: the system has no thread to give.
  @discardableResult
  public static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let box = unsafe Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { unsafe pthread_attr_destroy(&attributes) }
    let error = unsafe pthread_create(
      &thread, &attributes,
      { argument in
        unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    if error != 0 { unsafe box.release() }
    return error == 0
  }

  /// Lets the calling thread sleep.
  public static func sleep(seconds: Double) {
    var time = timespec(
      tv_sec: Int(seconds), tv_nsec: Int(seconds.truncatingRemainder(dividingBy: 1) * 1e9))
    var rest = timespec()
    while unsafe nanosleep(&time, &rest) != 0, errno == EINTR { time = rest }
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}

/// The number of this process.
public func processNumber() -> Int32 { getpid() }

/// The user whose rights this process has.
public func currentUser() -> UInt32 { geteuid() }

/// Lets the thread sleep; it may sleep longer.
public func sleepSeconds(_ seconds: Double) { usleep(UInt32(seconds * 1e6)) }

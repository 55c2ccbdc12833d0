import CKernelHostLanes
import Glibc

/// What the command line does to its own process.
public enum HostProcess {
  /// Reserves standard output for the host. Returns a descriptor for it, and makes descriptor 1
  /// lead to standard error, where kernels' own writes belong. Nil: standard output is closed.
  public static func takeStandardOutput() -> Int32? {
    // A later `open` must not get a standard descriptor's number.
    var result: Int32?
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      if descriptor == 1 { result = -1 }
      _ = unsafe open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
    }
    if result == -1 { return nil }
    let own = kh_high_descriptor(1)
    guard own >= 0 else { return nil }
    dup2(2, 1)
    return own
  }

  /// Turns a write to a closed pipe, or beyond a file size limit, into an error instead of a death.
  public static func ignoreFailedWrites() {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)
  }

  /// Makes this process reap all its descendants before it ends.
  public static func adoptOrphans() { kh_supervisors_adopt_orphans() }

  /// The arguments of the command line, without the program's name. (Swift's own list is empty
  /// without /proc.)
  public static var arguments: [String] {
    (1..<max(Int(kh_argument_count()), 1)).compactMap { index in
      unsafe kh_argument(Int32(index)).map { unsafe String(cString: $0) }
    }
  }

  /// The name that the program was called by.
  public static var name: String {
    unsafe kh_argument(0).map { unsafe String(cString: $0) } ?? "host"
  }

  /// Stops the process as the terminal's Ctrl-Z does, after the process groups that its children
  /// lead. Returns when the process and those groups continue. Called on a thread that leaves
  /// SIGTSTP to a watch.
  public static func suspend() {
    let groups = childGroups()
    for group in groups { kill(-group, SIGSTOP) }
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGTSTP)
    // By the signal's own effect: the system knows whether a shell can continue it.
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(SIGTSTP)
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    for group in groups { kill(-group, SIGCONT) }
  }

  /// Returns the children of all threads that lead a process group.
  private static func childGroups() -> [pid_t] {
    Folders.names("/proc/self/task").flatMap { thread -> [pid_t] in
      let path = "/proc/self/task/\(thread)/children"
      let bytes = (try? FileReader.read(path: path, limit: 1 << 20)) ?? []
      return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
    }.filter { getpgid($0) == $0 }
  }

  /// Flushes what plugins in this process print through buffers of their own. No call may run.
  public static func writePluginsBuffers() { kh_runtimes_flush() }

  /// Ends the process now, without exit handlers. Its worker processes end first, and are reaped,
  /// because a container's first process may reap nothing.
  public static func exitNow(_ code: Int32) -> Never {
    kh_supervisors_end(1)
    _exit(code)
  }
}

/// Signals as events: a thread of their own handles them, never a signal handler.
public enum SignalWatch {
  /// Called before any thread starts, so that all threads leave these signals to the watch. `body`
  /// receives each signal's number.
  public static func start(
    _ signals: [Int32], _ body: @escaping @Sendable (Int32) -> Void
  ) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals {
      // What the parent has set to be ignored (nohup) stays ignored.
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
  /// The signals that end a run: from a person, a shell, a closing terminal, or a scheduler. A
  /// scheduler warns of the end of a job's time with one of the last three.
  public static let ending = [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU]
}

/// A thread of the host, not of the Swift pool.
public enum HostThread {
  /// Runs `body` on a new detached thread. Returns false if the system cannot create one.
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

  /// Makes the calling thread sleep.
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

/// Makes the thread sleep. It may sleep longer.
public func sleepSeconds(_ seconds: Double) { usleep(UInt32(seconds * 1e6)) }

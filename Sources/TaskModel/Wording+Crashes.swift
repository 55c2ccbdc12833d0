/// Calls of one kernel that may have done damage, the latest first.
public struct SuspectCalls: Sendable, Hashable {
  public let kernel: String
  public let calls: [Int]
  /// Earlier ones, whose numbers are not known any more.
  public let more: Int

  public init(kernel: String, calls: [Int], more: Int) {
    self.kernel = kernel
    self.calls = calls
    self.more = more
  }
}

/// The sentences about deaths: of calls and of workers.
extension Wording {
  /// Where in its life a call was.
  public enum Place: Sendable, Hashable {
    case setup
    case start
    /// Counted from 0.
    case step(Int64)
    case finish
  }

  /// Why a worker died, where the signal alone does not tell.
  public enum DeathReason: Sendable, Hashable {
    case fullStack(bytes: UInt64)
    /// Of `limits.cpu`.
    case processorLimit(seconds: UInt64)
  }

  static func place(_ place: Place?) -> String {
    switch place {
    case nil: "between the steps of its calls"
    case .setup: "in the setup of its kernel"
    case .start: "in its start"
    case .step(let number): "in step \(grouped(Int(clamping: number)))"
    case .finish: "in its finish"
    }
  }

  /// "SIGSEGV" for 11.
  public static func signalName(_ signal: Int32) -> String {
    signals[signal] ?? "signal \(signal)"
  }

  private static let signals: [Int32: String] = [
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS",
    8: "SIGFPE", 9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE",
    14: "SIGALRM", 15: "SIGTERM", 16: "SIGSTKFLT", 17: "SIGCHLD", 18: "SIGCONT", 19: "SIGSTOP",
    20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU", 23: "SIGURG", 24: "SIGXCPU", 25: "SIGXFSZ",
    26: "SIGVTALRM", 27: "SIGPROF", 28: "SIGWINCH", 29: "SIGIO", 30: "SIGPWR", 31: "SIGSYS",
  ]

  /// "died in step 3 of SIGSEGV at address 0x0, in f+0x12 (libx.so)". No place: the worker did,
  /// in no call.
  public static func died(
    _ place: Place?, signal: Int32, address: UInt64?, symbol: String, _ reason: DeathReason? = nil
  ) -> String {
    var text = "died \(Self.place(place)) of \(signalName(signal))"
    if let address { text += " at address 0x\(String(address, radix: 16))" }
    if !symbol.isEmpty { text += ", in \(Printable.plain(symbol))" }
    switch (reason, signal) {
    case (.fullStack(let size)?, _):
      text +=
        ": its stack was full (\(bytes(size))); take large arrays from kh_alloc, recur less "
        + "deeply, or raise ulimit -s"
    case (.processorLimit(let seconds)?, _):
      text +=
        ": it has used up the \(counted(Int(clamping: seconds), "second")) of "
        + "processor time that limits.cpu allows to each call"
    case (nil, 9): text += ": the kernel, the system for want of memory, or a person killed it"
    case (nil, 24): text += ": its worker has used up the processor time that it may take"
    default: break
    }
    return text
  }

  /// Behind a sentence about a crash: the last line that the call wrote in that step, as
  /// assertions, uncaught exceptions and libraries that give up leave one.
  public static func lastWords(_ output: [UInt8]) -> String {
    if let report = sanitizerReport(output) { return "; \(Printable.plain(report))" }
    let end = output.suffix(mostLastWords).split(separator: 10).last { line in
      line.contains { $0 > 32 }
    }
    guard let end else { return "" }
    let line = String(decoding: end, as: UTF8.self).unicodeScalars.drop { $0.value <= 32 }
    let shown = Printable.plain(String(line.prefix(300))) + (line.count > 300 ? "..." : "")
    return "; the last line that it wrote: \"\(shown)\""
  }

  /// "AddressSanitizer: heap-buffer-overflow on address 0x602000 at pc ...", from the first line
  /// of a sanitizer's report.
  private static func sanitizerReport(_ output: [UInt8]) -> String? {
    for line in output.suffix(mostReport).split(separator: 10) where line.starts(with: [61, 61]) {
      let text = String(decoding: line.prefix(300), as: UTF8.self)
      guard let mark = text.firstRange(of: "ERROR: "), text.contains("Sanitizer: ") else {
        continue
      }
      return String(text[mark.upperBound...])
    }
    return nil
  }

  private static let mostReport = 65_536
  private static let mostLastWords = 4096

  public static func exited(_ place: Place?, code: Int32) -> String {
    "ended its worker process with exit code \(code) \(Self.place(place)); a kernel returns "
      + "instead"
  }

  /// `wasForged`: for something else spoke in its name.
  public static func tookSpawnerAlong(_ place: Place?, wasForged: Bool = false) -> String {
    "\(Self.place(place)) the process ended that all workers descend from"
      + (wasForged
        ? ": the host ended it, for code that some plugin ran while it was loaded wrote to the host "
          + "in its name" : "")
  }

  /// `own`: the seconds that the call itself took.
  public static func stepTimeout(
    _ place: Place, seconds: Double, grace: Double, own: Double
  ) -> String {
    "did not end within \(plain(seconds)) s: killed \(Self.place(place)), which did not return "
      + "within another \(plain(grace)) s; it took \(ownTime(own))"
  }

  public static func stepDeadline(_ place: Place, seconds: Double, grace: Double) -> String {
    "did not end within \(plain(seconds)) s of its start, its deadline: killed "
      + "\(Self.place(place)), which did not return within another \(plain(grace)) s"
  }

  /// Of a call whose steps used more processor time than its `cpu` allows; `place`: of the step
  /// that did not return; nil: it was stopped between two.
  public static func usedUpProcessorTime(seconds: Double, _ place: Place?, steps: Int64) -> String {
    "used up the \(plain(seconds)) s of processor time that its cpu allows: "
      + (place.map { "killed \(Self.place($0))" }
        ?? "stopped after \(counted(Int(clamping: steps), "step"))")
  }

  /// "0.5 s of its own time", to the millisecond; to the microsecond where it is less.
  static func ownTime(_ seconds: Double) -> String {
    let parts = seconds < 0.001 ? 1e6 : 1000
    return "\(plain((seconds * parts).rounded() / parts)) s of its own time"
  }

  /// What all kernels of a process find, and one of them may change.
  public enum ProcessPart: String, Sendable {
    case floats = "the floating-point state (rounding, subnormal numbers or traps)"
    case locale = "the locale"
    case folder = "the working folder"
    case mask = "the mask of new files"
    case signals = "the mask of signals"
    case processors = "the processors that it may use"
    case limits = "its resource limits"
    case environment = "the environment variables"
    case handlers = "what signals do (handlers)"
  }

  /// A warning. `isSure`: it was looked for behind each step of the kernel.
  public static func changed(_ kernel: String, _ parts: [ProcessPart], isSure: Bool) -> String {
    let what = parts.map { $0.rawValue }.joined(separator: ", ")
    return isSure
      ? "\(Printable.plain(kernel)) left \(what) changed, which was restored; no other call has "
        + "found it so"
      : "\(Printable.plain(kernel)), or a call that ended within 0.2 ms before, left \(what) "
        + "changed, which was restored; calls between may have found it so"
  }

  /// A warning of a plugin.
  public static func changedAtLoad(_ plugin: String, _ parts: [ProcessPart]) -> String {
    let what = parts.map { $0.rawValue }.joined(separator: ", ")
    return "loading \(Printable.plain(plugin)) changed \(what), which was restored"
  }

  /// A warning of a plugin, whose threads are in the process that workers are copies of.
  public static func threadsAtLoad(_ plugin: String) -> String {
    "warning: plugin \(path(plugin)): it started threads while it was loaded, and worker processes "
      + "do not have them: unless it starts them again after a fork, a call that waits for them "
      + "does not end; start them in the first call, "
      + "or run with \"isolation\": \"none\""
  }

  /// Where memory of a call was written over.
  public enum OverrunPlace: String, Sendable {
    case beforeState = "in front of its state"
    case behindState = "behind its state or its arguments"
    case block = "around its memory of kh_alloc"
  }

  /// Of a call that wrote past its own memory.
  public static func overrun(_ places: [OverrunPlace]) -> String {
    overwritten(places) + ", so its result cannot be trusted: check the kernel's indices"
  }

  /// The cause alone.
  public static func overwritten(_ places: [OverrunPlace]) -> String {
    "memory was written over " + places.map { $0.rawValue }.joined(separator: " and ")
  }

  public static func outOfMemory(_ place: Place, limit: UInt64) -> String {
    "took more than the \(bytes(limit)) that it may: killed \(Self.place(place))"
  }

  public static func allocationRefused(limit: UInt64) -> String {
    "asked for more than the \(bytes(limit)) that it may take"
  }

  /// "64 KiB", "1,000 bytes".
  static func bytes(_ count: UInt64) -> String {
    for (size, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")]
    where count >= 1 << size && count & ((1 << size) - 1) == 0 {
      return "\(grouped(Int(clamping: count >> size))) \(unit)"
    }
    return counted(Int(clamping: count), "byte")
  }

  /// "for_loop (calls 17, 3, 2 and 17 more), x (call 9)", as they are given: the latest first.
  static func suspects(_ groups: [SuspectCalls]) -> String {
    let most = 8
    var parts = groups.prefix(most).map { group in
      let calls = group.calls.prefix(most).map { grouped($0) }.joined(separator: ", ")
      let rest = group.more + max(group.calls.count - most, 0)
      let more = rest > 0 ? " and \(grouped(rest)) more" : ""
      let noun = group.calls.count == 1 && rest == 0 ? "call" : "calls"
      return "\(Printable.plain(group.kernel)) (\(noun) \(calls)\(more))"
    }
    if groups.count > most {
      parts.append("calls of \(counted(groups.count - most, "more kernel"))")
    }
    return parts.joined(separator: ", ")
  }

  /// Behind the sentence about a crash of a kernel that must not be run again.
  public static func perhapsDamaged(_ groups: [SuspectCalls]) -> String {
    "; or what ran before it in the same process had damaged it, the latest first: "
      + suspects(groups)
  }

  /// Of a call that ended well alone after its worker had died in it.
  public static func acquitted(_ cause: String, _ groups: [SuspectCalls]) -> String {
    "\(cause) when it ran beside others, and ended by itself alone; " + suspected(groups)
  }

  /// Of a worker's death in no call's code.
  public static func strayDeath(_ cause: String, _ groups: [SuspectCalls]) -> String {
    "a worker process \(cause), so no call is known to have caused it; its calls go on in another "
      + "process, begin again or are lost, as their kernels allow; \(suspected(groups))"
  }

  private static func suspected(_ groups: [SuspectCalls]) -> String {
    groups.isEmpty
      ? "nothing else had run in that process"
      : "suspected of the damage, the latest first: " + suspects(groups)
  }

  public static func wroteOverSharedMemory(_ place: Place) -> String {
    "wrote over the memory that it shares with the host; killed \(Self.place(place))"
  }

  public static func damaged(_ groups: [SuspectCalls]) -> String {
    "the memory that calls share with the host was written over: its calls began again in "
      + "another process; " + suspected(groups)
  }

  public static func skippedByCrashLimit(kernel: String, crashes: Int) -> String {
    "kernel \(quoted(kernel)) crashed \(counted(crashes, "time")), the crash limit, and is not "
      + "called any more; crash_limit raises it"
  }

  /// `isOutside`: no call's crash, but something from outside ended the worker.
  public static func lost(kernel: String, steps: Int64, isOutside: Bool = false) -> String {
    let after = "its worker after \(counted(Int(clamping: steps), "step"))"
    return isOutside
      ? "something from outside ended \(after); kernel \(quoted(kernel)) is not pure, to begin again"
      : "another call's crash ended \(after); kernel \(quoted(kernel)) is neither flat, to go on, nor "
        + "pure, to begin again"
  }

  public static func outputCut(_ count: Int) -> String {
    "\(counted(count, "byte")) more that it wrote to standard output and error are not shown"
  }

  public static func moreWarnings(_ count: Int) -> String {
    "\(counted(count, "more call")) with a warning: see `warning` in the records of "
      + "`--format jsonl`"
  }

  /// A line of a kernel's own, with nothing in it that a terminal would obey.
  public static func plainLine(_ bytes: [UInt8]) -> String {
    Printable.plain(String(decoding: bytes, as: UTF8.self))
  }

  /// Of a parallel run whose other lanes do without one that there is no room for.
  public static func laneMissing(of lanes: Int, _ reason: String) -> String {
    "not all of the \(grouped(lanes)) lanes could be made, so fewer calls run at a time: \(reason)"
  }

  /// Of a call that was to get another token: each has one.
  public static let secondToken =
    "a second token came for this call and was dropped; this is a fault of the host, please report "
    + "it"

  /// Of a call that did not return when the host was to end.
  public static let abandoned =
    "cancelled: the host was told to end at once, and this call had not returned by then"

  /// Of a call that got no token.
  public static let missingToken =
    "the host has lost sight of this call, which may have run; this is a fault of the host, please "
    + "report it"

  public static func noWorker(_ reason: String) -> String { "\(reason), in several attempts" }
}

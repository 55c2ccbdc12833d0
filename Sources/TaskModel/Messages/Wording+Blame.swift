/// Calls of one kernel that may have damaged memory, the latest first.
public struct SuspectCalls: Sendable, Hashable {
  public let kernel: String
  public let calls: [Int]
  /// The number of earlier calls, which are not listed.
  public let more: Int

  public init(kernel: String, calls: [Int], more: Int) {
    self.kernel = kernel
    self.calls = calls
    self.more = more
  }
}

/// The messages about damaged memory, about the calls that may have damaged it, and about the calls
/// that are lost.
extension Wording {
  /// The place where memory of a call was overwritten.
  public enum OverrunPlace: String, Sendable {
    case beforeState = "before its state"
    case behindState = "after its state or its arguments"
    case block = "around its memory from kh_alloc"
  }

  /// The message of a call that wrote past its own memory.
  public static func overrun(_ places: [OverrunPlace]) -> String {
    overwritten(places) + ", so its result cannot be trusted: check the kernel's indices"
  }

  /// The first part of `overrun`, alone.
  public static func overwritten(_ places: [OverrunPlace]) -> String {
    "memory was overwritten " + places.map { $0.rawValue }.joined(separator: " and ")
  }

  /// Lists suspects in their order: "for_loop (calls 17, 3, 2 and 17 more), x (call 9)".
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

  /// Follows the message about a crash of a kernel that must not run again.
  public static func perhapsDamaged(_ groups: [SuspectCalls]) -> String {
    "; or an earlier call of the same process had damaged its memory, the latest first: "
      + suspects(groups)
  }

  /// The warning about a call that succeeded alone after its worker had died in it.
  public static func succeededAlone(_ cause: String, _ groups: [SuspectCalls]) -> String {
    "\(cause) when it ran beside others, and ended normally when it ran alone; "
      + suspected(groups)
  }

  /// The warning about a worker that died outside the code of calls.
  public static func strayDeath(_ cause: String, _ groups: [SuspectCalls]) -> String {
    "a worker process \(cause), and no call is known to have caused that; its calls continue in "
      + "another process, begin again or are lost, as their kernels allow; \(suspected(groups))"
  }

  private static func suspected(_ groups: [SuspectCalls]) -> String {
    groups.isEmpty
      ? "nothing else had run in that process"
      : "suspected of the damage, the latest first: " + suspects(groups)
  }

  public static func wroteOverSharedMemory(_ place: Place) -> String {
    "overwrote the memory that it shares with the host: killed \(Self.place(place))"
  }

  public static func damaged(_ groups: [SuspectCalls]) -> String {
    "the memory that calls share with the host was overwritten; its calls began again in another "
      + "process; " + suspected(groups)
  }

  /// The warning about the crash limit, once for each kernel.
  public static func crashLimitReached(kernel: String, limit: Int) -> String {
    "kernel \(quoted(kernel)) has reached the crash limit, \(counted(limit, "crash", "crashes")): "
      + "its calls that have not begun are skipped, and those that have begun continue, so "
      + "more of them may crash; \(raiseCrashLimit)"
  }

  /// The message of a call that is skipped because of the crash limit.
  public static func skippedByCrashLimit(kernel: String, limit: Int) -> String {
    "not called, because kernel \(quoted(kernel)) had reached the crash limit, "
      + "\(counted(limit, "crash", "crashes")); \(raiseCrashLimit)"
  }

  private static let raiseCrashLimit =
    "correct the kernel, or raise the limit: --crash-limit N, or \"crash_limit\": N in the manifest"

  /// Follows the message of a call that was started more often than its retries explain.
  /// `isChecked`: it was started again only to find out whose crash it was.
  public static func attempts(_ count: Int, retries: Int, isChecked: Bool) -> String {
    let more = count - 1 - retries
    let retried =
      retries == 0
      ? "" : "\(grouped(retries)) \(retries == 1 ? "was a retry" : "were retries") and "
    return "; of its \(grouped(count)) attempts \(retried)\(grouped(more)) "
      + (isChecked
        ? "\(more == 1 ? "was" : "were") made alone, to tell its own crash from a neighbour's"
        : "\(more == 1 ? "repeats one" : "repeat those") that the death of a shared process ended")
  }

  /// The message of a lost call. `isOutside`: the worker was ended from outside, not by a crash.
  public static func lost(kernel: String, steps: Int64, isOutside: Bool = false) -> String {
    let after = "its worker after \(counted(Int(clamping: steps), "step"))"
    return isOutside
      ? "something from outside ended \(after); kernel \(quoted(kernel)) is not pure, so the call was not started again"
      : "another call's crash ended \(after); kernel \(quoted(kernel)) is neither flat nor pure, so "
        + "the call could not continue and was not started again"
  }
}

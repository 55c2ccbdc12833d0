/// The messages about calls that exceeded a limit of time or memory.
extension Wording {
  /// The message of a timeout in a step. `own`: the seconds of the call's own steps and sleeps.
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

  /// The message of a call that used more processor time than its `cpu` allows. `place` is that of
  /// the step that did not return; nil if it was stopped between two steps.
  public static func usedUpProcessorTime(seconds: Double, _ place: Place?, steps: Int64) -> String {
    "used up the \(plain(seconds)) s of processor time that its \"cpu\" allows: "
      + (place.map { "killed \(Self.place($0))" }
        ?? "stopped after \(counted(Int(clamping: steps), "step"))")
  }

  /// Returns "0.5 s of its own time", to the millisecond, or to the microsecond for short times.
  static func ownTime(_ seconds: Double) -> String {
    let parts = seconds < 0.001 ? 1e6 : 1000
    return "\(plain((seconds * parts).rounded() / parts)) s of its own time"
  }

  public static func outOfMemory(_ place: Place, limit: UInt64) -> String {
    "took more memory than its limit of \(bytes(limit)): killed \(Self.place(place))"
  }

  public static func allocationRefused(limit: UInt64) -> String {
    "asked for more memory than its limit of \(bytes(limit))"
  }
}

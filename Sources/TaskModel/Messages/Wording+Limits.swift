/// The messages about calls that exceeded a limit of time or memory.
extension Wording {
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
    "used up the \(plain(seconds)) s of processor time that its \"cpu\" allows: "
      + (place.map { "killed \(Self.place($0))" }
        ?? "stopped after \(counted(Int(clamping: steps), "step"))")
  }

  /// "0.5 s of its own time", to the millisecond; to the microsecond where it is less.
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

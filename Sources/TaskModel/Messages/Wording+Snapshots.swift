/// Sentences about half-done calls.
extension Wording {
  /// A kernel says that it is flat, and is not. `offset`: where its pointer is, in bytes. `block`:
  /// the block of `kh_alloc` that it is in, from 1; nil: it is in the state.
  public static func strayPointer(_ kernel: String, offset: Int, block: Int?) -> String {
    let place =
      block.map { "byte \(grouped(offset)) of its kh_alloc block \(grouped($0))" }
      ?? "byte \(grouped(offset)) of its state"
    return
      "kernel \(kernel) has the flag KH_FLAT, but \(place) is a pointer to memory outside the call: "
      + "such calls begin again after the host's death; "
      + "keep such memory in kh_alloc or kh_shared, or remove the flag"
  }

  /// What `host check --resume` says of a kernel. Each is a line.
  public enum Resume {
    public static func continues(after steps: [Int]) -> String {
      let counts = steps.map(counted).joined(separator: ", and after ")
      return "continues in another process (stopped after \(counts))"
    }
    private static func counted(_ steps: Int) -> String {
      steps == 1 ? "1 step" : "\(grouped(steps)) steps"
    }
    public static let isNotFlat = "begins again after the host's death: it has no flag KH_FLAT"
    public static let isOneStep = "ends in its first step: there is nothing to continue"
    public static func differs(after steps: Int, fields: [String]) -> String {
      let what = fields.isEmpty ? "its end" : fields.joined(separator: ", ")
      return "has the flag KH_FLAT, but \(what) differs if it is stopped after \(counted(steps)) "
        + "and continues in another process: it has state outside its struct and kh_alloc, "
        + "or its results are never the same"
    }
    public static func isTooLong(_ seconds: Double) -> String {
      "was not compared: its first call did not end within \(Int(seconds)) s; "
        + "give it smaller arguments"
    }
    public static let died = "was not compared: its first call died, or its worker was killed"
    public static let isRefused =
      "did not continue: its memory has no room at the same address in another process"
  }

  /// Calls of which there are copies do not continue from them.
  public static func notContinued(_ count: Int) -> String {
    let calls = count == 1 ? "1 half-done call does" : "\(grouped(count)) half-done calls do"
    return
      "\(calls) not continue, because this process has no room for them where they were: they begin "
      + "again, or are lost if their kernels are not pure"
  }

  /// Half-done calls that must not begin twice are in files of more lanes than a process has.
  public static func fewLanes(copies: Int, lanes: Int) -> String {
    "half-done calls are in copies of \(grouped(copies)) lanes, and this process has "
      + "\(grouped(lanes)), so they would be lost: add --mode parallel -j \(copies)"
  }

  /// A file with half-done calls could not be written. `reason` as from `system`.
  public static func snapshotUnwritten(_ reason: String) -> String {
    "\(reason): after a death of the host, half-done calls go on from where the last file has them"
  }

  /// A call that must not begin twice, was half done when its host stopped, and cannot continue.
  /// `again`: a command line.
  public static func halfDoneLost(again: String) -> String {
    "the call was half done when the host stopped, and could not continue in this process; its "
      + "kernel is not pure, so it was not begun again; to do that on purpose: \(plain(again))"
  }

  /// A file with half-done calls that does not count.
  public static func snapshotIgnored(_ file: String, _ reason: String) -> String {
    "\(path(file)) is ignored: \(reason); half-done calls go on from an older file, begin again, or "
      + "are lost if their kernels are not pure"
  }
  public static let snapshotIsTorn = "it was not written to its end, or was changed since"
  public static let snapshotIsOfOtherVersion = "it is of another version of the format"
  public static let snapshotIsOfOtherRun = "it is of another run"
  public static let snapshotIsUnreadable = "it cannot be read"
}

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

  /// A file with half-done calls could not be written. `reason` as from `system`.
  public static func snapshotUnwritten(_ reason: String) -> String {
    "\(reason): after a death of the host, half-done calls go on from where the last file has them"
  }
}

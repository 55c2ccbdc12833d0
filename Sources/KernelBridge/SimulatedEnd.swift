import CKernelHostLanes
package import KernelHostModel

/// How a call of a simulated lane ended.
package struct SimulatedEnd {
  package var tag: UInt64
  package var kernel: Int
  package var status = Status.ok
  /// Negative; 0: the call is ok.
  package var code: Int32 = 0
  package var steps: Int64 = 0
  /// When its start was entered; 0: it was not entered.
  package var began: UInt64 = 0
  /// Own time, in nanoseconds.
  package var own: UInt64 = 0
  package var overruns: Overruns = []
  /// Bytes of text.
  package var printed: UInt64 = 0

  package init(tag: UInt64, kernel: Int) {
    self.tag = tag
    self.kernel = kernel
  }

  /// Passes some of them to `body` as the completions of a lane.
  package static func give(
    _ ends: [SimulatedEnd], _ catalogue: Catalogue, to body: (borrowing Completions) -> Void
  ) {
    var raw = unsafe ends.map { end in
      var ending = KH_ENDED_ERROR
      switch end.status {
      case .ok: ending = KH_ENDED_OK
      case .timeout: ending = KH_ENDED_TIMEOUT
      case .cancelled: ending = KH_ENDED_CANCELLED
      default: break
      }
      return unsafe kh_completion(
        tag: end.tag, state: nil, message: nil, message_length: end.printed,
        steps: UInt64(end.steps),
        nanoseconds: end.own, elapsed_ns: end.own, started_ns: end.began, slot: 0,
        kernel: UInt32(end.kernel), code: end.code, ending: UInt32(ending.rawValue),
        overruns: end.overruns.rawValue, changes: 0)
    }
    unsafe raw.withUnsafeMutableBufferPointer { raw in
      guard let start = raw.baseAddress else { return }
      unsafe body(Completions(start, count: raw.count, client: nil, catalogue: catalogue))
    }
  }
}

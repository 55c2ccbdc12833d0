import KernelBridge
import KernelHostModel

/// Half-done calls of a run that outlive its process: where they are kept, and how often they are
/// copied.
///
/// At its start the run continues the calls that the store has found, where they have no result
/// yet. Calls of kernels that are not pure continue only if they have done nothing since they were
/// copied: the last process was stopped, and copied them at its end.
package struct RunSnapshots: Sendable {
  package var store: SnapshotStore
  /// Seconds between two copies, and the least age of calls that are copied. Infinity: calls are
  /// copied when the run stops, and not before.
  package var interval: Double
  /// Bytes of a call's text that were shown before; nil: those that it had printed when it was
  /// copied.
  package var shownText: @Sendable (_ call: Int) -> UInt64? = { _ in nil }
  /// Is told which calls of a lane continue, before they do; on the thread of the lane.
  package var onRestored: @Sendable (_ calls: [SavedCall], _ lane: Int) -> Void = { _, _ in }
  /// Whether the run has a call without a result that this process does not make.
  package var isOpen: @Sendable (_ call: Int) -> Bool = { _ in false }
  /// The command line that begins a call again on purpose.
  package var again: @Sendable (_ call: Int) -> String = { "--calls \($0)..\($0)" }

  package init(store: SnapshotStore, interval: Double = 10) {
    self.store = store
    self.interval = interval
  }
}

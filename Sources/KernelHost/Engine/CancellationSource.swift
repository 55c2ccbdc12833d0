import KernelBridge
import Synchronization

/// Asks a lane's driver, from any thread, to end its calls, or to wake up.
final class CancellationSource: Sendable {
  private let cancelled = Atomic<Bool>(false)
  private let urgent = Atomic<Bool>(false)
  private let signal = Locked<LaneSignal?>(nil)
  private let children = Locked<[CancellationSource]>([])

  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }
  /// Whether steps that have not returned are ended at once.
  var isUrgent: Bool { urgent.load(ordering: .acquiring) }

  /// Sets the lane that is woken.
  func attach(_ lane: LaneSignal) { signal.withLock { $0 = lane } }

  /// Ends live calls between two steps and the others before their start.
  /// `urgently`: a step that has not returned ends with its worker.
  func cancel(urgently: Bool = false) {
    cancelled.store(true, ordering: .releasing)
    if urgently { urgent.store(true, ordering: .releasing) }
    wake()
    for child in children.withLock({ $0 }) { child.cancel(urgently: urgently) }
  }

  /// Returns a source that is cancelled with this one.
  func makeChild() -> CancellationSource {
    let child = CancellationSource()
    children.withLock { $0.append(child) }
    if isCancelled { child.cancel(urgently: isUrgent) }
    return child
  }

  /// Ends the driver's sleep.
  func wake() { signal.withLock { $0 }?.wake() }
}

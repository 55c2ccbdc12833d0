import KernelBridge
import TaskModel

/// Half-done calls of a run that outlive its process: where they are kept, and how often they are
/// copied.
///
/// At its start the run continues the calls that the store has found, where they have no result
/// yet. Calls of kernels that are not pure continue only if they have done nothing since they were
/// copied: the last process was stopped, and copied them at its end.
public struct RunSnapshots: Sendable {
  public var store: SnapshotStore
  /// Seconds between two copies, and the least age of calls that are copied.
  public var interval: Double
  /// Bytes of a call's text that were shown before; nil: those that it had printed when it was
  /// copied.
  public var shownText: @Sendable (_ call: Int) -> UInt64? = { _ in nil }
  /// Is told which calls of a lane continue, before they do; on the thread of the lane.
  public var onRestored: @Sendable (_ calls: [SavedCall], _ lane: Int) -> Void = { _, _ in }

  public init(store: SnapshotStore, interval: Double = 10) {
    self.store = store
    self.interval = interval
  }
}

/// What the lanes of a run need to know of half-done calls.
struct LaneSnapshots: Sendable {
  let run: RunSnapshots
  let source: PlannedCalls
  /// By lane: the calls of its file that continue there, by number.
  let wanted: [Int: Set<Int>]
  /// Kernels by name, whether they are pure.
  private let isPure: [String: Bool]

  /// Reserves the calls that continue: no lane begins them anew.
  init(
    _ run: RunSnapshots, _ source: PlannedCalls, _ signatures: [KernelSignature], lanes: Int,
    _ scheduler: inout RunScheduler
  ) {
    self.run = run
    self.source = source
    let isPure = Dictionary(
      signatures.map { ($0.name, $0.isPure) }, uniquingKeysWith: { first, _ in first })
    self.isPure = isPure
    var best: [Int: (lane: Int, file: SnapshotFile)] = [:]
    for (lane, file) in run.store.found {
      let names = Dictionary(
        file.saved.kernels.map { ($0.index, $0.name) }, uniquingKeysWith: { first, _ in first })
      for call in file.saved.calls {
        // A newer process may have begun it anew, or gone on with it, in another lane.
        if let other = best[call.number], other.file.generation >= file.generation { continue }
        guard let pure = names[call.kernel].flatMap({ isPure[$0] }) else { continue }
        // Also where this lane does not continue it: an older copy of it must not, either.
        let continues = lane < lanes && (pure || file.isFinal)
        best[call.number] = (continues ? lane : -1, file)
      }
    }
    let candidates = best.filter { $0.value.lane >= 0 }.keys.sorted()
    var wanted: [Int: Set<Int>] = [:]
    for call in scheduler.reserve(candidates) {
      if let lane = best[call]?.lane { wanted[lane, default: []].insert(call) }
    }
    self.wanted = wanted
  }

  var interval: UInt64 { UInt64(max(run.interval, 0.001) * 1e9) }

  /// What a lane continues; nil: nothing.
  func saved(_ lane: Int) -> SavedCalls? {
    wanted[lane] == nil ? nil : run.store.found[lane]?.saved
  }

  /// Whether the calls of a lane may continue that must not do the same twice. It is noted in the
  /// store that they do.
  func mayContinueImpure(_ lane: Int) -> Bool {
    guard let file = run.store.found[lane], file.isFinal else { return false }
    let hasImpure = file.saved.kernels.contains { isPure[$0.name] != true }
    return hasImpure ? run.store.begins(lane) : true
  }

  func isPure(_ call: SavedCall, _ saved: SavedCalls) -> Bool {
    saved.kernels.first { $0.index == call.kernel }.flatMap { isPure[$0.name] } ?? false
  }
}

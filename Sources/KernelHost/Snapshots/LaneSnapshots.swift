import KernelBridge
import TaskModel

/// What the lanes of a run need to know of half-done calls.
struct LaneSnapshots: Sendable {
  let run: RunSnapshots
  let source: PlannedCalls
  /// By lane: the calls of its file that continue there, by number.
  private(set) var wanted: [Int: Set<Int>] = [:]
  /// Calls that must not begin anew, and that no lane continues: their lane's file is of a run with
  /// more lanes.
  private var unplaced: [Int] = []
  /// What is known of each reserved call.
  private var calls: [Int: SavedCall] = [:]
  /// Kernels that are pure, by their indices now.
  private let pure: Set<Int>

  /// Reserves the calls that continue: no lane begins them anew.
  init(
    _ run: RunSnapshots, _ source: PlannedCalls, _ signatures: [KernelSignature], lanes: Int,
    _ scheduler: inout RunScheduler
  ) {
    self.run = run
    self.source = source
    pure = Set(signatures.indices.filter { signatures[$0].isPure })
    let kernels = Dictionary(
      signatures.enumerated().map { ($1.name, $0) },
      uniquingKeysWith: { first, _ in first })
    var best: [Int: HalfDoneCall] = [:]
    for one in run.store.halfDone {
      // Calls that are not pure continue only from where they were left.
      guard let kernel = kernels[one.kernel], pure.contains(kernel) || one.isFinal else { continue }
      best[one.call.number] = one
    }
    for number in scheduler.reserve(best.keys.sorted()) {
      guard let one = best[number] else { continue }
      var call = one.call
      call.kernel = kernels[one.kernel] ?? call.kernel
      calls[number] = call
      if one.lane < lanes {
        wanted[one.lane, default: []].insert(number)
      } else {
        unplaced.append(number)
      }
    }
  }

  var interval: UInt64 { UInt64(max(run.interval, 0.000_1) * 1e9) }

  /// What a lane continues; nil: nothing.
  func saved(_ lane: Int) -> SavedCalls? {
    wanted[lane] == nil ? nil : run.store.found[lane]?.saved
  }

  /// All calls about which a lane decides, in order.
  func reserved(forLane lane: Int) -> [Int] {
    ((wanted[lane] ?? []) + (lane == 0 ? unplaced : [])).sorted()
  }

  func isPure(_ number: Int) -> Bool {
    calls[number].map { pure.contains($0.kernel) } ?? false
  }

  /// Whether the calls of a lane may continue that must not do the same twice. It is noted in the
  /// store that they do.
  func mayContinueImpure(_ lane: Int) -> Bool {
    let hasImpure = (wanted[lane] ?? []).contains { !isPure($0) }
    return hasImpure && run.store.begins(lane)
  }

  // MARK: Calls that do not continue

  /// Calls that were reserved for a lane, and do not continue there, begin anew. Those that must
  /// not are lost.
  func leave(_ numbers: [Int], _ tokens: TokenMaker, _ engine: RunEngine) {
    if numbers.isEmpty { return }
    engine.tell { $0.warned(call: nil, Wording.notContinued(numbers.count)) }
    engine.giveBack(calls: numbers.filter { isPure($0) })
    engine.end(
      reserved: numbers.filter { !isPure($0) }.map { number in
        let call = calls[number]
        let ending = CallEnding.lost(
          kernel: call?.kernel ?? 0, steps: call?.steps ?? 0, starts: call?.attempt ?? 1,
          isOutside: true)
        return (number, tokens.token(ending))
      })
  }

  /// The same for a lane that could not be had.
  func leave(lane: Int, _ tokens: TokenMaker, _ engine: RunEngine) {
    leave(reserved(forLane: lane), tokens, engine)
  }
}

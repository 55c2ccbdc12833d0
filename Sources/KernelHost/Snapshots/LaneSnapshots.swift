import KernelBridge
import KernelHostModel

/// What the lanes of a run need to know of half-done calls.
struct LaneSnapshots: Sendable {
  let run: RunSnapshots
  let source: PlannedCalls
  /// By lane: the calls that continue there, by number, and which file has them.
  private(set) var wanted: [Int: Set<Int>] = [:]
  private var places: [Int: Int] = [:]
  /// Calls that must not begin anew, and that no lane continues: there are more files than lanes.
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
      guard let kernel = kernels[one.kernel], pure.contains(kernel) || one.isFinal,
        source.isCall(one.call.number, of: kernel)
      else { continue }
      best[one.call.number] = one
    }
    var byPlace: [Int: Set<Int>] = [:]
    for number in scheduler.reserve(best.keys.sorted()) {
      guard let one = best[number] else { continue }
      var call = one.call
      call.kernel = kernels[one.kernel] ?? call.kernel
      calls[number] = call
      byPlace[one.place, default: []].insert(number)
    }
    place(byPlace, lanes)
    run.store.assign(lanes: lanes, continuing: places, isOpen: run.isOpen)
  }

  /// Gives each file a lane of its own: all lanes have their memory at the same address. Files with
  /// calls that must not begin anew come first.
  private mutating func place(_ byPlace: [Int: Set<Int>], _ lanes: Int) {
    var free = Set(0..<lanes)
    let impure = Set(byPlace.filter { !$0.value.allSatisfy(isPure) }.keys)
    for group in [impure, Set(byPlace.keys).subtracting(impure)] {
      let own = group.intersection(free)
      for place in own.sorted() + group.subtracting(own).sorted() {
        guard let lane = own.contains(place) ? place : free.min() else {
          unplaced += byPlace[place] ?? []
          continue
        }
        free.remove(lane)
        places[lane] = place
        wanted[lane] = byPlace[place]
      }
    }
  }

  /// Nanoseconds; `UInt64.max`: calls are copied only when the run stops.
  var interval: UInt64 {
    run.interval < 1e9 ? UInt64(max(run.interval, 0.000_1) * 1e9) : .max
  }

  /// Nanoseconds from one copy of a lane to the next. Copying takes one part in a hundred of them at
  /// most.
  func period(_ lane: Int) -> UInt64 {
    let (least, isLong) = run.store.cost(lane).multipliedReportingOverflow(by: 100)
    return isLong ? .max : max(interval, least)
  }

  /// What a lane continues; nil: nothing.
  func saved(_ lane: Int) -> SavedCalls? {
    places[lane].flatMap { run.store.found[$0]?.saved }
  }

  /// All calls about which a lane decides, in order.
  func reserved(forLane lane: Int) -> [Int] {
    ((wanted[lane] ?? []) + (lane == 0 ? unplaced : [])).sorted()
  }

  func isPure(_ number: Int) -> Bool {
    calls[number].map { pure.contains($0.kernel) } ?? false
  }

  /// Whether the calls of a lane may continue that must not do the same twice. It is noted on the
  /// disk that they do: should this process die, no other one continues them from that copy.
  func mayContinueImpure(_ lane: Int) -> Bool {
    let impure = (wanted[lane] ?? []).filter { !isPure($0) }
    guard !impure.isEmpty, let place = places[lane] else { return false }
    return run.store.void({ impure.contains($0) }, in: place)
  }

  /// What a lane's file has is not needed any more.
  func forget(_ lane: Int) {
    if let place = places[lane] { run.store.forget(place) }
  }

  // MARK: Calls that do not continue

  /// Calls that were reserved for a lane, and do not continue there, begin anew. Those that must
  /// not are lost. A run that stops leaves them to the next process.
  func leave(_ numbers: [Int], _ engine: RunEngine, isStopping: Bool) {
    if numbers.isEmpty { return }
    if isStopping {
      return engine.end(reserved: numbers.map { ($0, TokenMaker.cancelledBeforeStart) })
    }
    engine.tell { $0.warned(call: nil, Wording.notContinued(numbers.count)) }
    engine.giveBack(calls: numbers.filter { isPure($0) })
    engine.end(
      reserved: numbers.filter { !isPure($0) }.map { number in
        let message = Wording.halfDoneLost(again: run.again(number))
        let call = calls[number]
        return (
          number,
          .failed(
            CallError(.lost, message: message), attempts: call?.attempt ?? 1,
            steps: call?.steps ?? 0)
        )
      })
  }

  /// The same for a lane that could not be had.
  func leave(lane: Int, _ engine: RunEngine, isStopping: Bool) {
    leave(reserved(forLane: lane), engine, isStopping: isStopping)
  }
}

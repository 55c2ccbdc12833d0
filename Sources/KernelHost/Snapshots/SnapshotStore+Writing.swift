import Dispatch
import KernelBridge
import KernelHostModel

/// The files of a store while the run goes on. Each place has two, written by turns.
extension SnapshotStore {
  /// Whether the file of a lane has calls.
  func hasCopies(_ lane: Int) -> Bool {
    state.withLock { $0.filled.contains($0.places[lane] ?? lane) }
  }

  /// Whether a copy of the lane is being written.
  func isBusy(_ lane: Int) -> Bool { state.withLock { $0.busy[lane] ?? 0 > 0 } }

  /// What the lane's last copy took of a processor, at most: the lane's time and that of its writer.
  func cost(_ lane: Int) -> UInt64 { state.withLock { $0.costs[lane] ?? 0 } }

  /// Whether this process has copied the call when it stopped, and the copy is on the disk.
  func keeps(_ call: Int) -> Bool { state.withLock { $0.kept.contains(call) } }
  var kept: Set<Int> { state.withLock { $0.kept } }

  /// Writes what a lane has copied, on another thread. A later snapshot of the same lane replaces
  /// it, whichever is written first. The last one is written before this returns.
  func write(_ snapshot: LaneSnapshot, lane: Int) {
    let place = state.withLock { state in
      state.busy[lane, default: 0] += 1
      return state.places[lane] ?? lane
    }
    let number = begin(place)
    let write: @Sendable () -> Void = { [self] in
      let start = writers.now()
      let (saved, strays) = snapshot.read()
      for stray in strays { problem(.stray(stray)) }
      let isWritten = save(saved, number, place: place, isFinal: snapshot.isFinal)
      let cost = snapshot.nanoseconds + writers.now() - start
      state.withLock { state in
        state.busy[lane, default: 1] -= 1
        state.costs[lane] = cost
        if isWritten { state.setFilled(place, !saved.calls.isEmpty) }
        if isWritten, snapshot.isFinal { state.kept.formUnion(saved.calls.map(\.number)) }
      }
      writing.leave()
    }
    writing.enter()
    if snapshot.isFinal || !writers.start(write) { write() }
  }

  /// Returns when all that was begun is written.
  package func wait() { writing.wait() }

  /// No call is half done any more, but those that `isOpen` names.
  func removeFiles(isOpen: (Int) -> Bool) {
    wait()
    let open = openPlaces(isOpen)
    let places = state.withLock { Set($0.files.keys) }
    for place in places.subtracting(open) {
      for side in 0...1 {
        folder.remove(SnapshotName.text(prefix: prefix, place: place, side: side))
      }
    }
  }

  func begin(_ place: Int) -> UInt64 {
    state.withLock { state in
      let number = state.numbers[place, default: 0] + 1
      state.numbers[place] = number
      return number
    }
  }

  /// The lock is held while the file is written, so that a place's files are written one by one.
  func save(
    _ saved: SavedCalls, _ number: UInt64, place: Int, isFinal: Bool, generation: UInt64? = nil,
    isOnly: Bool = false
  ) -> Bool {
    let lock = state.withLock { state in
      let lock = state.files[place] ?? Locked(PlaceFiles())
      state.files[place] = lock
      return lock
    }
    let failure: SystemError? = lock.withLock { files in
      guard number > files.written else { return nil }
      if files.isEmpty, saved.calls.isEmpty { return nil }
      let side = files.newest == 0 ? 1 : 0
      let file = SnapshotFile(
        run: run, lane: place, number: number, generation: generation ?? self.generation,
        isFinal: isFinal, saved: saved)
      do throws(SystemError) {
        try folder.write(
          SnapshotName.text(prefix: prefix, place: place, side: side), file.bytes)
      } catch {
        return error
      }
      if isOnly {
        folder.remove(SnapshotName.text(prefix: prefix, place: place, side: 1 - side))
      }
      files.newest = side
      files.written = number
      files.isEmpty = saved.calls.isEmpty
      return nil
    }
    if let failure { problem(.unwritten(failure)) }
    return failure == nil
  }

  private func problem(_ problem: Problem) {
    let isNew = told.withLock { told in
      switch problem {
      case .stray(let stray): told.kernels.insert(stray.kernel).inserted
      case .unwritten(let error): told.errors.insert(error.code).inserted
      }
    }
    if isNew { tell.withLock { $0 }(problem) }
  }
}

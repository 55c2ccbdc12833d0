import Dispatch
import KernelBridge
import KernelHostModel

/// A half-done call that a store has found.
package struct HalfDoneCall: Sendable, Hashable {
  package let call: SavedCall
  /// The name of its kernel.
  package let kernel: String
  /// The number of its file.
  package let place: Int
  /// Which process copied it.
  package let generation: UInt64
  /// It has done nothing since it was copied: the host was stopped.
  package let isFinal: Bool
}

/// The half-done calls of a run in files: two for each lane, written by turns, so that one of them
/// is whole at any time. Threads may share it. Files are written on threads of their own.
package final class SnapshotStore: Sendable {
  /// Why a file in the folder does not count.
  package struct Ignored: Sendable, Hashable {
    package enum Reason: Sendable, Hashable { case torn, otherVersion, otherRun, unreadable }
    package let path: String
    package let reason: Reason
  }

  /// What goes wrong while the run goes on.
  package enum Problem: Sendable, Hashable {
    /// A call of a flat kernel has a pointer that it must not have: it is in no snapshot. Of each
    /// kernel the first is told.
    case stray(StrayPointer)
    /// A file could not be written. The last one stays.
    case unwritten(SystemError)
  }

  package let run: String
  /// Files that were found when the store was opened, and do not count.
  package let ignored: [Ignored]
  let folder: any SnapshotFolder
  let prefix: String
  let generation: UInt64
  let writers: Writers
  let state: Locked<State>
  let writing = DispatchGroup()
  let tell: Locked<@Sendable (Problem) -> Void>
  /// Kernels whose stray pointers were told, and errors of files.
  let told = Locked<(kernels: Set<Int>, errors: Set<Int32>)>(([], []))

  /// Where files are written while the run goes on, and the clock that says what that takes.
  struct Writers: Sendable {
    /// Runs a body beside the caller. Returns false if that is impossible.
    var start: @Sendable (_ body: @escaping @Sendable () -> Void) -> Bool
    /// Nanoseconds.
    var now: @Sendable () -> UInt64

    /// A thread for each file.
    static let threads = Writers(start: { HostThread.start($0) }, now: monotonicNanoseconds)
  }

  struct State: Sendable {
    /// The newest whole file of each place, as it is for calls that may continue.
    var found: [Int: SnapshotFile]
    /// A lock for each place, which is held while a file is written.
    var files: [Int: Locked<PlaceFiles>]
    /// The number of the last file of each place that was begun.
    var numbers: [Int: UInt64]
    /// Places whose files are of others, or of newer hosts: not to be written over.
    let foreign: Set<Int>
    /// Places whose newest file has calls.
    var filled: Set<Int>
    /// Where each lane writes.
    var places: [Int: Int] = [:]
    /// Lanes whose copies are being written, and what their last ones cost, in nanoseconds.
    var busy: [Int: Int] = [:]
    var costs: [Int: UInt64] = [:]
    /// Calls of which this process has made the last copy, which is on the disk.
    var kept: Set<Int> = []

    mutating func setFilled(_ place: Int, _ hasCalls: Bool) {
      if hasCalls { filled.insert(place) } else { filled.remove(place) }
    }
  }

  /// The files of one place.
  struct PlaceFiles: Sendable {
    /// Which of the two files the newest whole one is; nil: no file is whole.
    var newest: Int?
    /// The number of the newest.
    var written: UInt64 = 0
    var isEmpty = true
  }

  /// Reads what is in a folder. `run`: files of another run do not count. `prefix`: of the files'
  /// names, for hosts that share the folder. `generation`: the number of this process among those
  /// of the run; nil: it follows that of the files.
  package convenience init(
    folder: String, run: String, prefix: String = "", generation: UInt64? = nil
  ) {
    self.init(DiskFolder(folder), run: run, prefix: prefix, generation: generation)
  }

  init(
    _ folder: any SnapshotFolder, run: String, prefix: String = "", generation: UInt64? = nil,
    writers: Writers = .threads
  ) {
    self.folder = folder
    self.writers = writers
    self.run = run
    self.prefix = prefix
    var ignored: [Ignored] = []
    var foreign: Set<Int> = []
    var found: [Int: (file: SnapshotFile, side: Int)] = [:]
    for name in folder.names.sorted() {
      guard let (_, place, side) = SnapshotName.parts(name, prefix: prefix) else { continue }
      let path = folder.path + "/" + name
      guard let bytes = folder.read(name) else {
        ignored.append(Ignored(path: path, reason: .unreadable))
        foreign.insert(place)
        continue
      }
      do throws(SnapshotFile.Fault) {
        let file = try SnapshotFile(bytes, ofRun: run)
        if found[place]?.file.number ?? 0 <= file.number { found[place] = (file, side) }
      } catch {
        let reason: Ignored.Reason =
          switch error {
          case .torn: .torn
          case .otherVersion: .otherVersion
          case .otherRun: .otherRun
          }
        ignored.append(Ignored(path: path, reason: reason))
        if reason != .torn { foreign.insert(place) }
      }
    }
    self.ignored = ignored
    self.generation = generation ?? (found.values.map { $0.file.generation }.max() ?? 0) + 1
    state = Locked(
      State(
        found: found.mapValues { $0.file },
        files: found.mapValues {
          Locked(
            PlaceFiles(
              newest: $0.side, written: $0.file.number, isEmpty: $0.file.saved.calls.isEmpty))
        }, numbers: found.mapValues { $0.file.number }, foreign: foreign,
        filled: Set(found.filter { !$0.value.file.saved.calls.isEmpty }.keys)))
    tell = Locked({ _ in })
  }

  /// Where problems are told, on any thread.
  func onProblem(_ body: @escaping @Sendable (Problem) -> Void) { tell.withLock { $0 = body } }

  // MARK: What was found

  var found: [Int: SnapshotFile] { state.withLock { $0.found } }

  /// The newest copy of each call that was found, in any file.
  package var halfDone: [HalfDoneCall] {
    var best: [Int: HalfDoneCall] = [:]
    for (place, file) in found {
      let names = Dictionary(
        file.saved.kernels.map { ($0.index, $0.name) }, uniquingKeysWith: { first, _ in first })
      for call in file.saved.calls where call.number != SavedCall.void {
        // A newer process may have begun it anew, or gone on with it, in another lane.
        if let other = best[call.number], other.generation >= file.generation { continue }
        best[call.number] = HalfDoneCall(
          call: call, kernel: names[call.kernel] ?? "", place: place, generation: file.generation,
          isFinal: file.isFinal)
      }
    }
    return best.values.sorted { $0.call.number < $1.call.number }
  }

  /// How many calls of a run the files of a folder have, whatever their prefix: as the files say
  /// that are as long as they should be. O(calls).
  static func count(_ folder: String, run: String) -> Int {
    var newest: [String: (numbers: [Int], file: UInt64)] = [:]
    for name in Folders.names(folder) {
      guard let (key, _, _) = SnapshotName.parts(name, prefix: nil),
        let file = try? PartsFile(path: folder + "/" + name),
        let found = SnapshotFile.calls(in: file, ofRun: run),
        found.file >= newest[key]?.file ?? 0
      else { continue }
      newest[key] = found
    }
    var calls = Set(newest.values.flatMap { $0.numbers })
    calls.remove(SavedCall.void)
    return calls.count
  }

  /// The copies of some calls count no more: they begin anew, or continue here. Returns false if
  /// that could not be written.
  func void(_ calls: (Int) -> Bool) -> Bool {
    found.keys.allSatisfy { void(calls, in: $0) }
  }

  /// The same for one file. The other file of its place is removed: it would count again if the
  /// newer one were damaged.
  func void(_ calls: (Int) -> Bool, in place: Int) -> Bool {
    guard var file = found[place] else { return true }
    let which = file.saved.calls.indices.filter {
      file.saved.calls[$0].number != SavedCall.void && calls(file.saved.calls[$0].number)
    }
    if which.isEmpty { return true }
    for index in which { file.saved.calls[index].number = SavedCall.void }
    // Still that of the process that copied the others.
    let isWritten = save(
      file.saved, begin(place), place: place, isFinal: file.isFinal, generation: file.generation,
      isOnly: true)
    if isWritten { state.withLock { $0.found[place]?.saved.calls = file.saved.calls } }
    return isWritten
  }

  /// What the lane knew of the calls of a file is not needed any more.
  func forget(_ place: Int) { state.withLock { $0.found[place]?.saved.body = [] } }

  /// Sets where lanes write. `continuing`: by lane, the file that it continues. Files with calls
  /// that `isOpen` names are not written over: another process continues them.
  func assign(lanes: Int, continuing: [Int: Int], isOpen: (Int) -> Bool) {
    let open = openPlaces(isOpen)
    state.withLock { state in
      var taken = open.union(continuing.values).union(state.foreign)
      for lane in 0..<lanes {
        if let place = continuing[lane], !open.contains(place) {
          state.places[lane] = place
          continue
        }
        var place = lane
        while taken.contains(place) { place += 1 }
        taken.insert(place)
        state.places[lane] = place
      }
    }
  }

  func openPlaces(_ isOpen: (Int) -> Bool) -> Set<Int> {
    Set(
      found.filter { $0.value.saved.calls.contains { $0.number >= 0 && isOpen($0.number) } }.keys)
  }
}

import Dispatch
import KernelBridge
import TaskModel

/// A half-done call that a store has found.
public struct HalfDoneCall: Sendable, Hashable {
  public let call: SavedCall
  /// The name of its kernel.
  public let kernel: String
  public let lane: Int
  /// It has done nothing since it was copied: the host was stopped.
  public let isFinal: Bool
}

/// The half-done calls of a run in files: two for each lane, written by turns, so that one of them
/// is whole at any time. Threads may share it. Files are written on threads of their own.
public final class SnapshotStore: Sendable {
  /// Why a file in the folder does not count.
  public struct Ignored: Sendable, Hashable {
    public enum Reason: Sendable, Hashable { case torn, otherVersion, otherRun, unreadable }
    public let path: String
    public let reason: Reason
  }

  /// What goes wrong while the run goes on.
  public enum Problem: Sendable, Hashable {
    /// A call of a flat kernel has a pointer that it must not have: it is in no snapshot. Of each
    /// kernel the first is told.
    case stray(StrayPointer)
    /// A file could not be written. The last one stays.
    case unwritten(SystemError)
  }

  public let folder: String
  public let run: String
  /// Files that were found when the store was opened, and do not count.
  public let ignored: [Ignored]
  /// The newest whole file of each lane, as it was when the store was opened.
  var found: [Int: SnapshotFile] { files.withLock { $0 } }
  private let files: Locked<[Int: SnapshotFile]>
  private let generation: UInt64
  /// The number of the last file of each lane that was begun.
  private let numbers: Locked<[Int: UInt64]>
  /// A lock for each lane, which is held while a file is written.
  private let lanes: Locked<[Int: Locked<LaneFiles>]>
  private let writing = DispatchGroup()
  private let tell: Locked<@Sendable (Problem) -> Void>
  /// Kernels whose stray pointers were told, and errors of files.
  private let told = Locked<(kernels: Set<Int>, errors: Set<Int32>)>(([], []))

  /// The files of one lane.
  private struct LaneFiles: Sendable {
    /// Which of the two files the newest whole one is; nil: no file is whole.
    var newest: Int?
    /// The number of the newest.
    var written: UInt64 = 0
    var isEmpty = true
  }

  /// Reads what is in the folder. `run`: files of another run do not count.
  public init(folder: String, run: String) {
    self.folder = folder
    self.run = run
    var ignored: [Ignored] = []
    var found: [Int: (file: SnapshotFile, side: Int)] = [:]
    for name in Folders.names(folder).sorted() {
      guard let (lane, side) = Self.place(of: name) else { continue }
      let path = folder + "/" + name
      guard let bytes = try? FileReader.readRegular(path: path, limit: .max) else {
        ignored.append(Ignored(path: path, reason: .unreadable))
        continue
      }
      do throws(SnapshotFile.Fault) {
        let file = try SnapshotFile(bytes, ofRun: run)
        if found[lane]?.file.number ?? 0 <= file.number { found[lane] = (file, side) }
      } catch {
        let reason: Ignored.Reason =
          switch error {
          case .torn: .torn
          case .otherVersion: .otherVersion
          case .otherRun: .otherRun
          }
        ignored.append(Ignored(path: path, reason: reason))
      }
    }
    self.ignored = ignored
    files = Locked(found.mapValues { $0.file })
    generation = (found.values.map { $0.file.generation }.max() ?? 0) + 1
    numbers = Locked(found.mapValues { $0.file.number })
    lanes = Locked(
      found.mapValues {
        Locked(
          LaneFiles(
            newest: $0.side, written: $0.file.number, isEmpty: $0.file.saved.calls.isEmpty))
      })
    tell = Locked({ _ in })
  }

  /// Where problems are told, on any thread.
  func onProblem(_ body: @escaping @Sendable (Problem) -> Void) { tell.withLock { $0 = body } }

  private static let sides = ["a", "b"]

  private static func path(_ folder: String, _ lane: Int, _ side: Int) -> String {
    "\(folder)/snapshot-\(lane)-\(sides[side])"
  }

  private static func place(of name: String) -> (lane: Int, side: Int)? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "snapshot", let lane = Int(parts[1]), lane >= 0,
      let side = sides.firstIndex(of: String(parts[2]))
    else { return nil }
    return (lane, side)
  }

  /// The newest copy of each call that was found, in any lane.
  public var halfDone: [HalfDoneCall] {
    var best: [Int: (generation: UInt64, call: HalfDoneCall)] = [:]
    for (lane, file) in found {
      let names = Dictionary(
        file.saved.kernels.map { ($0.index, $0.name) }, uniquingKeysWith: { first, _ in first })
      for call in file.saved.calls {
        // A newer process may have begun it anew, or gone on with it, in another lane.
        if let other = best[call.number], other.generation >= file.generation { continue }
        best[call.number] = (
          file.generation,
          HalfDoneCall(
            call: call, kernel: names[call.kernel] ?? "", lane: lane, isFinal: file.isFinal)
        )
      }
    }
    return best.values.map { $0.call }.sorted { $0.call.number < $1.call.number }
  }

  // MARK: Writing

  /// Writes what a lane has copied, on another thread. A later snapshot of the same lane replaces
  /// it, whichever is written first.
  func write(_ snapshot: LaneSnapshot, lane: Int) {
    let number = begin(lane)
    let write: @Sendable () -> Void = { [self] in
      let (saved, strays) = snapshot.read()
      for stray in strays { problem(.stray(stray)) }
      save(saved, number, lane: lane, isFinal: snapshot.isFinal)
      writing.leave()
    }
    writing.enter()
    if !HostThread.start(write) { write() }
  }

  /// Returns when all that was begun is written.
  public func wait() { writing.wait() }

  /// The calls of a file continue: should this process die before its own first snapshot, they
  /// have done something since. For calls that may not do the same twice. Returns false if that
  /// could not be written: then they must not continue.
  func begins(_ lane: Int) -> Bool {
    guard let file = found[lane] else { return false }
    if !file.isFinal { return true }
    return save(file.saved, begin(lane), lane: lane, isFinal: false)
  }

  /// The calls of a file continue, or do not: what the lane knew of them is not needed any more.
  func forget(_ lane: Int) { files.withLock { $0[lane]?.saved.body = [] } }

  private func begin(_ lane: Int) -> UInt64 {
    numbers.withLock { numbers in
      let number = numbers[lane, default: 0] + 1
      numbers[lane] = number
      return number
    }
  }

  /// The lock is held while the file is written, so that a lane's files are written one by one.
  @discardableResult
  private func save(_ saved: SavedCalls, _ number: UInt64, lane: Int, isFinal: Bool) -> Bool {
    let file = SnapshotFile(
      run: run, lane: lane, number: number, generation: generation, isFinal: isFinal, saved: saved)
    let bytes = file.bytes
    let lock = lanes.withLock { lanes in
      let lock = lanes[lane] ?? Locked(LaneFiles())
      lanes[lane] = lock
      return lock
    }
    let failure: SystemError? = lock.withLock { files in
      guard number > files.written else { return nil }
      if files.isEmpty, saved.calls.isEmpty { return nil }
      let side = files.newest == 0 ? 1 : 0
      do throws(SystemError) {
        try WholeFile.write(Self.path(folder, lane, side), bytes)
      } catch {
        return error
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

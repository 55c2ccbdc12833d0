import KernelBridge
import KernelHostModel

/// Half-done calls that processes with other shards have left, for the process that has these calls
/// now. A run that was dealt anew, or other sets of shards in one process, put calls into other
/// hands. Each set of shards has files of its own, so these copies come into own files first.
struct SnapshotAdoption {
  let folder: any SnapshotFolder
  let run: String
  /// Of the names of this process' files.
  let prefix: String
  /// The shards of this process; nil: it makes the run as a whole.
  let part: JournalPart?

  /// The newest whole file of a lane of another process.
  private struct Found {
    /// The name without its side.
    let name: String
    let side: Int
    var file: SnapshotFile
  }

  /// Takes the copies of some calls out of other processes' files. `calls`: those of this process
  /// that have no record; it has their locks, so that the processes which copied them have ended.
  ///
  /// A copy is on the disk here before the other one is void. That one is void before this process
  /// goes on: so a call never goes on from the same copy twice. O(bytes of the files).
  func take(_ calls: (Int) -> Bool) throws(SystemError) {
    let names = folder.names.sorted()
    var places = Set<Int>()
    for name in names {
      if let place = SnapshotName.parts(name, prefix: prefix)?.place { places.insert(place) }
    }
    // A process that died here may have made a copy, and may not have come to void the other one.
    let isOwn = { SnapshotName.parts($0, prefix: prefix) != nil }
    let known = Set(newest(names.filter(isOwn)).flatMap { $0.file.saved.calls.map(\.number) })
    for found in newest(names.filter(concerns)) {
      let taken = found.file.saved.calls.indices.filter {
        let number = found.file.saved.calls[$0].number
        return number != SavedCall.void && number >= 0 && calls(number)
      }
      if taken.isEmpty { continue }
      let new = taken.filter { !known.contains(found.file.saved.calls[$0].number) }
      if !new.isEmpty {
        var place = 0
        while !places.insert(place).inserted { place += 1 }
        try copy(found, new, to: place)
      }
      try void(found, taken)
    }
  }

  /// Whether other processes have left files that can have calls of this one. They are not opened.
  var isNeeded: Bool { folder.names.contains(where: concerns) }

  /// How many files have the newest copies of some calls. They are all in this process' folder, and
  /// nothing is written. `isCounted`: of a call, the name of its kernel, and whether its host was
  /// stopped. O(bytes of the files), if these are of more than `limit` lanes.
  func count(
    over limit: Int, _ isCounted: (_ call: SavedCall, _ kernel: String, _ isFinal: Bool) -> Bool
  ) -> Int {
    let names = folder.names.filter {
      SnapshotName.parts($0, prefix: prefix) != nil || concerns($0)
    }
    let keys = Set(names.compactMap { SnapshotName.parts($0, prefix: nil)?.file })
    if keys.count <= limit { return keys.count }
    var best: [Int: (generation: UInt64, file: String, isCounted: Bool)] = [:]
    for found in newest(names) {
      let file = found.file
      let kernels = Dictionary(
        file.saved.kernels.map { ($0.index, $0.name) }, uniquingKeysWith: { first, _ in first })
      for call in file.saved.calls where call.number != SavedCall.void {
        if let other = best[call.number], other.generation >= file.generation { continue }
        best[call.number] = (
          file.generation, found.name, isCounted(call, kernels[call.kernel] ?? "", file.isFinal)
        )
      }
    }
    return Set(best.values.filter { $0.isCounted }.map { $0.file }).count
  }

  /// Those of the neighbours, of whom there may be thousands, are not opened.
  private func concerns(_ name: String) -> Bool {
    guard SnapshotName.parts(name, prefix: prefix) == nil,
      let key = SnapshotName.parts(name, prefix: nil)?.file
    else { return false }
    guard let part, let share = SegmentName.Share(snapshots: key) else { return true }
    return share.deal != part.current.number || part.overlaps(share)
  }

  private func newest(_ names: [String]) -> [Found] {
    var newest: [String: Found] = [:]
    for name in names {
      guard let (key, _, side) = SnapshotName.parts(name, prefix: nil),
        let bytes = folder.read(name), let file = try? SnapshotFile(bytes, ofRun: run),
        file.number >= newest[key]?.file.number ?? 0
      else { continue }
      newest[key] = Found(name: key, side: side, file: file)
    }
    return newest.values.sorted { $0.name < $1.name }
  }

  private func copy(_ found: Found, _ taken: [Int], to place: Int) throws(SystemError) {
    var file = found.file
    for index in Set(file.saved.calls.indices).subtracting(taken) {
      file.saved.calls[index].number = SavedCall.void
    }
    file.lane = place
    file.number = 1
    try folder.write(SnapshotName.text(prefix: prefix, place: place, side: 0), file.bytes)
  }

  /// The older file of the lane goes: it would count if the newer one were damaged.
  private func void(_ found: Found, _ taken: [Int]) throws(SystemError) {
    var file = found.file
    for index in taken { file.saved.calls[index].number = SavedCall.void }
    file.number += 1
    let (other, old) = (1 - found.side, found.side)
    try folder.write(SnapshotName.text(key: found.name, side: other), file.bytes)
    folder.remove(SnapshotName.text(key: found.name, side: old))
    if file.saved.calls.allSatisfy({ $0.number == SavedCall.void }) {
      folder.remove(SnapshotName.text(key: found.name, side: other))
    }
  }
}

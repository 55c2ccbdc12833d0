import Glibc
import KernelBridge

@testable import KernelHost

/// The files with half-done calls of a simulated run, on a disk that outlives its hosts.
final class SimulatedFolder: SnapshotFolder, @unchecked Sendable {  // Guard: one thread uses it.
  /// Another one for each host, where hosts have worlds of their own.
  var world: World
  let path = "disk"
  private var files: [String: [UInt8]] = [:]
  /// The host has died while it wrote: what it does until the simulation notices counts no more.
  private(set) var isDead = false
  /// The host is one that does not die.
  var isSafe = false

  init(_ world: World) { self.world = world }

  var names: [String] { files.keys.sorted() }
  func read(_ name: String) -> [UInt8]? { files[name] }

  func write(_ name: String, _ bytes: [UInt8]) throws(SystemError) {
    let dies = !isSafe && world.dice.chance(3)
    if isDead || dies || world.dice.chance(3) {
      // Half of the old file may stay behind half of the new one.
      if !isDead {
        let count = world.dice.below(bytes.count + 1)
        files[name] = Array(bytes[..<count]) + (files[name] ?? []).dropFirst(count)
        world.note("\(name) is torn\(dies ? ", and the host dies" : "")")
      }
      isDead = isDead || dies
      throw SystemError("write a snapshot to", path: name, code: ENOSPC)
    }
    files[name] = bytes
  }

  func remove(_ name: String) {
    if !isDead { files[name] = nil }
  }

  func beginHost() { isDead = false }

  /// The host is dead: what its writers do from now on does not count.
  func die() { isDead = true }

  /// Leaves of a file what its writer may have written.
  func cutAFile(_ dice: inout Dice) {
    guard !files.isEmpty else { return }
    let name = dice.one(of: names)
    if let bytes = files[name], !bytes.isEmpty {
      files[name]?.removeLast(1 + dice.below(bytes.count))
    }
  }
}

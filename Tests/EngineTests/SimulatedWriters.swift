import KernelBridge

@testable import KernelHost

/// The threads that write a store's files, as steps of the simulation: each file is written at some
/// time later, in any order.
final class SimulatedWriters: @unchecked Sendable {  // Guard: one thread uses it.
  /// Its timers hold this.
  private unowned let world: World
  private var waiting: [(number: Int, write: () -> Void)] = []
  private var count = 0

  init(_ world: World) { self.world = world }

  var writers: SnapshotStore.Writers {
    SnapshotStore.Writers(
      start: { [self] in start($0) },
      now: { [world] in
        // The clock of a store says what its writing takes.
        world.now += UInt64(world.dice.below(20_000))
        return world.now
      })
  }

  private func start(_ write: @escaping () -> Void) -> Bool {
    // There may be no thread: then it is written at once.
    if world.dice.chance(5) { return false }
    count += 1
    let number = count
    waiting.append((number, write))
    let due = world.now + UInt64(world.dice.below(3_000)) * 1000
    world.timers.append((due, { [self] in finish(number) }))
    return true
  }

  private func finish(_ number: Int) {
    guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
    world.note("a writer goes on, \(waiting.count - 1) wait")
    waiting.remove(at: index).write()
  }

  /// All that was begun is written, in any order, as a host that ends waits for it.
  func finishAll() {
    while !waiting.isEmpty { finish(waiting[world.dice.below(waiting.count)].number) }
  }

  /// The host dies: some of the files are written by then, and the others never.
  func die(_ disk: SimulatedFolder) {
    while !waiting.isEmpty, !disk.isDead, world.dice.chance(50) {
      finish(waiting[world.dice.below(waiting.count)].number)
    }
    disk.die()
    // These come to their ends, as others wait for them, and change nothing.
    while let one = waiting.first { finish(one.number) }
  }
}

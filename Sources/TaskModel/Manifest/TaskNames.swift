/// The tasks by their names, made at once when all tasks are known: its size is known, it never
/// grows, and one look-up does not wait for the memory of the one before.
///
/// Open addressing, with the hash beside each number: a name's bytes are looked at only where 32
/// bits of its hash are equal.
struct TaskNames: Sendable {
  /// The upper 32 bits of a name's hash, and below them its task's number + 1; 0: free. At most
  /// four of seven are taken.
  private var slots: [UInt64] = []
  /// Random for each table, so that names cannot be prepared that all collide.
  private let seed: UInt64

  init(seed: UInt64 = .random(in: .min ... .max)) { self.seed = seed }

  /// A task whose name an earlier one has.
  struct Duplicate {
    let task: Int
    let first: Int
  }

  /// Enters the names of all tasks. A name belongs to the first task that has it; the others lose
  /// it. O(bytes of names) on average.
  mutating func enterAll(_ tasks: inout [Manifest.Task], _ text: [UInt8]) -> [Duplicate] {
    let named = tasks.count { !$0.name.isEmpty }
    slots = [UInt64](repeating: 0, count: named == 0 ? 0 : named + named / 4 * 3 + 8)
    var duplicates: [Duplicate] = []
    let text = text.span
    for number in tasks.indices where !tasks[number].name.isEmpty {
      let name = tasks[number].name
      if let first = enter(name, of: number, tasks, text) {
        duplicates.append(Duplicate(task: number, first: first))
      }
    }
    for duplicate in duplicates { tasks[duplicate.task].name = .empty }
    return duplicates
  }

  /// Returns the task that has the name already, if one has.
  @inline(__always)
  private mutating func enter(
    _ name: PoolRange, of number: Int, _ tasks: [Manifest.Task], _ text: Span<UInt8>
  ) -> Int? {
    let tag = NameHash.quick(text, name.indices, seed: seed) &>> 32
    var slot = home(tag)
    while slots[slot] != 0 {
      if let other = task(at: slot, tag, name.indices, tasks, text) { return other }
      slot = next(slot)
    }
    slots[slot] = tag &<< 32 | UInt64(truncatingIfNeeded: number &+ 1)
    return nil
  }

  /// The task whose name is a part of `text`; nil: the name is unknown. O(length) on average.
  func find(_ name: Range<Int>, _ tasks: [Manifest.Task], _ text: [UInt8]) -> Int? {
    if slots.isEmpty { return nil }
    let text = text.span
    let tag = NameHash.quick(text, name, seed: seed) &>> 32
    var slot = home(tag)
    while slots[slot] != 0 {
      if let task = task(at: slot, tag, name, tasks, text) { return task }
      slot = next(slot)
    }
    return nil
  }

  /// The task at a slot that is taken, if the name is its name.
  @inline(__always)
  private func task(
    at slot: Int, _ tag: UInt64, _ name: Range<Int>, _ tasks: [Manifest.Task], _ text: Span<UInt8>
  ) -> Int? {
    if slots[slot] &>> 32 != tag { return nil }
    let task = Int(truncatingIfNeeded: slots[slot] & 0xFFFF_FFFF) &- 1
    let known = tasks[task].name.indices
    guard known.count == name.count,
      text.equals(known.lowerBound, text, name.lowerBound, name.count)
    else { return nil }
    return task
  }

  /// The slots are in the order of the tags.
  @inline(__always)
  private func home(_ tag: UInt64) -> Int {
    Int(truncatingIfNeeded: (tag &* UInt64(slots.count)) &>> 32)
  }

  @inline(__always)
  private func next(_ slot: Int) -> Int { slot &+ 1 == slots.count ? 0 : slot &+ 1 }
}

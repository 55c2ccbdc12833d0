/// Things that arrive in any order and leave in the order of their numbers, each number once.
struct ReorderBuffer<Element> {
  private var waiting: [Element?] = []
  /// Where number `next` lies in `waiting`; what is before has left.
  private var head = 0
  private(set) var next = 0

  /// Whether the one with this number leaves at once; then it has left.
  @inline(__always)
  mutating func passes(_ number: Int) -> Bool {
    guard number == next, head == waiting.count else { return false }
    next += 1
    return true
  }

  /// Whether the one with this number is here, or has left.
  @inline(__always)
  func hasSeen(_ number: Int) -> Bool {
    if number < next { return true }
    let index = head + (number - next)
    return index < waiting.count && waiting[index] != nil
  }

  /// Keeps one that does not leave at once, and was not seen before. O(1) on average.
  mutating func keep(_ element: Element, at number: Int) {
    let index = head + (number - next)
    while waiting.count <= index { waiting.append(nil) }
    waiting[index] = element
  }

  /// The next of those that were kept, if it is there. O(1) on average.
  mutating func takeNext() -> Element? {
    guard head < waiting.count, let element = waiting[head] else {
      if head == waiting.count {
        waiting.removeAll(keepingCapacity: true)
        head = 0
      } else if head > 4096, head * 2 > waiting.count {
        waiting.removeFirst(head)
        head = 0
      }
      return nil
    }
    waiting[head] = nil
    head += 1
    next += 1
    return element
  }
}

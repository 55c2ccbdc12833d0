/// Things that arrive in any order and leave in the order of their numbers.
struct InOrder<Element> {
  private var waiting: [Element?] = []
  /// Where number `next` lies in `waiting`; what is before has left.
  private var head = 0
  private(set) var next = 0

  /// O(1) on average, and O(what leaves).
  mutating func put(_ element: Element, at number: Int, leave: (Int, Element) -> Void) {
    if number == next, head == waiting.count {
      leave(number, element)
      next += 1
      return
    }
    let index = head + (number - next)
    while waiting.count <= index { waiting.append(nil) }
    waiting[index] = element
    while head < waiting.count, let element = waiting[head] {
      waiting[head] = nil
      leave(next, element)
      head += 1
      next += 1
    }
    if head == waiting.count {
      waiting.removeAll(keepingCapacity: true)
      head = 0
    } else if head > 4096, head * 2 > waiting.count {
      waiting.removeFirst(head)
      head = 0
    }
  }
}

/// First in, first out, at O(1) on average.
struct Queue<Element> {
  private var elements: [Element] = []
  private var head = 0

  var isEmpty: Bool { head == elements.count }
  var count: Int { elements.count - head }
  var first: Element? { isEmpty ? nil : elements[head] }
  var all: ArraySlice<Element> { elements[head...] }

  mutating func append(_ element: Element) { elements.append(element) }

  @discardableResult
  mutating func removeFirst() -> Element {
    let element = elements[head]
    head += 1
    if head == elements.count {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head > 64, head * 2 > elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  /// Puts another element in place of the first.
  mutating func replaceFirst(_ element: Element) { elements[head] = element }

  /// Lets `body` change each element, in order. O(elements).
  mutating func change(_ body: (inout Element) -> Void) {
    for index in head..<elements.count { body(&elements[index]) }
  }

  mutating func popFirst() -> Element? { isEmpty ? nil : removeFirst() }

  /// Removes the elements that match and returns them. O(elements).
  mutating func remove(_ which: (Element) -> Bool) -> [Element] {
    let removed = elements[head...].filter(which)
    elements = elements[head...].filter { !which($0) }
    head = 0
    return removed
  }
}

extension Queue: Sendable where Element: Sendable {}

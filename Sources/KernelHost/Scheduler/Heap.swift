/// A binary heap: the first of its elements is the least.
struct Heap<Element> {
  private(set) var elements: [Element] = []
  private let isBefore: @Sendable (Element, Element) -> Bool

  init(_ isBefore: @escaping @Sendable (Element, Element) -> Bool) { self.isBefore = isBefore }

  var isEmpty: Bool { elements.isEmpty }
  var first: Element? { elements.first }

  /// O(log elements).
  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, case let parent = (child - 1) / 2,
      isBefore(elements[child], elements[parent])
    {
      elements.swapAt(child, parent)
      child = parent
    }
  }

  /// O(log elements).
  @discardableResult
  mutating func removeFirst() -> Element {
    elements.swapAt(0, elements.count - 1)
    let first = elements.removeLast()
    sink(0)
    return first
  }

  /// Removes those that match and returns them. O(elements).
  mutating func remove(_ which: (Element) -> Bool) -> [Element] {
    let removed = elements.filter(which)
    if removed.isEmpty { return [] }
    elements.removeAll(where: which)
    for parent in (0..<elements.count / 2).reversed() { sink(parent) }
    return removed
  }

  /// Puts another in the first one's place, which is still the least.
  mutating func replaceFirst(_ element: Element) { elements[0] = element }

  mutating func removeAll() { elements = [] }

  private mutating func sink(_ from: Int) {
    var parent = from
    while true {
      var child = 2 * parent + 1
      if child >= elements.count { return }
      if child + 1 < elements.count, isBefore(elements[child + 1], elements[child]) { child += 1 }
      if !isBefore(elements[child], elements[parent]) { return }
      elements.swapAt(parent, child)
      parent = child
    }
  }
}

extension Heap: Sendable where Element: Sendable {}

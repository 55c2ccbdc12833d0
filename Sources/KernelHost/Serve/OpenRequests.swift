import KernelHostModel

/// The requests that have not ended, by their ids. Numbers have a table of their own, as most
/// clients count their requests: to find one costs half of what a text costs. Two texts are one id
/// only if their bytes are the same, because JSON tells them apart.
struct OpenRequests: Sendable {
  typealias Place = (batch: RequestBatch, task: Int)

  private var numbers: [Int64: Place] = [:]
  private var texts: [ExactText: Place] = [:]

  var count: Int { numbers.count + texts.count }
  var isEmpty: Bool { numbers.isEmpty && texts.isEmpty }

  subscript(id: RequestID) -> Place? {
    switch id {
    case .number(let number): numbers[number]
    case .text(let text): texts[ExactText(text)]
    }
  }

  /// Opens a request. Returns false if its id is in use.
  mutating func open(_ id: RequestID, _ place: Place) -> Bool {
    switch id {
    case .number(let number): Self.insert(number, place, &numbers)
    case .text(let text): Self.insert(ExactText(text), place, &texts)
    }
  }

  /// The id is free again.
  mutating func close(_ id: RequestID) {
    switch id {
    case .number(let number): numbers.removeValue(forKey: number)
    case .text(let text): texts.removeValue(forKey: ExactText(text))
    }
  }

  @inline(__always)
  private static func insert<Key>(
    _ key: Key, _ place: Place, _ table: inout [Key: Place]
  ) -> Bool {
    var isNew = false
    // One search for both questions.
    _ = {
      (found: inout Place?) in
      if found == nil {
        found = place
        isNew = true
      }
    }(&table[key])
    return isNew
  }
}

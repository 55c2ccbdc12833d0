/// What makes a task wait for others.
extension ManifestParser {
  /// `after`: the name of a task, or an array of names.
  mutating func readAfter() throws(JSONError) {
    switch try json.kind() {
    case .text:
      let text = try readAfterName()
      noteSlot(.after, text.range)
    case .array:
      isShapely = false
      try json.enter()
      var isFirst = true
      while try json.nextElement(&isFirst) {
        if try json.kind() == .text {
          _ = try readAfterName()
        } else {
          try refuse { .wrongType(of: "after", expected: .after, found: $0) }
        }
      }
    default: try refuse { .wrongType(of: "after", expected: .after, found: $0) }
    }
  }

  private mutating func readAfterName() throws(JSONError) -> JSONReader.Text {
    let text = try json.readText()
    let name = pool(text)
    if name.isEmpty {
      diagnostics.add(.emptyText(of: "after"), at: text.place)
      return text
    }
    Self.makeRoom(&manifest.after, json.progress)
    manifest.after.append(
      Manifest.After(
        task: UInt32(manifest.tasks.count), name: name, place: UInt32(text.place)))
    return text
  }

  /// `{"result": "name"}` or `{"results": "name"}`, which comes next.
  mutating func readReference() throws(JSONError) -> Manifest.Cell {
    let place = json.at
    let mistakes = diagnostics.total
    var reference: Manifest.Reference?
    var seen = ManifestKeySet()
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      guard let key = key(text, in: .reference, &seen, object: place) else {
        _ = try json.skipValue()
        continue
      }
      guard try expect(.text, .text, of: key) else { continue }
      let name = try json.readText()
      if reference != nil { diagnostics.add(.waiting(.twoKinds), at: text.place) }
      let range = pool(name)
      if range.isEmpty { diagnostics.add(.emptyText(of: key.text), at: name.place) }
      reference = Manifest.Reference(
        name: range, place: UInt32(name.place), isAll: key == .results)
    }
    if request != nil { diagnostics.add(.waiting(.inRequest), at: place) }
    guard diagnostics.total == mistakes, let reference else { return .other(.broken) }
    Self.makeRoom(&manifest.references, json.progress)
    manifest.references.append(reference)
    return .reference(UInt32(manifest.references.count - 1))
  }
}

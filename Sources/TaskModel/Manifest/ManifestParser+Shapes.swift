/// Tasks that are written like one before them.
extension ManifestParser {
  /// Reads the task that comes next if it has a known shape; else nothing has happened.
  mutating func readByShape() -> Bool {
    if shapes.all.isEmpty || request != nil { return false }
    let expected = shapes.expected
    if readTask(as: expected) { return true }
    for index in shapes.all.indices where index != expected && readTask(as: index) { return true }
    return false
  }

  private mutating func readTask(as index: Int) -> Bool {
    let bytes = json.bytes
    let text = bytes.span
    let shape = shapes.all[index]
    let start = json.at
    var at = start
    // The parts of most tasks begin here; without them nothing is to be taken back.
    guard shape.passLiteral(0, text, &at) else { return false }
    let arguments = manifest.arguments.count
    let texts = manifest.pools.text.count
    let after = manifest.after.count
    var name = PoolRange.empty
    for number in 0..<shape.parts.count {
      guard take(shape.parts[number], text, bytes, &at, &name),
        shape.passLiteral(number + 1, text, &at)
      else {
        manifest.arguments.removeLast(manifest.arguments.count - arguments)
        manifest.pools.text.removeLast(manifest.pools.text.count - texts)
        manifest.after.removeLast(manifest.after.count - after)
        return false
      }
    }
    json.at = at
    Self.makeRoom(&manifest.tasks, json.progress)
    manifest.tasks.append(
      Manifest.Task(
        kernel: shape.kernel, firstArgument: UInt32(truncatingIfNeeded: arguments), name: name,
        place: UInt32(truncatingIfNeeded: start), timeout: 0))
    firstArgument = manifest.arguments.count
    shapes.note(index)
    return true
  }

  /// Takes a value of a task; false: it is of another kind, or needs the parser.
  @inline(__always)
  private mutating func take(
    _ part: TaskShape.Part, _ text: Span<UInt8>, _ bytes: [UInt8], _ at: inout Int,
    _ name: inout PoolRange
  ) -> Bool {
    switch part {
    case .number(let key):
      guard let number = PlainNumber.read(text, &at, end: json.end) else { return false }
      switch number {
      case .integer(let value): addArgument(key, .integer(value))
      case .number(let value): addArgument(key, .number(value))
      case .minusZero: addArgument(key, .minusZero)
      case .unsigned, .bigInteger, .outOfRange: return false
      }
    case .text(let key):
      guard let text = takeText(text, bytes, &at) else { return false }
      addArgument(key, .text(text))
    case .fixed(let key, let cell): addArgument(key, cell)
    case .name:
      guard let text = takeText(text, bytes, &at), !text.isEmpty else { return false }
      name = text
    case .after:
      let place = at
      guard let text = takeText(text, bytes, &at), !text.isEmpty else { return false }
      Self.makeRoom(&manifest.after, json.progress)
      manifest.after.append(
        Manifest.After(
          task: UInt32(truncatingIfNeeded: manifest.tasks.count), name: text,
          place: UInt32(truncatingIfNeeded: place - 1)))
    }
    return true
  }

  @inline(__always)
  mutating func addArgument(_ key: UInt32, _ value: Manifest.Cell) {
    Self.makeRoom(&manifest.arguments, json.progress)
    manifest.arguments.append(Manifest.Argument(value: value, key: key))
  }

  /// Copies a text of plain ASCII to the pool, up to its closing quote, which is not passed.
  @inline(__always)
  private mutating func takeText(
    _ text: Span<UInt8>, _ bytes: [UInt8], _ at: inout Int
  ) -> PoolRange? {
    let start = at
    let end = JSONReader.endOfPlainText(text, start, json.end)
    guard end < json.end, text[end] == UInt8(ascii: "\"") else { return nil }
    at = end
    Self.makeRoom(&manifest.pools.text, json.progress, for: end - start)
    let first = manifest.pools.text.count
    manifest.pools.text.append(contentsOf: bytes[start..<end])
    return PoolRange(start: first, count: end - start)
  }

  // MARK: Learning

  /// A value of the task that is read by the parser.
  @inline(__always)
  mutating func noteSlot(_ part: TaskShape.Part, _ range: Range<Int>) {
    slots.append(.init(part: part, range: range))
  }

  /// Keeps the shape of the task that was read, if others can be read by it.
  mutating func learnShape(_ task: Range<Int>, kernel: UInt32) {
    if !shapes.areWanted { return }
    if let shape = TaskShape(json.bytes, task, slots, kernel: kernel) { shapes.add(shape) }
  }
}

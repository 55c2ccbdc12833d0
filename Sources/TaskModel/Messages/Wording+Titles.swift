/// How messages name a call.
extension Plan {
  /// The name of a call in messages: its number, its task or kernel, and the parameters that tell it
  /// from others: `call 3 (scan, r=3.7, repeat=2)`. O(arguments of the call).
  public func title(ofCall call: Int) -> String {
    "call \(call) (\(label(ofCall: call))\(Self.parameters(fieldsOfTitle(of: locate(call)))))"
  }

  /// The same without parameters, for the begin of each line of a call's output: `call 3 (scan)`.
  public func shortTitle(ofCall call: Int) -> String { "call \(call) (\(label(ofCall: call)))" }

  private func label(ofCall call: Int) -> String {
    taskName(ofCall: call).map { Wording.quoted($0) }
      ?? Printable.plain(signature(ofCall: call).name)
  }

  /// The values that tell a call from others, for a table. O(arguments of the call).
  public func shownFields(ofCall call: Int) -> [Value.Field] {
    let point = namedPoint(of: locate(call))
    return point.isEmpty ? fieldsOfTitle(of: locate(call)) : point
  }

  /// The values of its sweep, and the arguments that its task gives, unless the task has a name.
  private func fieldsOfTitle(of call: CallReference) -> [Value.Field] {
    var fields = namedPoint(of: call)
    if nameBytes(ofTask: call.task) != nil { return fields }
    let parameters = signature(ofTask: call.task).parameters
    forEachArgument(of: call) { parameter, cell in
      let name = parameters[parameter].name
      guard fields.count < Self.mostShown, !fields.contains(where: { $0.name == name }) else {
        return
      }
      fields.append(.init(name: name, value: manifest.pools.value(cell)))
    }
    return fields
  }

  private static let mostShown = 6
  /// Characters of all parameters, and of one value.
  private static let room = 72
  private static let roomOfValue = 24

  private static func parameters(_ fields: [Value.Field]) -> String {
    var text = ""
    for (index, field) in fields.enumerated() {
      let part = ", \(Printable.plain(field.name))=\(short(field.value))"
      if index == mostShown || text.count + part.count > room { return text + ", ..." }
      text += part
    }
    return text
  }

  /// A value as JSON, but short.
  public static func short(_ value: Value) -> String {
    switch value {
    case .integers(let values) where values.count > 4: return "[\(values.count) numbers]"
    case .numbers(let values) where values.count > 4: return "[\(values.count) numbers]"
    case .bytes(let bytes): return "\(bytes.count) bytes"
    default: break
    }
    var buffer: [UInt8] = []
    JSONWriter.value(value, nonFinite: NaNStyle.text.nonFinite, to: &buffer)
    let text = Wording.plainLine(buffer)
    return text.count > roomOfValue ? text.prefix(roomOfValue - 3) + "..." : text
  }
}

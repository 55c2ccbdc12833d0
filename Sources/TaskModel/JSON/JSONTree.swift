/// A JSON document that is put together part by part, with its members in order. Written
/// with line breaks, for people and editors; tokens and records do without one.
enum JSONTree: Sendable, Hashable {
  /// (`Value` alone is what a dictionary literal holds.)
  case value(KernelHostModel.Value)
  case array([JSONTree])
  case object([Member])

  struct Member: Sendable, Hashable {
    let name: String
    let value: JSONTree
  }

  /// The member called `name` of an object; nil for anything else. O(members).
  subscript(name: String) -> JSONTree? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The members of an object; empty for any other value.
  var members: [Member] {
    guard case .object(let members) = self else { return [] }
    return members
  }

  /// An object with members added behind its own.
  func adding(_ more: [Member]) -> JSONTree { .object(members + more) }

  /// Appends the document, two spaces a level, without an end of the last line. O(size).
  func write(indent: Int = 0, to buffer: inout [UInt8]) {
    switch self {
    case .value(let value): JSONWriter.value(value, style: .spaced, to: &buffer)
    case .array(let elements):
      Self.list(elements, "[", "]", indent, to: &buffer) { element, buffer in
        element.write(indent: indent + 2, to: &buffer)
      }
    case .object(let members):
      Self.list(members, "{", "}", indent, to: &buffer) { member, buffer in
        JSONWriter.text(member.name, to: &buffer)
        JSONWriter.raw(": ", to: &buffer)
        member.value.write(indent: indent + 2, to: &buffer)
      }
    }
  }

  private static func list<Element>(
    _ elements: [Element], _ open: String, _ close: String, _ indent: Int,
    to buffer: inout [UInt8], _ write: (Element, inout [UInt8]) -> Void
  ) {
    JSONWriter.raw(open, to: &buffer)
    for (index, element) in elements.enumerated() {
      JSONWriter.raw(index == 0 ? "\n" : ",\n", to: &buffer)
      buffer.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent + 2))
      write(element, &buffer)
    }
    if !elements.isEmpty {
      JSONWriter.raw("\n", to: &buffer)
      buffer.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent))
    }
    JSONWriter.raw(close, to: &buffer)
  }
}

extension JSONTree: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(booleanLiteral value: Bool) { self = .value(.bool(value)) }
  init(integerLiteral value: Int64) { self = .value(.integer(value)) }
  init(floatLiteral value: Double) { self = .value(.number(value)) }
  init(stringLiteral value: String) { self = .value(.text(value)) }
  init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSONTree)...) {
    self = .object(elements.map { Member(name: $0.0, value: $0.1) })
  }

  /// An array of texts.
  init(texts: [String]) { self = .array(texts.map { .value(.text($0)) }) }
}

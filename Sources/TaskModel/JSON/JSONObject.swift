/// A JSON object that is being written to the end of a buffer, member by member.
///
/// `JSONWriter.object` begins one. The order of the calls is the order of the members.
public struct JSONObject {
  /// Everything that was written so far. The object owns the buffer until it is complete.
  fileprivate var buffer: [UInt8] = []
  private var isEmpty = true

  fileprivate init(taking other: inout [UInt8]) {
    swap(&buffer, &other)
    buffer.append(UInt8(ascii: "{"))
  }

  fileprivate consuming func end(returning other: inout [UInt8]) {
    buffer.append(UInt8(ascii: "}"))
    swap(&buffer, &other)
  }

  private mutating func comma() {
    if !isEmpty { buffer.append(UInt8(ascii: ",")) }
    isEmpty = false
  }

  /// Adds a member whose value `write` appends as JSON.
  public mutating func write(_ name: String, _ write: (inout [UInt8]) -> Void) {
    comma()
    JSONWriter.text(name, to: &buffer)
    buffer.append(UInt8(ascii: ":"))
    write(&buffer)
  }

  /// Adds a text; nil is null.
  public mutating func text(_ name: String, _ text: String?) {
    write(name) { buffer in
      if let text {
        JSONWriter.text(text, to: &buffer)
      } else {
        JSONWriter.raw("null", to: &buffer)
      }
    }
  }

  /// Adds an integer; nil is null.
  public mutating func integer(_ name: String, _ integer: (some BinaryInteger)?) {
    write(name) { buffer in
      if let integer {
        JSONWriter.integer(Int64(integer), to: &buffer)
      } else {
        JSONWriter.raw("null", to: &buffer)
      }
    }
  }

  public mutating func bool(_ name: String, _ bool: Bool) {
    write(name) { JSONWriter.raw(bool ? "true" : "false", to: &$0) }
  }

  /// Adds seconds with at most nine decimals.
  public mutating func seconds(_ name: String, _ seconds: Double) {
    write(name) { JSONWriter.seconds(seconds, to: &$0) }
  }

  /// Adds any value; nil is null.
  public mutating func value(_ name: String, _ value: Value?) {
    write(name) { JSONWriter.value(value ?? .null, to: &$0) }
  }

  /// Adds an object.
  public mutating func object(_ name: String, _ body: (inout JSONObject) -> Void) {
    write(name) { JSONWriter.object(to: &$0, body) }
  }

  /// Adds an array, whose elements `write` appends one by one.
  public mutating func array<Elements: Sequence>(
    _ name: String, _ elements: Elements, _ write: (Elements.Element, inout [UInt8]) -> Void
  ) {
    self.write(name) { JSONWriter.array(elements, to: &$0, write) }
  }

  /// Adds an array of texts.
  public mutating func texts(_ name: String, _ texts: some Sequence<String>) {
    array(name, texts) { JSONWriter.text($0, to: &$1) }
  }

  /// Adds all members of the object that `write` appends.
  public mutating func members(of write: (inout [UInt8]) -> Void) {
    let start = buffer.count
    write(&buffer)
    buffer.removeLast()
    // The comma stands in the place of the opening brace.
    if isEmpty { buffer.remove(at: start) } else { buffer[start] = UInt8(ascii: ",") }
    isEmpty = false
  }
}

extension JSONWriter {
  /// Appends an object with the members that `body` adds. O(size).
  public static func object(to buffer: inout [UInt8], _ body: (inout JSONObject) -> Void) {
    var object = JSONObject(taking: &buffer)
    body(&object)
    object.end(returning: &buffer)
  }

  /// Appends an array, whose elements `write` appends one by one. O(size).
  public static func array<Elements: Sequence>(
    _ elements: Elements, to buffer: inout [UInt8],
    _ write: (Elements.Element, inout [UInt8]) -> Void
  ) {
    buffer.append(UInt8(ascii: "["))
    var isFirst = true
    for element in elements {
      if !isFirst { buffer.append(UInt8(ascii: ",")) }
      isFirst = false
      write(element, &buffer)
    }
    buffer.append(UInt8(ascii: "]"))
  }
}

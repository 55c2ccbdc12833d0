/// Why a request was refused, as a line for the client.
extension Diagnostics {
  /// Appends `{"id":..., "refused":[{"line":..., "column":..., "message":...}]}` and a line feed.
  /// `linesBefore`: those that the client wrote before the source. O(source).
  public func writeRefusal(
    of id: RequestID?, in source: SourceText, linesBefore: Int, to buffer: inout [UInt8]
  ) {
    JSONWriter.object(to: &buffer) { object in
      object.write("id") { buffer in
        if let id { id.write(to: &buffer) } else { JSONWriter.raw("null", to: &buffer) }
      }
      object.array("refused", errors) { error, buffer in
        let position = source.position(of: error.place)
        JSONWriter.object(to: &buffer) { object in
          object.integer("line", linesBefore + position.line)
          object.integer("column", position.column)
          object.text("message", error.message(in: source))
        }
      }
      if hasMore { object.integer("more", total - errors.count) }
    }
    buffer.append(10)
  }
}

extension Diagnostic {
  /// The sentence alone; of a mistake in another file with its place there.
  func message(in source: SourceText) -> String {
    let sentence = Wording.sentence(problem, in: source)
    return other.map { "\($0.start): \(sentence)" } ?? sentence
  }
}

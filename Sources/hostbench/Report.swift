import KernelHostModel

/// The figures as a table or as JSON.
enum Report {
  /// A line for each figure, and below it one for each bar and each note.
  static func text(_ rows: [Row]) -> String {
    var text = pad("work", 54) + pad("here", 12) + "others\n"
    for row in rows {
      text += pad(row.name, 54) + pad(shown(row.value, row.unit), 12)
      text += row.peers.map { peer in
        "\(peer.name) \(peer.value.map { shown($0, row.unit) } ?? "not measured")"
      }.joined(separator: ", ")
      while text.last == " " { text.removeLast() }
      text += "\n"
      for bar in row.bars {
        text += pad(bar.holds ? "  holds" : "  DOES NOT HOLD", 18) + bar.text + "\n"
      }
      for note in row.notes { text += pad("  note", 18) + note + "\n" }
    }
    return text
  }

  /// An array with an object for each row; what was not measured is null.
  static func json(_ rows: [Row]) -> String {
    var buffer: [UInt8] = []
    for (index, row) in rows.enumerated() {
      JSONWriter.raw(index == 0 ? "[\n  " : ",\n  ", to: &buffer)
      JSONWriter.value(
        .record([
          .init(name: "work", value: .text(row.name)),
          .init(name: "value", value: number(row.value)),
          .init(name: "unit", value: .text(row.unit)),
        ]), to: &buffer)
      buffer.removeLast()
      JSONWriter.raw(",\"peers\":{", to: &buffer)
      list(row.peers, &buffer) { peer, buffer in
        JSONWriter.value(.text(peer.name), to: &buffer)
        JSONWriter.raw(":", to: &buffer)
        JSONWriter.value(number(peer.value), to: &buffer)
      }
      JSONWriter.raw("},\"bars\":[", to: &buffer)
      list(row.bars, &buffer) { bar, buffer in
        JSONWriter.value(
          .record([
            .init(name: "bar", value: .text(bar.text)),
            .init(name: "holds", value: .bool(bar.holds)),
          ]), to: &buffer)
      }
      JSONWriter.raw("],\"notes\":[", to: &buffer)
      list(row.notes, &buffer) { JSONWriter.value(.text($0), to: &$1) }
      JSONWriter.raw("]}", to: &buffer)
    }
    return rows.isEmpty ? "[]\n" : String(decoding: buffer, as: UTF8.self) + "\n]\n"
  }

  private static func list<Element>(
    _ elements: [Element], _ buffer: inout [UInt8], _ write: (Element, inout [UInt8]) -> Void
  ) {
    for (index, element) in elements.enumerated() {
      if index > 0 { JSONWriter.raw(",", to: &buffer) }
      write(element, &buffer)
    }
  }

  private static func number(_ value: Double?) -> Value {
    guard let value, value.isFinite else { return .null }
    return .number(value)
  }

  private static func shown(_ value: Double, _ unit: String) -> String {
    value.isFinite ? "\(short(value)) \(unit)" : "not measured"
  }

  /// Three significant digits or so, and commas in large numbers.
  static func short(_ value: Double) -> String {
    if !value.isFinite { return "-" }
    if value >= 100 { return grouped(Int(value.rounded())) }
    let places = value >= 1 ? 100.0 : 1000.0
    let rounded = (value * places).rounded() / places
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  /// "1,000,000".
  static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 1))
  }
}

/// One measured figure and its comparisons.
struct Row {
  let name: String
  let value: Double
  let unit: String
  /// The same work done otherwise, in the same unit; the hand-written C loop first.
  var peers: [Peer] = []
  var bars: [Bar] = []
  /// Further observations, as sentences.
  var notes: [String] = []

  var holds: Bool { bars.allSatisfy { $0.holds } }

  /// In place of figures that could not be had: a bar that does not hold.
  static func missing(_ name: String) -> Row {
    Row(name: name, value: 0, unit: "", bars: [Bar("not measured", false)])
  }
}

/// The figure of another program for the same work.
struct Peer {
  let name: String
  /// Nil: it is not there, or failed.
  let value: Double?

  init(_ name: String, _ value: Double?) {
    self.name = name
    self.value = value
  }

  static func floor(_ value: Double) -> Peer { Peer("C", value) }
}

/// A target, and whether it holds.
struct Bar {
  let text: String
  let holds: Bool

  init(_ text: String, _ holds: Bool) {
    self.text = text
    self.holds = holds
  }

  static func atMost(_ limit: Double, _ unit: String, _ value: Double) -> Bar {
    Bar("at most \(Report.short(limit)) \(unit)", value <= limit)
  }

  /// A ratio to another figure.
  static func ratio(_ value: Double, of other: String, atMost limit: Double) -> Bar {
    Bar("\(Report.short(value))x \(other), at most \(Report.short(limit))", value <= limit)
  }

  static func ratio(_ value: Double, of other: String, atLeast limit: Double) -> Bar {
    Bar("\(Report.short(value))x \(other), at least \(Report.short(limit))", value >= limit)
  }
}

/// The middle value; of ratios taken pair by pair it is the one to quote.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  if sorted.isEmpty { return .nan }
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

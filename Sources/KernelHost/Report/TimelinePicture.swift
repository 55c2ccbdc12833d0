package import KernelHostModel

/// The timeline of a run as an SVG without external parts, in light or dark colours as the reader
/// prefers. It shows one bar for each call, or the number of live calls of each lane if there are
/// many calls.
package struct TimelinePicture {
  private struct Bar {
    /// The number of the call, and the name of its task or kernel.
    let name: String
    /// The first numbers of its point, or of its arguments if it has no point.
    let fields: [(name: String, text: String)]
    let isPoint: Bool
    /// An index of `lanes`.
    let lane: Int
    let start: Double
    let seconds: Double
    let status: Status
  }

  private let title: String
  private var bars: [Bar] = []
  private var bins = LaneBins()
  private var lanes = LaneNumbers<Int>(limit: Self.laneLimit)
  private var count = 0
  /// The start of the first call and the end of the last one.
  private var begin = Double.infinity
  private var end = 0.0

  /// The largest number of calls with a bar each.
  private static let most = 400
  private static let laneLimit = 64
  /// The largest number of bars with labels beside them.
  private static let labelled = 24
  private static let width = 960.0
  private static let left = 76.0
  private static let rowHeight = 20.0
  private static let stripHeight = 44.0

  package init(title: String) { self.title = title }

  /// Adds a record. The picture ignores calls that never started. O(1).
  package mutating func add(_ record: RunRecord) {
    count += 1
    guard let start = record.start, let number = record.lane, start >= 0, record.live >= 0,
      start + record.live < 3e9, let lane = lanes.index(of: number)
    else { return }
    begin = min(begin, start)
    end = max(end, start + record.live)
    bins.add(lane: lane, status: record.status, start: start, seconds: record.live)
    if count > Self.most { return bars.removeAll() }
    bars.append(
      Bar(
        name: "\(record.call) \(record.task ?? record.kernel)",
        fields: Self.fields(record.point.isEmpty ? record.args : record.point),
        isPoint: !record.point.isEmpty, lane: lane, start: start, seconds: record.live,
        status: record.status))
  }

  private static func fields(_ fields: [Value.Field]) -> [(name: String, text: String)] {
    fields.prefix(16).compactMap { field in
      switch field.value {
      case .integer(let value): (field.name, String(value))
      case .number(let value): (field.name, value.description)
      default: nil
      }
    }
  }

  /// The names of arguments that differ between calls.
  private var varied: Set<String> {
    var first: [String: String] = [:]
    var varied: Set<String> = []
    for field in bars.lazy.filter({ !$0.isPoint }).flatMap({ $0.fields }) {
      if first[field.name, default: field.text] != field.text { varied.insert(field.name) }
      first[field.name] = field.text
    }
    return varied
  }

  /// Returns the label of a bar, with at most two fields that distinguish the call.
  private static func label(_ bar: Bar, _ varied: Set<String>) -> String {
    let telling = bar.fields.filter { bar.isPoint || varied.contains($0.name) }
    return bar.name + telling.prefix(2).map { " \($0.name)=\($0.text)" }.joined()
  }

  /// The picture's text. O(calls drawn, lanes).
  package func svg() -> String {
    let scale = (Self.width - Self.left - 24) / max(duration, 1e-9)
    let varied = varied
    var body = ""
    var top = 56.0
    let numbers = lanes.numbers.enumerated().sorted { $0.element < $1.element }
    for (lane, number) in numbers {
      let height =
        count > Self.most ? strip(lane, top, scale, &body) : rows(lane, top, scale, varied, &body)
      body += "<text class=\"lane\" x=\"12\" y=\"\(Self.place(top + 14))\">lane \(number)</text>\n"
      top += height + 10
    }
    let height = top + 44
    return head(height) + axis(top, scale) + body + "</svg>\n"
  }

  /// The seconds that the picture shows.
  private var duration: Double { max(end - min(begin, end), 0) }

  /// Adds a bar for each call. Bars of calls that were live at the same time are below each other.
  /// Returns the height.
  private func rows(
    _ lane: Int, _ top: Double, _ scale: Double, _ varied: Set<String>, _ body: inout String
  ) -> Double {
    var free: [Double] = []
    for bar in bars.filter({ $0.lane == lane }).sorted(by: { $0.start < $1.start }) {
      // A bar with a label beside it needs a row of its own.
      let isAlone = bars.count <= Self.labelled
      let row = isAlone ? free.count : free.firstIndex { $0 <= bar.start } ?? free.count
      if row == free.count { free.append(0) }
      free[row] = bar.start + bar.seconds
      let x = Self.left + (bar.start - begin) * scale
      let width = max(bar.seconds * scale, 1)
      let y = top + Double(row) * Self.rowHeight
      let plain = Self.label(bar, varied)
      let label = Self.escaped(plain)
      body += "<g class=\"\(bar.status.rawValue)\"><title>\(label): \(bar.status.rawValue), "
      body += "\(Self.time(bar.seconds))</title>"
      body += "<rect x=\"\(Self.place(x))\" y=\"\(Self.place(y))\" width=\"\(Self.place(width))\" "
      body += "height=\"\(Self.place(Self.rowHeight - 3))\" rx=\"2\"/>"
      let room = Double(plain.count) * 7 + 10
      if width > room {
        body += "<text x=\"\(Self.place(x + 5))\" y=\"\(Self.place(y + 13))\">\(label)</text>"
      } else if bars.count <= Self.labelled {
        // The label is on the side with room for it.
        let isRight = x + width + room < Self.width
        let place = isRight ? x + width + 5 : x - 5
        body += "<text class=\"beside\" x=\"\(Self.place(place))\" y=\"\(Self.place(y + 13))\""
        body += isRight ? ">" : " text-anchor=\"end\">"
        body += "\(label)</text>"
      }
      body += "</g>\n"
    }
    return Double(max(free.count, 1)) * Self.rowHeight
  }

  /// Adds areas that show how many calls of a lane were live, by status, with ok at the bottom.
  /// Returns the height.
  private func strip(_ lane: Int, _ top: Double, _ scale: Double, _ body: inout String) -> Double {
    let series = Status.allCases.compactMap { status in
      bins[lane, status].map { (status, $0.live(width: bins.width)) }
    }
    let first = Int(min(begin, end) / bins.width)
    let last = min(Int(end / bins.width), LaneBins.count - 1)
    let used = first..<last + 1
    let peak = used.map { bin in series.reduce(0) { $0 + $1.1[bin] } }.max() ?? 0
    guard peak > 0 else { return Self.stripHeight }
    var below = [Double](repeating: 0, count: LaneBins.count)
    for (status, live) in series {
      var upper = ""
      var lower = ""
      for bin in used {
        let x = Self.left + max(Double(bin) * bins.width - begin, 0) * scale
        let y = { (value: Double) in
          Self.place(top + Self.stripHeight * (1 - value / peak))
        }
        lower = " \(Self.place(x)),\(y(below[bin]))" + lower
        below[bin] += live[bin]
        upper += " \(Self.place(x)),\(y(below[bin]))"
      }
      body += "<g class=\"\(status.rawValue)\"><title>\(status.rawValue)</title>"
      body += "<polygon points=\"\((upper + lower).dropFirst())\"/></g>\n"
    }
    return Self.stripHeight
  }

  private func axis(_ top: Double, _ scale: Double) -> String {
    var text = ""
    let step = Self.roundStep(duration / 6)
    for tick in 0...6 {
      let time = Double(tick) * step
      if time > duration { break }
      let x = Self.place(Self.left + time * scale)
      text += "<line x1=\"\(x)\" y1=\"48\" x2=\"\(x)\" y2=\"\(Self.place(top))\"/>"
      text +=
        "<text class=\"tick\" x=\"\(x)\" y=\"\(Self.place(top + 18))\">\(Self.time(time))</text>\n"
    }
    return text
  }

  /// Returns 1, 2 or 5 times a power of ten, not below `step`.
  private static func roundStep(_ step: Double) -> Double {
    guard step > 0 else { return 1 }
    var power = 1e-9
    while power * 10 <= step { power *= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= step } ?? step
  }

  private static func time(_ seconds: Double) -> String {
    let (value, unit) =
      seconds == 0
      ? (0, "s")
      : seconds < 1e-3
        ? (seconds * 1e6, "µs") : seconds < 1 ? (seconds * 1e3, "ms") : (seconds, "s")
    return "\(Wording.plain((value * 100).rounded() / 100)) \(unit)"
  }

  private static func place(_ value: Double) -> String {
    Wording.plain((value * 10).rounded() / 10)
  }

  private static func escaped(_ text: String) -> String { JUnitFile.text(text) }

  /// A rule for each status.
  private static let colours = Status.allCases.map { status in
    let name = status.rawValue
    return ".\(name) rect, .\(name) polygon { fill: \(status.row.picture); }"
  }.joined(separator: "\n")

  private func head(_ height: Double) -> String {
    let size = "\(Self.place(Self.width)) \(Self.place(height))"
    let drawn = count > Self.most ? ", how many were live in each lane" : ""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size)" role="img">
      <title>\(Self.escaped(title))</title>
      <style>
      svg { color-scheme: light dark; background: #fff; font: 12px system-ui, sans-serif; }
      text { fill: #1c1c1c; } .head { font-size: 15px; font-weight: 600; }
      .tick { fill: #666; text-anchor: middle; } .lane { fill: #666; } line { stroke: #ddd; }
      \(Self.colours)
      @media (prefers-color-scheme: dark) {
        svg { background: #16181b; } text { fill: #e8e8e8; } .tick, .lane { fill: #a0a0a0; }
        line { stroke: #33373c; } g text:not(.beside) { fill: #101214; }
      }
      </style>
      <text class="head" x="12" y="26">\(Self.escaped(title)): \
      \(Wording.grouped(count)) \(count == 1 ? "call" : "calls")\(drawn)</text>

      """
  }
}

import Glibc

/// Draws curves over the number of live calls, with two logarithmic axes. The SVG needs no other
/// file, and follows the reader's light or dark colours.
enum Plot {
  /// The curves in the legend's order. Class names are those of the stylesheet.
  private static let series:
    [(name: String, style: String, points: @Sendable (Curves) -> [Int: Double])] =
      [
        ("CPython asyncio", "python", { $0.python }),
        ("KernelHost", "host", { $0.host }),
        ("C loop by hand", "floor", { $0.floor }),
      ]

  private static let width = 1080.0
  private static let height = 520.0
  /// The panels' frames.
  private static let top = 104.0
  private static let bottom = 448.0
  private static let left = 84.0
  private static let gap = 84.0

  static func svg(_ panels: [Curves]) -> String {
    let y = Scale(
      values: panels.flatMap { panel in series.flatMap { $0.points(panel).values } },
      from: bottom, to: top)
    let x = panels.flatMap { panel in series.flatMap { $0.points(panel).keys.map(Double.init) } }
    let panelWidth =
      (width - left - 44 - gap * Double(panels.count - 1)) / Double(max(panels.count, 1))
    var text = head
    for (index, panel) in panels.enumerated() {
      let start = left + Double(index) * (panelWidth + gap)
      text += draw(
        panel, Scale(values: x, from: start + 12, to: start + panelWidth - 12), y,
        frame: (start, start + panelWidth))
    }
    let middle = place((top + bottom) / 2)
    text += """
      <text class="label" x="22" y="\(middle)" transform="rotate(-90 22 \(middle))">nanoseconds</text>
      </svg>

      """
    return text
  }

  private static func draw(
    _ panel: Curves, _ x: Scale, _ y: Scale, frame: (left: Double, right: Double)
  ) -> String {
    let middle = place((frame.left + frame.right) / 2)
    var text = "<g>\n<text class=\"panel\" x=\"\(middle)\" y=\"\(place(top - 14))\">"
    text += "\(escaped(panel.title)) (ns)</text>\n"
    for (decade, height) in y.decades {
      text += line("grid", (frame.left, height), (frame.right, height))
      text += "<text class=\"tick y\" x=\"\(place(frame.left - 8))\" y=\"\(place(height + 4))\">"
      text += "\(Report.short(decade))</text>\n"
    }
    for (decade, across) in x.decades {
      text += line("grid", (across, top), (across, bottom))
      text += "<text class=\"tick\" x=\"\(place(across))\" y=\"\(place(bottom + 20))\">"
      text += "\(Report.short(decade))</text>\n"
    }
    text += "<text class=\"label\" x=\"\(middle)\" y=\"\(place(bottom + 46))\">live calls</text>\n"
    for (name, style, points) in series {
      let places = points(panel).sorted { $0.key < $1.key }.filter { $0.value > 0 }.map {
        (live: $0.key, value: $0.value, x: x.place(Double($0.key)), y: y.place($0.value))
      }
      if places.isEmpty { continue }
      text += "<g class=\"\(style)\">\n<polyline points=\""
      text += places.map { "\(place($0.x)),\(place($0.y))" }.joined(separator: " ") + "\"/>\n"
      for point in places {
        // Shown where the pointer rests.
        let title =
          "\(name), \(Report.grouped(point.live)) live: \(Report.short(point.value)) ns"
        text += mark(style, point.x, point.y, escaped(title))
      }
      text += "</g>\n"
    }
    return text + "</g>\n"
  }

  /// Curves differ in form as well as colour.
  private static func mark(_ style: String, _ x: Double, _ y: Double, _ title: String) -> String {
    let inside = title.isEmpty ? "" : "<title>\(title)</title>"
    switch style {
    case "host": return "<circle cx=\"\(place(x))\" cy=\"\(place(y))\" r=\"4\">\(inside)</circle>\n"
    case "floor":
      return "<rect x=\"\(place(x - 3.5))\" y=\"\(place(y - 3.5))\" width=\"7\" height=\"7\">"
        + "\(inside)</rect>\n"
    default:
      return "<path d=\"M\(place(x)) \(place(y - 5))l4.6 8h-9.2z\">\(inside)</path>\n"
    }
  }

  private static var head: String {
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(place(width)) \(place(height))" \
      role="img" aria-labelledby="title">
      <title id="title">What a call and a step cost by how many calls are live</title>
      <style>
      text { font: 13px system-ui, "Helvetica Neue", Arial, sans-serif; fill: #1f2328;
             text-anchor: middle }
      .head { font-size: 17px; font-weight: 600; text-anchor: start }
      .panel { font-size: 14px; font-weight: 600 }
      .tick { font-size: 12px; fill: #59636e }
      .y { text-anchor: end }
      .legend { text-anchor: start }
      .paper { fill: #ffffff }
      .grid { stroke: #e3e7ec }
      .host { stroke: #0b62c4; fill: #0b62c4 }
      .floor { stroke: #4d4d4d; fill: #4d4d4d }
      .python { stroke: #b4480a; fill: #b4480a }
      polyline { fill: none; stroke-width: 2.2; stroke-linejoin: round }
      .floor polyline { stroke-dasharray: 6 4 }
      @media (prefers-color-scheme: dark) {
        text { fill: #eceff3 }
        .tick { fill: #a3adb9 }
        .paper { fill: #14181d }
        .grid { stroke: #2c343d }
        .host { stroke: #6cb2ff; fill: #6cb2ff }
        .floor { stroke: #c9ced4; fill: #c9ced4 }
        .python { stroke: #ff9d5c; fill: #ff9d5c }
      }
      </style>
      <rect class="paper" width="\(place(width))" height="\(place(height))"/>
      <text class="head" x="\(place(left))" y="32">What a call and a step cost</text>

      """
    for (index, one) in series.enumerated() {
      let x = left + Double(index) * 170
      text += "<g class=\"\(one.style)\"><polyline points=\"\(place(x)),58 \(place(x + 34)),58\"/>"
      text += mark(one.style, x + 17, 58, "") + "</g>\n"
      text += "<text class=\"legend\" x=\"\(place(x + 42))\" y=\"62\">\(one.name)</text>\n"
    }
    return text
  }

  private static func line(
    _ style: String, _ from: (x: Double, y: Double), _ to: (x: Double, y: Double)
  ) -> String {
    "<line class=\"\(style)\" x1=\"\(place(from.x))\" y1=\"\(place(from.y))\" "
      + "x2=\"\(place(to.x))\" y2=\"\(place(to.y))\"/>\n"
  }

  /// A coordinate, to a tenth.
  private static func place(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
    return result
  }
}

/// A logarithmic axis over whole decades.
struct Scale {
  private let first: Int
  private let last: Int
  private let from: Double
  private let to: Double

  /// The decades that hold all of the values, drawn between two coordinates.
  init(values: [Double], from: Double, to: Double) {
    let known = values.filter { $0 > 0 && $0.isFinite }
    let low = Scale.logarithm(known.min() ?? 1)
    let high = Scale.logarithm(known.max() ?? 1)
    first = Int((low + 1e-9).rounded(.down))
    last = max(Int((high - 1e-9).rounded(.up)), first + 1)
    self.from = from
    self.to = to
  }

  func place(_ value: Double) -> Double {
    from + (to - from) * (Scale.logarithm(value) - Double(first)) / Double(last - first)
  }

  /// The decades and their positions.
  var decades: [(value: Double, place: Double)] {
    (first...last).map { exponent in
      let value = Scale.power(exponent)
      return (value, place(value))
    }
  }

  private static func power(_ exponent: Int) -> Double {
    let size = (0..<abs(exponent)).reduce(1.0) { power, _ in power * 10 }
    return exponent < 0 ? 1 / size : size
  }

  private static func logarithm(_ value: Double) -> Double { log10(value) }
}

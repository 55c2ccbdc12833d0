import func Glibc.pow

/// The calls of one task with several values for some of its parameters. A point is computed
/// from its number, and is nowhere else.
public struct Sweep: Sendable {
  /// The values of one parameter.
  public struct Axis: Sendable {
    /// Into the manifest's `names`.
    let key: UInt32
    let keyPlace: UInt32
    let place: UInt32
    var values: Values
    /// Index in the kernel's signature, once it is known.
    var parameter: UInt16 = 0
    /// For records, once the plan is made: `"name":`.
    var label: [UInt8] = []
    /// So many points are next to each other with the same value of it.
    var stride = 1

    var count: Int {
      switch values {
      case .list(let range): range.count
      case .steps(let steps): steps.count
      case .spread(let spread): spread.count
      }
    }
  }

  enum Values: Sendable {
    /// Into the manifest's `swept`.
    case list(Range<Int>)
    case steps(Steps)
    case spread(Spread)
  }

  /// Whole numbers at one distance.
  struct Steps: Sendable {
    let first: Int64
    let step: Int64
    let count: Int
    /// The product cannot overflow: the last value was computed when the range was read.
    func value(_ index: Int) -> Int64 { first + step * Int64(index) }
  }

  /// Floating point numbers, evenly spread, ends included; both ends are hit exactly.
  struct Spread: Sendable {
    let first: Double
    let last: Double
    let count: Int
    /// Even in the logarithm; both ends are above 0.
    let isLogarithmic: Bool

    /// first + (last - first) k / (count - 1), each from its own k, so that nothing drifts; or
    /// first (last / first)^(k / (count - 1)).
    func value(_ index: Int) -> Double {
      if index == 0 || count == 1 { return first }
      if index == count - 1 { return last }
      let part = Double(index) / Double(count - 1)
      if isLogarithmic { return first * pow(last / first, part) }
      // Not the difference, which two ends of opposite sign may overflow.
      return first * (1 - part) + last * part
    }
  }

  var axes: [Axis] = []
  var isZipped = false
  /// How often each point is called.
  var repeats = 1
  /// Of the task's value of `sweep`, or of `repeat`.
  var place = 0
  /// The parameter that gets each point's number: `seed`, where it is not given.
  var seedParameter: UInt16?

  /// Points without repeats; nil: more than an Int holds.
  var pointCount: Int? {
    if isZipped { return axes.first?.count ?? 1 }
    var product = 1
    for axis in axes {
      let (next, overflow) = product.multipliedReportingOverflow(by: axis.count)
      if overflow { return nil }
      product = next
    }
    return product
  }

  var callCount: Int? {
    guard let points = pointCount else { return nil }
    let (calls, overflow) = points.multipliedReportingOverflow(by: repeats)
    return overflow ? nil : calls
  }

  /// For each axis which of its values a call has. The first axis is the slowest, repeats are
  /// the fastest. O(axes).
  @inline(__always)
  func forEachIndex(ofCall call: Int, _ body: (_ axis: Int, _ index: Int) -> Void) {
    let point = repeats == 1 ? call : call / repeats
    for axis in axes.indices {
      body(axis, isZipped ? point : point / axes[axis].stride % axes[axis].count)
    }
  }

  /// Sets what records need of each axis. The last is the fastest.
  mutating func prepareAxes(_ names: NameTable) {
    var stride = 1
    for axis in axes.indices.reversed() {
      axes[axis].stride = stride
      stride = isZipped ? 1 : stride &* axes[axis].count
      var label: [UInt8] = []
      JSONWriter.text(names.name(axes[axis].key), to: &label)
      axes[axis].label = label + [UInt8(ascii: ":")]
    }
  }
}

extension Manifest {
  /// A value of an axis.
  @inline(__always)
  func value(_ index: Int, of axis: Sweep.Axis) -> Cell {
    switch axis.values {
    case .list(let range): swept[range.lowerBound + index].value
    case .steps(let steps): .integer(steps.value(index))
    case .spread(let spread): .number(spread.value(index))
    }
  }
}

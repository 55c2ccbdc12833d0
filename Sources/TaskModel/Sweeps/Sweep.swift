/// The calls of one task with several values for some of its parameters. A point is computed
/// from its number, and is nowhere else.
public struct Sweep: Sendable {
  /// The values of one parameter.
  public struct Axis: Sendable {
    /// Into the manifest's `names`.
    var key: UInt32
    let keyPlace: UInt32
    let place: UInt32
    var values: Values
    /// Index in the kernel's signature, once it is known.
    var parameter: UInt16 = 0
    /// For records, once the plan is made: `"name":`.
    var label: [UInt8] = []
    /// The number of consecutive points that have the same value of it.
    var stride = 1
    /// Into the manifest's `pointsFiles`, of a column of one.
    var file: Int?
    /// It has the index of the axis before, in the same file.
    var isTied = false

    var count: Int {
      switch values {
      case .list(let range): range.count
      case .steps(let steps): steps.count
      case .line(let line): line.count
      case .curve(let curve): curve.count
      case .file(_, let rows): rows
      case .column(let column): column.count
      }
    }
  }

  enum Values: Sendable {
    /// Into the manifest's `swept`.
    case list(Range<Int>)
    case steps(Steps)
    case line(Line)
    case curve(Curve)
    /// All columns of one of the manifest's `pointsFiles`, until its kernel is known.
    case file(Int, rows: Int)
    case column(PointsColumn)
  }

  /// Whole numbers at one distance, each of which an `Int64` or a `UInt64` holds.
  struct Steps: Sendable {
    private let first: Int128
    private let step: Int128
    let count: Int

    /// Nil: one of them has more than 64 bits.
    init?(first: Int128, step: Int128, count: Int) {
      let (distance, overflow) = step.multipliedReportingOverflow(by: Int128(count - 1))
      let (last, overflowOfLast) = first.addingReportingOverflow(distance)
      let range = Int128(Int64.min)...Int128(UInt64.max)
      if overflow || overflowOfLast || !range.contains(first) || !range.contains(last) {
        return nil
      }
      self.first = first
      self.step = step
      self.count = count
    }

    func value(_ index: Int) -> Manifest.Cell {
      let value = first + step * Int128(index)
      return Int64(exactly: value).map { .integer($0) }
        ?? .unsigned(UInt64(truncatingIfNeeded: value))
    }
  }

  var axes: [Axis] = []
  var isZipped = false
  /// How often each point is called.
  var repeats = 1
  /// Of the task's value of `sweep`, or of `repeat`.
  var place = 0
  /// The parameter `seed`, if it is not given: it gets each call's number in its task.
  var seedParameter: UInt16?

  /// Points without repeats; nil: more than an Int holds.
  var pointCount: Int? {
    if isZipped { return axes.first?.count ?? 1 }
    var product = 1
    for axis in axes where !axis.isTied {
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
      if !axes[axis].isTied { stride = isZipped ? 1 : stride &* axes[axis].count }
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
    case .steps(let steps): steps.value(index)
    case .line(let line): .number(line.value(index))
    case .curve(let curve): .number(curve.value(index))
    case .column(let column): column.value(index)
    case .file: .null
    }
  }
}

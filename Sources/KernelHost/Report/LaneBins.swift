import KernelHostModel

/// The number of live calls over time, for each lane and status. The number of bins is fixed, and
/// their width doubles when the run becomes too long for them.
struct LaneBins {
  static let count = 2048
  private(set) var width = 1e-6
  private var lanes: [[Series?]] = []

  /// The bins of one status in one lane.
  struct Series {
    /// Seconds that calls were live in each bin, without the calls that fill the whole bin.
    var partial = [Double](repeating: 0, count: LaneBins.count)
    /// Where the number of calls that fill their bins changes.
    var change = [Int](repeating: 0, count: LaneBins.count + 1)
    /// Calls that ended in each bin.
    var ended = [Int](repeating: 0, count: LaneBins.count)

    /// Seconds that calls were live in each bin. O(bins).
    func live(width: Double) -> [Double] {
      var filling = 0
      return partial.indices.map { index in
        filling += change[index]
        return partial[index] + Double(filling) * width
      }
    }
  }

  /// Returns the bins of a lane. `lane` is an index: the numbers in records can be anything.
  subscript(lane: Int, status: Status) -> Series? {
    lane < lanes.count ? lanes[lane][status.index] : nil
  }

  /// Adds a call that began at `start`, in seconds of the run. O(1) on average.
  mutating func add(lane: Int, status: Status, start: Double, seconds: Double) {
    while lanes.count <= lane { lanes.append(Array(repeating: nil, count: Status.allCases.count)) }
    while start + seconds >= width * Double(Self.count) { double() }
    let end = start + seconds
    let first = min(Int(start / width), Self.count - 1)
    let last = min(Int(end / width), Self.count - 1)
    var series = lanes[lane][status.index] ?? Series()
    // The series is moved out, so that it is not copied.
    lanes[lane][status.index] = nil
    if first == last {
      series.partial[first] += seconds
    } else {
      series.partial[first] += Double(first + 1) * width - start
      series.partial[last] += end - Double(last) * width
      series.change[first + 1] += 1
      series.change[last] -= 1
    }
    series.ended[last] += 1
    lanes[lane][status.index] = series
  }

  private mutating func double() {
    for lane in lanes.indices {
      for status in lanes[lane].indices {
        guard let old = lanes[lane][status] else { continue }
        var new = Series()
        for (index, live) in old.live(width: width).enumerated() {
          new.partial[index / 2] += live
          new.ended[index / 2] += old.ended[index]
        }
        lanes[lane][status] = new
      }
    }
    width *= 2
  }
}

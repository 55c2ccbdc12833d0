import KernelBridge

/// The own times of one kernel's calls, and a forecast for those that have not ended.
///
/// It keeps at most a few hundred of the times, evenly spread over the order of the ends.
struct CallTimes {
  struct Sample {
    /// The call's place among all calls, from 0 to 1.
    let place: Double
    /// Seconds from its first step to its end, of its own time.
    let seconds: Double
    let steps: Double
    /// Whether it began before any call of the kernel had ended.
    let isFirst: Bool
  }

  private(set) var samples: [Sample] = []
  /// The number of calls that each sample stands for.
  private(set) var stride = 1
  private var skipped = 0
  /// Calls that have ended, and those of them that were started.
  private(set) var ended = 0
  private(set) var count = 0
  /// The seconds of all of them.
  private(set) var seconds = 0.0
  /// The calls that began before any had ended.
  private(set) var firsts = 0
  private var firstEnd = Double.infinity

  private static let most = 512

  /// Counts an ended call. `start` is NaN if it was never started. O(1), amortised.
  mutating func add(place: Double, seconds: Double, steps: Int64, start: Double, end: Double) {
    ended += 1
    if start.isNaN { return }
    count += 1
    self.seconds += seconds
    firstEnd = min(firstEnd, end)
    let isFirst = start <= firstEnd
    if isFirst { firsts += 1 }
    skipped += 1
    if skipped < stride { return }
    skipped = 0
    samples.append(
      Sample(place: place, seconds: seconds, steps: Double(steps), isFirst: isFirst))
    guard samples.count >= Self.most else { return }
    samples = samples.enumerated().compactMap { $0.offset % 2 == 1 ? $0.element : nil }
    stride *= 2
  }

  /// Whether a call is one of those that began before any call of the kernel had ended.
  func isFirst(start: Double) -> Bool { start <= firstEnd }

  /// The mean seconds that first calls still need; nil if too few have ended. `live` of them run,
  /// and each has had `age` seconds and `steps` steps.
  ///
  /// Calls that take turns have had the same number of steps. Their seconds also have what the system
  /// took away from the lane in one of their steps, so that steps are the better clock. With
  /// few steps a call, seconds tell more.
  func restOfFirsts(live: Double, age: Double, steps: Double) -> Double? {
    let firsts = samples.filter { $0.isFirst }
    let counts = firsts.map { $0.steps }.sorted()
    if let fewest = counts.first, let most = counts.last, fewest < most, most >= Self.manySteps,
      steps >= most * 0.9
    {
      return restOfFirsts(counts, live: live, age: steps).map { $0 * age / steps }
    }
    return restOfFirsts(firsts.map { $0.seconds }.sorted(), live: live, age: age)
  }

  private static let manySteps = 8.0

  /// What first calls still need, in the unit of the age. `times`: of those that have ended, sorted.
  ///
  /// All of them have had the same time, so the ended ones are the shortest. Their times in
  /// ascending order are a curve, and it goes on beyond the age as it came there: as
  /// shortest + c * share^k. That holds for calls that grow, shrink or differ by chance.
  private func restOfFirsts(_ times: [Double], live: Double, age: Double) -> Double? {
    let share = Double(firsts) / (Double(firsts) + live)
    guard firsts >= 3 || share >= 0.3 else { return nil }
    guard let shortest = times.first, let longest = times.last else { return nil }
    let age = max(age, longest)
    let base = times.count >= 3 ? shortest : 0
    if age <= base { return 0 }
    var power = 1.0
    if times.count >= 8 {
      let half = (times[times.count / 2] - base) / (age - base)
      power = half > 0 ? min(max(-RealPower.log2(half), 0.4), 3) : 3
    }
    // The mean of (x / share)^power - 1 for x from share to 1.
    let whole = (RealPower.of(1 / share, power) - share) / ((power + 1) * (1 - share))
    return (age - base) * max(whole - 1, 0)
  }
}

/// Calls with their whole time, known or estimated.
struct TimedCalls {
  let place: Double
  let seconds: Double
  /// How many calls they are.
  let weight: Double
}

/// A straight line through times of calls over their places, as far as it is more than chance.
struct TimeTrend {
  private let centre: Double
  private let mean: Double
  private let slope: Double
  /// How the samples differ from the line: each as a part of it, in ascending order, and the sums of
  /// those from each on.
  private var ratios: [Double] = []
  private var sums: [Double] = []

  /// Later samples have more weight, because the calls to come are next to them. Nil without
  /// samples.
  init?(_ samples: [TimedCalls], isFlat: Bool = false) {
    guard !samples.isEmpty else { return nil }
    let places = samples.map { $0.place }
    let (low, high) = (places.min() ?? 0, places.max() ?? 0)
    let span = max(high - low, .leastNormalMagnitude)
    let weights = samples.map { $0.weight * (0.1 + ($0.place - low) / span) }
    let all = weights.reduce(0, +)
    let sum = { (body: (Int) -> Double) in
      samples.indices.reduce(0.0) { $0 + weights[$1] * body($1) } / all
    }
    let centre = sum { places[$0] }
    let mean = sum { samples[$0].seconds }
    let spread = sum { (places[$0] - centre) * (places[$0] - centre) }
    (self.centre, self.mean) = (centre, mean)
    guard samples.count >= 4, spread > 0, !isFlat else {
      slope = 0
      compare(samples)
      return
    }
    let raw = sum { (places[$0] - centre) * (samples[$0].seconds - mean) } / spread
    let noise = sum {
      let gap = samples[$0].seconds - mean - raw * (places[$0] - centre)
      return gap * gap
    }
    // The variance of a slope that is nothing but chance.
    let doubt = noise / spread / Double(samples.count - 2)
    slope = raw * max(0, 1 - 4 * doubt / max(raw * raw, .leastNormalMagnitude))
    compare(samples)
  }

  private mutating func compare(_ samples: [TimedCalls]) {
    ratios = samples.compactMap {
      let line = seconds(at: $0.place)
      // Near the line's zero, ratios say nothing.
      return line > mean / 4 ? $0.seconds / line : nil
    }.sorted()
    var sum = 0.0
    sums = Array(
      ratios.reversed().map { ratio -> Double in
        sum += ratio
        return sum
      }.reversed())
  }

  /// The seconds that a running call still needs: as much as the samples that took longer than its
  /// age did, as parts of the line. O(log samples).
  func rest(at place: Double, age: Double) -> Double {
    let line = seconds(at: place)
    guard line > 0, let last = ratios.last, last * line > age else { return 0 }
    var (low, high) = (0, ratios.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ratios[middle] * line > age { high = middle } else { low = middle + 1 }
    }
    return sums[low] / Double(ratios.count - low) * line - age
  }

  /// The seconds that a call at a place needs.
  func seconds(at place: Double) -> Double { max(mean + slope * (place - centre), 0) }

  /// The mean seconds of calls that are evenly spread over some places.
  func mean(from low: Double, to high: Double) -> Double {
    let parts = 16
    return (0..<parts).reduce(0) {
      $0 + seconds(at: low + (high - low) * (Double($1) + 0.5) / Double(parts))
    } / Double(parts)
  }
}

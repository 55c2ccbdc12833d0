extension Sweep {
  /// Numbers at one distance: each the double nearest to where it belongs, as exact arithmetic
  /// with the decimals that were written has it. So they do not drift, are in order, and lie
  /// between the ends.
  struct Line: Sendable {
    /// As they were read.
    let first: Double
    let last: Double
    let count: Int
    /// The point k is (start + k step) / divisor.
    private let start: Int128
    private let step: Int128
    /// 0: they are too large, and stand in `wide`.
    private let divisor: Int128
    private let wide: Wide?
    /// The same where all of them are exact doubles, as they mostly are.
    private let small: Small?

    private struct Small: Sendable {
      let start: Int64
      let step: Int64
      let divisor: Double

      /// Nil: a point's numerator, or the divisor, has more than 53 bits.
      init?(_ start: Int128, _ step: Int128, _ divisor: Int128, count: Int) {
        let most: Int128 = 1 << 53
        let (last, overflow) = step.multipliedReportingOverflow(by: Int128(count))
        guard !overflow, start.magnitude <= most, last.magnitude <= most, divisor <= most,
          (start + last).magnitude <= most
        else { return nil }
        self.start = Int64(start)
        self.step = Int64(step)
        self.divisor = Double(Int64(divisor))
      }
    }

    private struct Wide: Sendable {
      let start: WideInteger
      let step: WideInteger
      let divisor: WideInteger
    }

    /// Both ends, and `count` - 2 between them. `count` is above 1, or both ends are one.
    init(from: End, to: End, count: Int) {
      let unit = min(from.decimal.exponent, to.decimal.exponent, 0)
      let parts = UInt64(max(count - 1, 1))
      let first = from.decimal.scaled(toUnit: unit)
      var divisor = WideInteger(UInt128(parts))
      divisor.multiplyByPowerOfTen(-unit)
      self.init(
        start: first * parts, step: to.decimal.scaled(toUnit: unit) - first, divisor: divisor,
        first: from.value, last: to.value, count: count)
    }

    /// From one end by steps that lead to the other one, which is the last point if it is hit.
    /// Nil: more than `most`.
    init?(from: End, to: End, step: DecimalNumber, most: Int) {
      let unit = min(from.decimal.exponent, to.decimal.exponent, step.exponent, 0)
      let first = from.decimal.scaled(toUnit: unit)
      let step = step.scaled(toUnit: unit)
      let distance = to.decimal.scaled(toUnit: unit) - first
      let steps = distance.quotient(by: step, most: UInt64(most))
      if steps >= UInt64(most) { return nil }
      var divisor = WideInteger(1)
      divisor.multiplyByPowerOfTen(-unit)
      self.init(
        start: first, step: step, divisor: divisor, first: from.value,
        last: steps == 0 ? from.value : nil, count: Int(steps) + 1)
    }

    /// `last`: nil: computed.
    private init(
      start: WideInteger, step: WideInteger, divisor: WideInteger, first: Double, last: Double?,
      count: Int
    ) {
      self.first = first
      self.count = count
      let end = start + step * UInt64(count)
      if let narrowStart = start.narrow, end.narrow != nil, let narrowStep = step.narrow,
        let narrowDivisor = divisor.narrow
      {
        let common = Self.greatestCommonDivisor(
          narrowStart.magnitude, narrowStep.magnitude, narrowDivisor.magnitude)
        self.start = narrowStart / common
        self.step = narrowStep / common
        self.divisor = narrowDivisor / common
        wide = nil
        small = Small(self.start, self.step, self.divisor, count: count)
        self.last =
          last ?? Rounding.quotient(self.start + self.step * Int128(count - 1), self.divisor)
      } else {
        (self.start, self.step, self.divisor) = (0, 0, 0)
        wide = Wide(start: start, step: step, divisor: divisor)
        small = nil
        self.last = last ?? Rounding.quotient(start + step * UInt64(count - 1), divisor)
      }
    }

    private static func greatestCommonDivisor(
      _ first: UInt128, _ second: UInt128, _ divisor: UInt128
    ) -> Int128 {
      var result = divisor
      for number in [first, second] where result > 1 {
        var other = number % result
        // Mostly small numbers, which are a lot faster.
        while other > UInt128(UInt64.max) { (result, other) = (other, result % other) }
        if other == 0 { continue }
        var (small, rest) = (UInt64(other), UInt64(result % other))
        while rest != 0 { (small, rest) = (rest, small % rest) }
        result = UInt128(small)
      }
      return Int128(result)
    }

    /// O(1), but for numbers with hundreds of digits.
    func value(_ index: Int) -> Double {
      if index == 0 || first == last { return first }
      if index == count - 1 { return last }
      // One rounding, that of the division.
      if let small { return Double(small.start + small.step * Int64(index)) / small.divisor }
      if let wide {
        return Rounding.quotient(wide.start + wide.step * UInt64(index), wide.divisor)
      }
      return Rounding.quotient(start + step * Int128(index), divisor)
    }

    /// The same, where all points are whole numbers of 64 bits.
    var steps: Steps? {
      if divisor != 1 { return nil }
      return Steps(first: start, step: step, count: count)
    }
  }

  /// An end of a range: as it was written, and the double nearest to it.
  struct End: Sendable {
    let decimal: DecimalNumber
    let value: Double
  }
}

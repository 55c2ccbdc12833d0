extension Sweep {
  /// Numbers above 0, even in the logarithm: each the double nearest to where it belongs.
  ///
  /// The point k is first x ratio^k. The powers of the ratio are kept to some 106 bits, twice
  /// as many as a double has: of k in base 64, one for each value of each digit. A product of a
  /// few of them is a point, however many there are.
  struct Curve: Sendable {
    let first: Double
    let last: Double
    let count: Int
    /// The ends, if they are whole numbers of 64 bits.
    private let firstWhole: UInt64?
    private let lastWhole: UInt64?
    /// The first end times the powers for the lowest digit, then those for the next digits.
    private let powers: [Power]

    private static let base = 64

    /// Both ends are above 0 and differ; `count` is above 1.
    init(from: End, to: End, count: Int) {
      first = from.value
      last = to.value
      self.count = count
      firstWhole = from.decimal.whole
      lastWhole = to.decimal.whole
      let start = BinaryLogarithm.of(from.decimal)
      let distance = BinaryLogarithm.of(to.decimal) - start
      let parts = count - 1
      var powers: [Power] = []
      var power = Power(binaryLogarithm: start)
      var scale = 1
      while scale <= parts {
        let ratio = Power(
          binaryLogarithm: Self.part(distance, UInt128(scale), of: UInt128(parts)))
        for digit in 0..<Self.base where digit * scale <= parts {
          powers.append(power)
          power = power * ratio
        }
        power = .one
        scale *= Self.base
      }
      self.powers = powers
    }

    /// A numerator's part of a logarithm, cut towards zero; the numerator is at most the
    /// denominator.
    private static func part(
      _ logarithm: Int128, _ numerator: UInt128, of denominator: UInt128
    ) -> Int128 {
      let product = logarithm.magnitude.multipliedFullWidth(by: numerator)
      let part = Int128(denominator.dividingFullWidth(product).quotient)
      return logarithm < 0 ? -part : part
    }

    /// O(log count).
    func value(_ index: Int) -> Double {
      if index == 0 { return first }
      if index == count - 1 { return last }
      var power = powers[index % Self.base]
      var rest = index / Self.base
      var digit = Self.base
      while rest > 0 {
        let value = rest % Self.base
        if value > 0 { power = power * powers[digit + value] }
        rest /= Self.base
        digit += Self.base
      }
      return min(max(power.nearest, min(first, last)), max(first, last))
    }

    /// The points, where all of them are whole numbers; nil: not all are.
    var wholeNumbers: [UInt64]? {
      // Numbers of more steps, each by the same fraction, have more than 64 bits.
      guard count <= 65, let firstWhole, let lastWhole else { return nil }
      var numbers = [firstWhole]
      for index in 1..<count - 1 {
        let value = value(index).rounded()
        guard value < 0x1p64 else { return nil }
        numbers.append(UInt64(value))
      }
      numbers.append(lastWhole)
      // Each is the mean, in the logarithm, of its neighbours; so all of them are exact.
      for index in numbers.indices.dropFirst().dropLast() {
        let square = numbers[index].multipliedFullWidth(by: numbers[index])
        let product = numbers[index - 1].multipliedFullWidth(by: numbers[index + 1])
        if square != product { return nil }
      }
      return numbers
    }
  }
}

/// A power of two with a fraction in its exponent: `mantissa` / 2^127 x 2^`exponent`, where the
/// mantissa's highest bit is set.
private struct Power: Sendable {
  let mantissa: UInt128
  let exponent: Int

  static let one = Power(mantissa: 1 << 127, exponent: 0)

  init(mantissa: UInt128, exponent: Int) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// `logarithm`: with `BinaryLogarithm.fractionBits` bits behind the point.
  init(binaryLogarithm logarithm: Int128) {
    let bits = Int128(BinaryLogarithm.fractionBits)
    let fraction = UInt128(truncatingIfNeeded: logarithm) << (128 - UInt128(bits))
    // e^z for a small z by Taylor's series, and its square as often as z was halved.
    let halvings = 8
    let small = fraction.multipliedFullWidth(by: BinaryLogarithm.naturalOfTwo).high >> 8
    var sum: UInt128 = 1 << 127
    var term = sum
    var number: UInt128 = 1
    while term > 0 {
      term = term.multipliedFullWidth(by: small).high / number
      sum += term
      number += 1
    }
    var power = Power(mantissa: sum, exponent: 0)
    for _ in 0..<halvings { power = power * power }
    self.init(mantissa: power.mantissa, exponent: power.exponent + Int(logarithm >> bits))
  }

  static func * (left: Power, right: Power) -> Power {
    let (high, low) = left.mantissa.multipliedFullWidth(by: right.mantissa)
    let exponent = left.exponent + right.exponent
    return high >> 127 == 1
      ? Power(mantissa: high, exponent: exponent + 1)
      : Power(mantissa: high << 1 | low >> 127, exponent: exponent)
  }

  var nearest: Double {
    Rounding.nearest(
      UInt64(mantissa >> 64), exponent: exponent - 63,
      isInexact: UInt64(truncatingIfNeeded: mantissa) != 0)
  }
}

/// Logarithms to base 2 as whole numbers of 2^-115.
private enum BinaryLogarithm {
  static let fractionBits = 115
  /// ln 2, as a fraction of 2^128.
  static let naturalOfTwo: UInt128 = 0xB172_17F7_D1CF_79AB_C9E3_B398_03F2_F6AF
  /// Of 10.
  private static let ofTen: Int128 = 0x1A_934F_0979_A371_5FC9_257E_DFE9_B5FB

  /// Of a number above 0: a bit for each square (Knuth, The Art of Computer Programming 1.2.2,
  /// exercise 25).
  static func of(_ number: DecimalNumber) -> Int128 {
    let shift = number.digits.leadingZeroBitCount
    var mantissa = number.digits << UInt128(shift)
    var logarithm = Int128(127 - shift)
    for _ in 0..<fractionBits {
      let (high, low) = mantissa.multipliedFullWidth(by: mantissa)
      logarithm <<= 1
      if high >> 127 == 1 {
        mantissa = high
        logarithm |= 1
      } else {
        mantissa = high << 1 | low >> 127
      }
    }
    return logarithm + Int128(number.exponent) * ofTen
  }
}

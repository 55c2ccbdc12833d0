import Foundation
import KernelHostTestSupport
import Testing

@testable import KernelHostModel

/// The fast ways between f64 and decimal text, held against the standard library's.
/// `KERNELHOST_NUMBERS` sets the count of each kind.
struct DecimalTests {
  private static let count =
    Int(ProcessInfo.processInfo.environment["KERNELHOST_NUMBERS"] ?? "") ?? 20_000

  /// Numbers of one kind from random bits.
  struct Kind: CustomTestStringConvertible, Sendable {
    let name: String
    let make: @Sendable (UInt64, UInt64) -> Double
    var testDescription: String { name }

    init(_ name: String, _ make: @escaping @Sendable (UInt64, UInt64) -> Double) {
      self.name = name
      self.make = make
    }
  }

  static let kinds = [
    Kind("any bits") { bits, _ in Double(bitPattern: bits) },
    Kind("from 0 to 1") { bits, _ in Double(bits >> 11) * 0x1p-53 },
    Kind("few decimals") { bits, other in
      Double(bits % 1_000_000) / [10, 100, 1e3, 1e4][Int(other % 4)]
    },
    Kind("whole") { bits, other in Double(bits >> (other % 64)) },
    Kind("powers of two and neighbours") { bits, other in
      Double(bitPattern: (bits % 2047) << 52 &+ other % 5 &- 2)
    },
    Kind("subnormal") { bits, other in Double(bitPattern: bits >> (12 + other % 52)) },
    Kind("powers of ten and neighbours") { bits, other in
      let power = Double("1e\(Int(bits % 632) - 323)") ?? 0
      return Double(bitPattern: power.bitPattern &+ other % 5 &- 2)
    },
  ]

  @Test(arguments: kinds) func written(_ kind: Kind) {
    var random = Random(seed: 21)
    var buffer: [UInt8] = []
    for _ in 0..<Self.count {
      let value = kind.make(random.next(), random.next())
      guard value.isFinite else { continue }
      buffer.removeAll(keepingCapacity: true)
      DecimalText.number(value, to: &buffer)
      if !buffer.elementsEqual(value.description.utf8) {
        Issue.record("\(value) was written as \(String(decoding: buffer, as: UTF8.self))")
      }
    }
  }

  @Test(arguments: kinds) func read(_ kind: Kind) {
    var random = Random(seed: 22)
    for _ in 0..<Self.count {
      let value = kind.make(random.next(), random.next())
      guard value.isFinite, value != 0 else { continue }
      let decimal = ShortestDecimal(value.magnitude)
      let found = NearestDouble.of(decimal.digits, exponent: decimal.exponent)
      if found != value.magnitude { Issue.record("\(value) was read as \(found)") }
    }
  }

  /// Digits that no f64 gave: 19 of them, a few, and those around the middle of two numbers.
  @Test func anyDigits() {
    var random = Random(seed: 23)
    for round in 0..<Self.count * 3 {
      var digits = random.next() >> UInt64(random.below(64))
      if digits >= 10_000_000_000_000_000_000 { digits /= 10 }
      var exponent = random.below(700) - 360
      if round % 3 == 1 {
        // Twice 2^53 and more have whole numbers in the middle between two neighbours.
        digits = (1 << 53 | digits >> 11) << 2 | UInt64(random.below(3)) + 1
        exponent = 0
      } else if round % 3 == 2 {
        digits = (digits >> 12) << 1 | 1
        exponent = -random.below(24)
      }
      let expected = Double("\(digits)e\(exponent)") ?? .nan
      let found = NearestDouble.of(digits, exponent: exponent)
      if found != expected { Issue.record("\(digits)e\(exponent) was read as \(found)") }
    }
  }

  @Test func wholeNumbersAndPadding() {
    var buffer: [UInt8] = []
    for value: UInt64 in [0, 9, 10, 99, 100, 12_345_678, 123_456_789, 1 << 63, .max] {
      buffer.removeAll()
      DecimalText.whole(value, to: &buffer)
      #expect(String(decoding: buffer, as: UTF8.self) == "\(value)")
    }
    buffer.removeAll()
    DecimalText.fixed(1_020, 9, to: &buffer)
    #expect(String(decoding: buffer, as: UTF8.self) == "000001020")
  }
}

import Testing

@testable import KernelHostModel

/// Numbers in and out: every bit is kept.
struct NumberTests {
  private static func read(_ text: String) -> JSONNumber? {
    var json = JSONReader(Array(text.utf8))
    guard let number = try? json.readNumber(), json.at == text.utf8.count else { return nil }
    return number
  }

  @Test func integers() {
    for value in [0, 1, -1, 999_999_999_999_999_999, Int64.max, Int64.min, Int64.max - 1] {
      #expect(Self.read(String(value)) == .integer(value))
    }
    #expect(Self.read("-0") == .minusZero)
    #expect(Self.read("9223372036854775808") == .unsigned(1 << 63))
    #expect(Self.read("18446744073709551615") == .unsigned(.max))
    #expect(Self.read("-9223372036854775809") == .bigInteger(-0x1p63))
    #expect(Self.read("18446744073709551616") == .bigInteger(0x1p64))
    #expect(Self.read(String(repeating: "9", count: 308)) == .bigInteger(1e308))
    #expect(Self.read(String(repeating: "9", count: 310)) == .outOfRange)
  }

  @Test func extremes() {
    #expect(Self.read("1.0") == .number(1))
    #expect(Self.read("1e999") == .outOfRange)
    #expect(Self.read("-1e99999999999999999999") == .outOfRange)
    #expect(Self.read("1e-99999999999999999999") == .number(0))
    #expect(Self.read("0e99999999999999999999") == .number(0))
    #expect(Self.read("1.7976931348623157e308") == .number(.greatestFiniteMagnitude))
    #expect(Self.read("1.7976931348623159e308") == .outOfRange)
    #expect(Self.read("4.9406564584124654e-324") == .number(.leastNonzeroMagnitude))
    // Halfway cases, which double rounding gets wrong.
    for text in [
      "2.2250738585072011e-308", "9007199254740993.0", "9007199254740992.9999999999",
      "1.00000000000000011102230246251565",
      "0.500000000000000166533453693773481063544750213623046875", "3.5844466002796428e+298",
      "123456789012345678901234567890.5", "1" + String(repeating: "0", count: 22) + ".0",
    ] {
      #expect(Self.read(text) == Double(text).map { .number($0) }, "\(text)")
    }
    if case .number(let zero)? = Self.read("-0.0") { #expect(zero.sign == .minus) }
  }

  /// The standard library's reading is the measure.
  @Test func randomTexts() {
    var random = Random(seed: 7)
    for _ in 0..<100_000 {
      var text = random.below(4) == 0 ? "-" : ""
      let digits = 1 + random.below(20)
      text += random.below(3) == 0 ? "0" : String(1 + random.below(9)) + random.digits(digits)
      let hasFraction = random.below(3) > 0
      if hasFraction { text += "." + random.digits(1 + random.below(22)) }
      if !hasFraction || random.below(3) == 0 {
        let most = random.below(2) == 0 ? 30 : 330
        text += ["e", "E", "e-", "E+"][random.below(4)] + String(random.below(most))
      }
      let expected = Double(text)!
      #expect(
        Self.read(text) == (expected.isFinite ? .number(expected) : .outOfRange), "\(text)")
    }
  }

  @Test func roundTrips() {
    var random = Random(seed: 11)
    for _ in 0..<100_000 {
      let value = Double(bitPattern: random.next())
      var buffer: [UInt8] = []
      JSONWriter.number(value, to: &buffer)
      let text = String(decoding: buffer, as: UTF8.self)
      if value.isFinite {
        #expect(Self.read(text) == .number(value), "\(text)")
      } else {
        #expect(["\"NaN\"", "\"Infinity\"", "\"-Infinity\""].contains(text))
      }
      let whole = Int64(bitPattern: random.next() >> UInt64(random.below(64)))
      buffer = []
      JSONWriter.integer(whole, to: &buffer)
      #expect(Self.read(String(decoding: buffer, as: UTF8.self)) == .integer(whole))
    }
  }
}

/// Numbers that are the same on every run (splitmix64, Steele and others, 2014).
struct Random: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  mutating func digits(_ count: Int) -> String {
    String((0..<count).map { _ in Character(String(below(10))) })
  }
}

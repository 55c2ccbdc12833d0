import KernelHostModel
import Testing

@testable import KernelBridge

/// The table of C types, and what is read and written by it.
struct FieldLayoutTests {
  @Test func eachTypeHasOneRow() {
    #expect(Set(FieldType.all.map { $0.code }).count == FieldType.all.count)
    #expect(FieldType.all.map { $0.code }.sorted() == (1...UInt32(FieldType.all.count)).map { $0 })
  }

  /// What is written is read back, at any address.
  @Test(arguments: NumberFormat.allCases)
  func numbersComeBack(_ number: NumberFormat) {
    let numbers = [number.width.lowerBound, 0, 1, number.width.upperBound]
    let whole: [Int64] = number.isReal ? [0, 1, -7] : numbers
    let expected: Value =
      number.isReal ? .numbers(whole.map { Double($0) }) : .integers(whole)
    let size = whole.count * number.size + 1
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { unsafe memory.deallocate() }
    let at = unsafe memory.baseAddress! + 1
    unsafe number.store(whole[...], at: at)
    #expect(unsafe number.values(at, count: whole.count) == expected)
    for (index, one) in whole.enumerated() {
      unsafe number.store(one, at: at)
      let back = unsafe number.value(at)
      #expect(back == (number.isReal ? .number(Double(one)) : .integer(one)), "\(index)")
    }
  }

  /// A range between two whole numbers allows none: the fast path let the C type's lowest pass.
  @Test func aRangeWithoutWholeNumbersLetsNonePass() {
    let field = FieldSignature(name: "x", type: .i64, range: 0.2...0.8)
    let sure = SureNumbers(ArgumentRule(field), isFloat: false)
    for value in [Int64.min, 0, 1, .max] { #expect(!sure.contains(value)) }
    let far = FieldSignature(name: "x", type: .f64, range: 1e300...1e301, isFloat: true)
    let none = SureNumbers(ArgumentRule(far), isFloat: true)
    for value in [0, 3.0e38, 1e300, .infinity, .nan] { #expect(!none.contains(value)) }
  }
}

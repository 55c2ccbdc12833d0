import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelBridge

/// What a library's process says of its kernels, cut and changed: kernels, or a fault.
struct DescriptionFuzzTests {
  /// A number, a text as they are described: eight bytes, or so many and then the text.
  private static func number(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
  }

  private static func text(_ text: String) -> [UInt8] {
    number(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  private static func field(_ name: String, _ type: UInt64, at offset: UInt64) -> [UInt8] {
    text(name) + number(type) + number(offset) + text("doc") + number(1) + text("m")
      + number((-1.5).bitPattern) + number(1e300.bitPattern) + number(3) + number(0) + number(0)
      + number(0) + number(2)
      + text("a") + text("b") + text("")
  }

  private static let sound: [UInt8] =
    number(1) + text("k.so") + text("k") + text("summary") + number(3) + number(64) + number(8)
    + number(1) + number(64) + [UInt8](repeating: 0, count: 64) + number(4)
    + field("x", 11, at: 0) + field("n", 9, at: 8) + field("y", 11 | 3 << 8, at: 32)
    + field("key", 6 | 4 << 8, at: 56) + number(1) + field("r", 5, at: 16) + number(1)
    + text("BAD") + text("bad") + number(UInt64(bitPattern: -4097))

  private static func read(_ bytes: [UInt8]) -> [DescribedKernel]? {
    var reader = DescriptorDecoder(bytes)
    return try? reader.read()
  }

  @Test func aSoundOneIsRead() throws {
    let kernels = try #require(Self.read(Self.sound))
    #expect(
      kernels.count == 1
        && kernels[0].signature.parameters.map { $0.name } == ["x", "n", "y", "key"])
    #expect(kernels[0].signature.parameters.map { $0.count } == [nil, nil, 3, 4])
    #expect(kernels[0].signature.parameters[0].isLowOpen && kernels[0].signature.isFlat)
    for count in 0..<Self.sound.count { #expect(Self.read(Array(Self.sound[..<count])) == nil) }
  }

  /// The corpus that fuzzing begins with, and what it has found.
  @Test func theCorpusIsSafe() throws {
    for (name, bytes) in try Mutator.corpus("descriptions") {
      #expect(DescriptionExercise.problems(bytes) == [], "\(name)")
    }
  }

  @Test func changedOnesAreSafe() {
    let ends: [UInt64] = [
      0, 1, 2, 11, 12, 15, 16, 31, 32, 33, 255, 1 << 20, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max,
      .max - 1, .max - 7, Double.nan.bitPattern, Double.infinity.bitPattern,
    ]
    var seed: UInt64 = 9
    func below(_ bound: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((seed >> 33) % UInt64(bound))
    }
    Effort.repeated(3000, environment: "KERNELHOST_FUZZ") { _ in
      var bytes = Self.sound
      for _ in 0...below(3) {
        let place = below(bytes.count - 8)
        switch below(3) {
        case 0: bytes[place] = UInt8(below(256))
        case 1: bytes.replaceSubrange(place..<place + 8, with: Self.number(ends[below(ends.count)]))
        default: bytes.removeSubrange(place..<min(place + 1 + below(20), bytes.count - 8))
        }
      }
      #expect(DescriptionExercise.problems(bytes) == [])
    }
  }
}

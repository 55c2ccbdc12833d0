import KernelHostTestSupport
import Testing

@testable import KernelHostModel

/// Mutated texts of the corpus in Tests/Fuzz: some thousands, or for `KERNELHOST_FUZZ` seconds
/// each. `Tests/Fuzz/run.sh` does the same guided by what code they reach.
struct FuzzTests {
  private static let effort = "KERNELHOST_FUZZ"

  /// Mutates the texts of a folder; `body` returns what is wrong with how one was read.
  private static func mutate(_ folder: String, _ body: ([UInt8]) -> [String]) throws {
    var mutator = try Mutator(corpus: folder, seed: Effort.seed(1))
    Effort.repeated(1000, environment: effort) { round in
      let bytes = mutator.next(round)
      let problems = body(bytes)
      #expect(problems.isEmpty, "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  @Test func manifests() throws { try Self.mutate("manifest") { Exercise.manifest($0, .json) } }
  @Test func lines() throws { try Self.mutate("lines") { Exercise.manifest($0, .jsonl) } }
  @Test func points() throws { try Self.mutate("points") { Exercise.points($0) } }
  @Test func records() throws { try Self.mutate("records") { Exercise.records($0) } }
}

import Support
import Testing

@testable import TaskModel

/// Mutated texts of the corpus in Tests/Fuzz: some thousands, or for `KERNELHOST_FUZZ` seconds
/// each. `Tests/Fuzz/run.sh` does the same guided by what code they reach.
struct FuzzTests {
  private static let effort = "KERNELHOST_FUZZ"

  private static func mutator(_ folder: String) throws -> Mutator {
    try Mutator(corpus: folder, seed: Effort.seed(1, environment: effort))
  }

  @Test func manifests() throws {
    var mutator = try Self.mutator("manifest")
    Effort.repeated(1000, environment: Self.effort) { round in
      let bytes = mutator.next(round)
      let problems = Exercise.manifest(bytes, .json)
      #expect(problems.isEmpty, "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  @Test func lines() throws {
    var mutator = try Self.mutator("lines")
    Effort.repeated(1000, environment: Self.effort) { round in
      let bytes = mutator.next(round)
      let problems = Exercise.manifest(bytes, .jsonl)
      #expect(problems.isEmpty, "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  @Test func points() throws {
    var mutator = try Self.mutator("points")
    Effort.repeated(1000, environment: Self.effort) { round in
      let bytes = mutator.next(round)
      let problems = Exercise.points(bytes)
      #expect(problems.isEmpty, "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  @Test func records() throws {
    var mutator = try Self.mutator("records")
    Effort.repeated(1000, environment: Self.effort) { round in
      let bytes = mutator.next(round)
      let problems = Exercise.records(bytes)
      #expect(problems.isEmpty, "\(String(decoding: bytes, as: UTF8.self))")
    }
  }
}

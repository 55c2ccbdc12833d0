import Foundation
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// Runs of a plan over several threads, inside this process: for the thread sanitizer, too.
struct ParallelRunTests {
  private static func results(_ jobs: Int) throws -> String {
    let source = SourceText(
      name: "m.json",
      text: """
        [{"kernel": "logistic_map", "sweep": {"r": {"from": 2.5, "to": 4, "count": 3000}}},
         {"kernel": "monte_carlo_pi", "args": {"samples": 500}, "repeat": 200}]
        """)
    let kernels = LoadedKernels.builtIn
    let plan = try Planner.plan(source, catalogue: kernels.catalogue.signatures).get()
    let folder = try TemporaryFolder()
    var options = Run.Options()
    options.format = .tokens
    options.outputPath = folder.path("results")
    options.mode = .parallel
    options.jobs = jobs
    let summary = try Run(plan, kernels, options).run()
    #expect(summary.counts[.ok] == 3200 && summary.failure == nil)
    return try folder.read("results")
  }

  @Test func everyNumberOfLanesGivesTheSame() throws {
    let one = try Self.results(1)
    for jobs in [2, 5] { #expect(try Self.results(jobs) == one) }
  }
}

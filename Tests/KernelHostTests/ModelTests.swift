import Foundation
import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// Random manifests against a model of them: 2,000, or as many as `KERNELHOST_MODELS` says.
struct ModelTests {
  @Test func randomManifestsDoAsTheirModel() throws {
    let effort = "KERNELHOST_MODELS"
    let count = Effort.count(2000, environment: effort)
    let seed = Effort.seed(20)
    for round in 0..<count {
      let start = seed &+ UInt64(round)
      var model = ManifestModel(seed: start)
      let problems = try Self.problems(of: &model)
      #expect(problems.isEmpty, "seed \(start): \(problems.prefix(3))\n\(model.text)")
      if !problems.isEmpty { return }
    }
  }

  private static func problems(of model: inout ManifestModel) throws -> [String] {
    let source = SourceText(name: "m", text: model.text)
    let signatures = LoadedKernels.builtIn.catalogue.signatures
    guard case .success(let plan) = Planner.plan(source, catalogue: signatures) else {
      return model.isSound ? ["refused"] : []
    }
    if !model.isSound { return ["taken, with a mistake in it"] }
    let tasks = model.tasks.indices.map { plan.calls(ofTask: $0) }
    if tasks != model.tasks.indices.map({ model.calls(of: $0) }) { return ["calls \(tasks)"] }

    // Some calls, all of a few tasks, or everything.
    var wanted: Selection?
    var expected = Set(0..<plan.callCount)
    switch model.below(5) {
    case 0:
      let pattern = ["*", "t*", "?1", "*2", "primes", "for_*", "u.?*"][model.below(7)]
      wanted = plan.selection(matching: [Glob(pattern)])
      expected = Set(
        model.selected(matching: pattern).flatMap { Array(model.calls(of: $0)) })
    case 1:
      let first = model.below(plan.callCount)
      let range = first..<first + 1 + model.below(plan.callCount - first)
      wanted = Selection([range])
      let touched = model.tasks.indices.filter { model.calls(of: $0).overlaps(range) }
      let targets = model.needed(touched.flatMap { model.tasks[$0].targets })
      expected = Set(range).union(targets.flatMap { Array(model.calls(of: $0)) })
    default: break
    }
    let selection = wanted.map { plan.closed($0) }
    let witness = ObserverTests.Witness()
    try run(plan, selection, jobs: 1 + model.below(3), witness)
    if Set(witness.tokens.map { $0.call }) != expected || witness.tokens.count != expected.count {
      return ["calls \(witness.recorded), expected \(expected.sorted())"]
    }
    let outcomes = model.outcomes()
    return witness.tokens.compactMap { problem(with: $0, model, plan, outcomes) }
  }

  private static func run(
    _ plan: Plan, _ selection: Selection?, jobs: Int, _ witness: ObserverTests.Witness
  ) throws {
    var options = Run.Options()
    options.format = .tokens
    options.outputPath = "/dev/null"
    options.mode = jobs > 1 ? .parallel : .concurrent
    options.jobs = jobs
    options.selection = selection
    _ = try Run(plan, .builtIn, options).run([witness])
  }

  private static func problem(
    with record: CallRecord, _ model: ManifestModel, _ plan: Plan,
    _ outcomes: [[ManifestModel.Outcome]]
  ) -> String? {
    let task = plan.task(ofCall: record.call)
    let number = record.call - model.calls(of: task).lowerBound
    let token = record.token
    let found = "call \(record.call): \(token)"
    if let problem = pointProblem(record, model.tasks[task], number, plan) { return problem }
    switch outcomes[task][number] {
    case .error: return token.status == .error && token.error?.name == "EINVAL" ? nil : found
    case .skipped:
      // waited for "a", which waited for "b", which failed (call 3): EINVAL: ...
      guard let error = token.error, token.status == .skipped, token.attempts == 0 else {
        return found
      }
      let names = error.message.components(separatedBy: ", which failed").first?
        .components(separatedBy: "waited for ").dropFirst()
        .compactMap { $0.split(separator: "\"").first.map(String.init) }
      return model.isChain(names ?? [], from: task, outcomes) ? nil : found
    case .ok(let fields):
      guard token.ok, let result = token.result else { return found }
      for (name, value) in fields {
        switch result[name] ?? result {
        case .integer(let number) where Double(number) == value: continue
        case .number(let number) where number.bitPattern == value.bitPattern: continue
        default: return found + ", expected \(fields)"
        }
      }
      return nil
    }
  }

  /// The point as it stands in the record.
  private static func pointProblem(
    _ record: CallRecord, _ task: ManifestModel.Task, _ number: Int, _ plan: Plan
  ) -> String? {
    let expected = task.swept(number)
    var arguments = RecordedArguments(plan)
    let point = RunRecord(record, &arguments).point.filter { $0.name != "repeat" }
    if point.count != expected.count { return "point \(point)" }
    for (field, (name, value)) in zip(point, expected) {
      let isSame =
        switch field.value {
        case .integer(let number): Double(number) == value.double
        case .number(let number): number.bitPattern == value.double.bitPattern
        default: false
        }
      if field.name != name || !isSame { return "point \(point), expected \(name) \(value)" }
    }
    return nil
  }
}

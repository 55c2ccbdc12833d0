// Behind the program of the article FromSwift: kernels of the package itself, here and in workers, beside
// names of Foundation and of the program that the library must not take.
struct Manifest { let plan: Plan }
enum Plan { case other }
precondition("\(Host.self)" == "Host" && "\(Manifest(plan: .other).plan)" == "other")
precondition(Support.word == "support" && abs(sum - 25.0 / 12.0) < 1e-9 && many.count == 10_000)
precondition(token.status == .error && many[9].result?.double == many[19].result?.double)

#if DEBUG
  let count = 10_000
#else
  let count = 1_000_000
#endif

func nanosecondsACall(_ host: CallHost) async throws -> Double {
  let own = try host.kernel("own_count")
  var best = Double.infinity
  for _ in 0..<5 {
    let start = Date()
    let tokens = try await host.gather(own, count: count) { _, arguments in
      arguments.set(0, to: 1)
    }
    best = min(best, -start.timeIntervalSinceNow * 1e9 / Double(count))
    precondition(tokens.count == count && tokens[count - 1].result == 0.0)
  }
  return best
}
let here = try await nanosecondsACall(CallHost())
let there = try await nanosecondsACall(CallHost(LoadedKernels.open(WorkerSetup())))
let loop = (0..<5).map { _ in own_loop(count) }.min() ?? .nan
print(
  "a gathered call of \(count):", Int(here), "ns in this process,", Int(there), "ns isolated,",
  Int(loop), "ns in a C loop")

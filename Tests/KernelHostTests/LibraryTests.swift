import Foundation
import KernelHost
import Synchronization
import Testing

/// The library as its users see it: nothing of its other modules is imported here, and Foundation
/// is.
@Suite struct LibraryTests {
  /// Names of the package's modules that importing the library must not show, and one that it must
  /// not hide.
  struct Manifest {}
  struct Plan {}
  enum Mode { case other }

  @Test func namesDoNotCollide() {
    #expect(Mode.other == .other)
    #expect("\(Host.self)" == "Host" && "\(CallHost.self)" == "CallHost")
  }

  @Test func valuesAreRead() {
    let record = Value.record([.init(name: "pi", value: 3.25), .init(name: "n", value: 4)])
    #expect(record["pi"]?.double == 3.25 && record["n"]?.int == 4 && record["n"]?.double == 4)
    #expect(record.double == nil && record["pi"]?.int == nil && record["e"] == nil)
    #expect(Value.unsigned(.max).uint64 == .max && Value.unsigned(.max).int == nil)
    #expect(Value.integer(-1).uint64 == nil && Value.integer(1 << 53 | 1).double == nil)
    #expect(Value.numbers([1, 2]).doubles == [1, 2] && Value.integers([1]).doubles == [1])
    #expect(Value.integers([3]).ints == [3] && Value.bytes([7]).bytes == [7])
    #expect(Value("a").string == "a" && Value(true).bool == true && Value(2).int64 == 2)
    #expect(Value(1.5) == 1.5 && Value([1.5]) == .numbers([1.5]) && Value([2]) == .integers([2]))
    #expect(Value(UInt64.max) == .unsigned(.max) && Value(UInt64(1)) == 1)
  }

  @Test func resultsAreRead() async throws {
    let logistic = try CallHost.shared.kernel("logistic_map")
    let r = 4.0
    #expect(try await logistic.as(Double.self)(r: Value(r), n: 1) == 1.0)
    let pi = try CallHost.shared.kernel("monte_carlo_pi")
    #expect(try await pi.as(Int.self, result: "inside")(samples: 1, seed: 1) == 1)
    #expect(try await pi.as(Double.self, result: "pi")(samples: 1, seed: 1) == 4)
    let digest = try await CallHost.shared.kernel("sha256").as(String.self)(text: "abc")
    #expect(digest.hasPrefix("ba7816bf"))
    let product = try CallHost.shared.kernel("matmul").as([Double].self)
    #expect(
      try await product(a: Value([2.0]), b: Value([3.0]), rows: 1, inner: 1, columns: 1) == [6])
    #expect(throws: HostError.self) { try logistic.as(String.self) }
    #expect(throws: HostError.self) { try pi.as(Double.self) }
    #expect(throws: HostError.self) { try pi.as(Double.self, result: "p") }
    #expect(throws: HostError.self) { try pi.as(Int.self, result: "pi") }
    let token = await gather(try logistic.call(["n": 0]))[0]
    #expect(token.result?.double == 0.5)
  }

  @Test func aCancelledTaskThrowsCancellationError() async throws {
    let (prints, continuation) = AsyncStream.makeStream(of: Void.self)
    let host = try CallHost(printing: .handler { _ in continuation.yield() })
    let endless = try host.kernel("while_loop_increment")
    let task = Task { try await endless(incr: 0, max: 1) }
    for await _ in prints { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  /// The closure sees which calls are made: never more than were asked for, and those that may
  /// begin ahead.
  @Test(arguments: [1, 3]) func callsWaitForTheReader(lanes: Int) async throws {
    let host = try CallHost(lanes: lanes, printing: .discard)
    let asked = Atomic<Int>(0)
    let isAhead = Atomic<Bool>(false)
    try await withThrowingTaskGroup(of: Void.self) { group in
      let tokens = try host.tokens(
        of: host.kernel("logistic_map"), count: 2_000, buffering: 16
      ) { call, arguments in
        if call >= asked.load(ordering: .sequentiallyConsistent) + 16 {
          isAhead.store(true, ordering: .relaxed)
        }
        arguments.set("n", to: .integer(Int64(call)))
      }
      var seen = Set<Int>()
      var iterator = tokens.makeAsyncIterator()
      while true {
        asked.add(1, ordering: .sequentiallyConsistent)
        guard let ended = await iterator.next() else { break }
        #expect(ended.token.steps == Int64(ended.call) + 1)
        seen.insert(ended.call)
      }
      #expect(seen == Set(0..<2_000) && !isAhead.load(ordering: .relaxed))
      group.cancelAll()
    }
  }

  @Test(.timeLimit(.minutes(1))) func leavingGeneratedCallsEndsThem() async throws {
    let host = try CallHost(printing: .discard, liveLimit: 2)
    let sleep = try host.kernel("sleep")
    for await ended in try host.tokens(
      of: sleep, count: 1 << 40,
      arguments: { call, arguments in
        arguments.set(0, to: call == 0 ? 0 : 1_000)
      })
    {
      #expect(ended.call == 0)
      break
    }
    #expect(try await host.kernel("logistic_map")(n: 0) == 0.5)
    // A sequence that is never read ends, too.
    _ = try host.tokens(of: [
      try sleep.call(["seconds": 1_000]), try sleep.call(["seconds": 1_000]),
    ])
    #expect(try await host.kernel("logistic_map")(n: 0) == 0.5)
  }

  @Test(.timeLimit(.minutes(1))) func aCancelledReaderLeaves() async throws {
    let sleep = try CallHost(printing: .discard).kernel("sleep")
    let task = Task {
      var count = 0
      for await _ in try tokens(of: [try sleep.call(["seconds": 1_000])]) { count += 1 }
      return count
    }
    task.cancel()
    #expect(try await task.value == 0)
  }

  @Test(arguments: [Isolation.none, .process])
  func severalLanesGiveTheSameTokens(_ isolation: Isolation) async throws {
    var setup = WorkerSetup()
    setup.isolation = isolation
    setup.isParallel = true
    let host = try CallHost(LoadedKernels.open(setup), lanes: 3, printing: .discard)
    #expect(host.lanes == 3)
    let kernel = try host.kernel("logistic_map")
    let tokens = try await host.gather(kernel, count: 20_000) { call, arguments in
      arguments.set("n", to: .integer(Int64(call % 100)))
    }
    #expect(tokens.enumerated().allSatisfy { $1.ok && $1.steps == Int64($0 % 100) + 1 })
    let calls = try (0..<100).map { try kernel.call(["n": Value($0)]) }
    #expect(try await host.gather(calls).map { $0.steps } == (1...100).map { Int64($0) })
    // Calls that never end, more than lanes: each lane lets them take turns.
    let endless = try host.kernel("while_loop_increment")
    let task = Task {
      try await host.gather((0..<10).map { _ in try endless.call(["incr": 0, "max": 1]) })
    }
    #expect(try await kernel(n: 0) == 0.5)
    task.cancel()
    #expect(try await task.value.allSatisfy { $0.status == .cancelled })
  }
}

import Foundation
import KernelHost
import KernelHostModel
import Synchronization
import Testing

/// execCommand, gather, kernel calls as functions, cancellation, streams.
@Suite struct GatherTests {
  struct Failure: Error {}

  @Test func execCommandNeverThrows() async {
    let good = await execCommand { 42 }
    #expect(good.ok && good.result == 42 && good.error == nil)
    let bad: Token<Int> = await execCommand { throw Failure() }
    #expect(!bad.ok && bad.result == nil && bad.error?.name == "Failure")
    #expect(bad.status == .error)
    let cancelled: Token<Int> = await execCommand { throw CancellationError() }
    #expect(cancelled.status == .cancelled)
  }

  @Test func gatherKeepsTheOrderAndRunsAll() async {
    let tokens = await gather(
      (0..<50).map { index in
        { @Sendable () async throws -> Int in
          if index % 7 == 3 { throw Failure() }
          await Task.yield()
          return index
        }
      })
    #expect(tokens.count == 50)
    for (index, token) in tokens.enumerated() {
      #expect(token.ok == (index % 7 != 3))
      if token.ok { #expect(token.result == index) }
    }
    #expect(await gather([@Sendable () async throws -> Int]()).isEmpty)
  }

  @Test func aKernelIsAnAsyncThrowingFunction() async throws {
    let logistic = try CallHost.shared.kernel("logistic_map")
    #expect(try await logistic(r: 4, x0: 0.5, n: 1) == 1.0)
    #expect(try await logistic(4, 0.5, n: 1) == 1.0)
    let quiet = try CallHost(printing: .discard)
    let forLoop = try quiet.kernel("for_loop")
    #expect(try await forLoop(max: 3) == .null)
    await #expect(throws: CallError.self) { try await forLoop(increment: 0) }
    let token = await execCommand { try await forLoop(increment: 0) }
    #expect(token.error?.description == "EINVAL: increment must not be 0")
    #expect(token.error?.code == -22)
  }

  @Test func wrongArgumentsThrowBeforeAnythingRuns() async throws {
    let forLoop = try CallHost.shared.kernel("for_loop")
    let wrong: [KeyValuePairs<String, Value>] = [
      ["mx": 3], ["max": "three"], ["max": 1.5], ["max": .null], ["": 1, "min": 2],
      ["": 1, "": 2, "": 3, "": 4],
    ]
    for arguments in wrong {
      #expect(throws: CallError.self) { try forLoop.call(arguments) }
    }
    #expect(throws: CallError.self) { try CallHost.shared.kernel("sleep").call() }
    #expect(throws: CallError.self) { try CallHost.shared.kernel("sleep").call(["seconds": -1]) }
    #expect(throws: HostError.unknownKernel(name: "for_lop", near: "for_loop")) {
      try CallHost.shared.kernel("for_lop")
    }
  }

  /// One batch on the lane gives what call by call gives.
  @Test func gatherEqualsExecCommandCallByCall() async throws {
    let kernel = try CallHost.shared.kernel("logistic_map")
    let calls = try (0..<200).map { index in
      try kernel.call(["r": .number(Double(index) / 50), "n": .integer(Int64(index))])
    }
    let batch = await gather(calls)
    for (index, token) in batch.enumerated() {
      let one = await execCommand {
        try await kernel(r: .number(Double(index) / 50), n: .integer(Int64(index)))
      }
      #expect(one.result == token.result && one.ok == token.ok && one.status == token.status)
      #expect(token.steps == Int64(index) + 1)
    }
  }

  @Test func printsOfOneBatchTakeTurns() async throws {
    let printed = Mutex<[UInt8]>([])
    let host = try CallHost(printing: .handler { bytes in printed.withLock { $0 += bytes } })
    let forLoop = try host.kernel("for_loop")
    _ = await gather(try [2, 3].map { try forLoop.call(["max": $0]) })
    let text = String(decoding: printed.withLock { $0 }, as: UTF8.self)
    #expect(
      text == "Looping for: 2\n0\nLooping for: 3\n0\nLooping for: 2\n1\nLooping for: 3\n1\n"
        + "Looping for: 3\n2\n")
  }

  @Test func aTimeoutEndsAnEndlessCallAndNoOther() async throws {
    let host = try CallHost(printing: .discard)
    let endless = try host.kernel("while_loop_increment").timeout(.milliseconds(20))
    let other = try host.kernel("for_loop")
    let tokens = await gather(
      try endless.call(["incr": 0, "max": 1]), try other.call(["max": 5]))
    #expect(tokens[0].status == .timeout && tokens[0].error?.name == "ETIMEDOUT")
    #expect(tokens[0].steps > 0)
    #expect(tokens[1].ok)
  }

  @Test func cancellingTheTaskEndsTheCall() async throws {
    let (prints, continuation) = AsyncStream.makeStream(of: Void.self)
    let host = try CallHost(printing: .handler { _ in continuation.yield() })
    let endless = try host.kernel("while_loop_increment")
    let task = Task { await execCommand { try await endless(incr: 0, max: 1) } }
    // It has begun when it prints.
    for await _ in prints { break }
    task.cancel()
    let token = await task.value
    #expect(token.status == .cancelled && token.error?.name == "ECANCELED")
    // The host goes on.
    #expect(try await host.kernel("logistic_map")(n: 0) == 0.5)
  }

  @Test func aTaskThatIsCancelledAlreadyRunsNothing() async throws {
    let sleep = try CallHost.shared.kernel("sleep")
    let task = Task {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      return await gather((0..<10).map { _ in try! sleep.call(["seconds": 1_000]) })
    }
    let tokens = await task.value
    #expect(tokens.count == 10 && tokens.allSatisfy { $0.status == .cancelled })
  }

  @Test func tokensComeAsTheyEnd() async throws {
    let sleep = try CallHost.shared.kernel("sleep")
    let calls = try [0.06, 0.02, 0.04].map { try sleep.call(["seconds": .number($0)]) }
    var order: [Int] = []
    for await ended in try tokens(of: calls) {
      #expect(ended.token.ok)
      order.append(ended.call)
    }
    #expect(order == [1, 2, 0])
  }

  /// The two sleepers fill the lane: the call behind them begins only once they have ended.
  @Test(.timeLimit(.minutes(1))) func leavingAStreamEndsItsCalls() async throws {
    let host = try CallHost(printing: .discard, liveLimit: 2)
    let sleep = try host.kernel("sleep")
    let calls = try [0, 1_000, 1_000].map { try sleep.call(["seconds": .number($0)]) }
    for await ended in try tokens(of: calls) {
      #expect(ended.call == 0)
      break
    }
    #expect(try await host.kernel("logistic_map")(n: 0) == 0.5)
  }

  @Test func aHundredThousandGeneratedCalls() async throws {
    let kernel = try CallHost.shared.kernel("logistic_map")
    let tokens = try await gather(kernel, count: 100_000) { call, arguments in
      arguments.set("n", to: 0)
      arguments.set("x0", to: .number(Double(call) / 100_000))
    }
    #expect(tokens.count == 100_000)
    #expect(tokens[77_777].result == .number(77_777.0 / 100_000))
    #expect(tokens.allSatisfy { $0.ok })
  }

  @Test func aSmallWindowServesManyCalls() async throws {
    let host = try CallHost(printing: .discard, liveLimit: 3)
    let kernel = try host.kernel("logistic_map")
    let tokens = try await gather(kernel, count: 1_000) { call, arguments in
      arguments.set("n", to: .integer(Int64(call % 10)))
    }
    #expect(tokens.enumerated().allSatisfy { $1.ok && $1.steps == Int64($0 % 10) + 1 })
  }

  /// Endless calls, in as many lanes as Swift's pool has threads: were the lanes in the pool, or
  /// did a call hold one of its threads, the other tasks would never run.
  @Test(.timeLimit(.minutes(1))) func endlessCallsDelayNoSwiftTask() async throws {
    let count = ProcessInfo.processInfo.activeProcessorCount + 1
    let tasks = try (0..<count).map { _ in
      let endless = try CallHost(printing: .discard).kernel("while_loop_increment")
      return Task { await execCommand { try await endless(incr: 0, max: 1) } }
    }
    let turns = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<100 {
        group.addTask {
          await Task.yield()
          return 1
        }
      }
      return await group.reduce(0, +)
    }
    #expect(turns == 100)
    for task in tasks { task.cancel() }
    for task in tasks { #expect(await task.value.status == .cancelled) }
  }
}

import KernelHost
import Testing

/// Wrong input to the library throws, or costs its call's token, and never ends the process. This
/// file imports the library alone, as its users do.
@Suite struct WrongInputTests {
  @Test func timeouts() throws {
    let kernel = try CallHost.shared.kernel("logistic_map")
    for wrong in [0, -1, -Double.infinity, .nan] {
      #expect(throws: HostError.self) { try kernel.timeout(seconds: wrong) }
    }
    for wrong in [Duration.zero, .seconds(-1), .nanoseconds(-1)] {
      #expect(throws: HostError.self) { try kernel.timeout(wrong) }
    }
    #expect(try kernel.timeout(.milliseconds(20)).timeout == .milliseconds(20))
    #expect(try kernel.timeout(seconds: .infinity).timeout == nil)
    let error = #expect(throws: HostError.self) { try kernel.timeout(seconds: -2.5) }
    #expect(
      error?.description
        == "a timeout must be above 0 seconds; found -2.5; leave it out for no limit")
  }

  @Test func longTimesAreNoLimit() async throws {
    let kernel = try CallHost.shared.kernel("logistic_map").timeout(.seconds(Int64.max))
    #expect(try await kernel(n: 0) == 0.5)
  }

  /// In this process, in a worker, and in a process for each call.
  @Test(arguments: [Isolation.none, .process, .call])
  func wrongArgumentsOfGeneratedCallsCostTheirToken(_ isolation: Isolation) async throws {
    var setup = WorkerSetup()
    setup.isolation = isolation
    let host = try CallHost(LoadedKernels.open(setup), printing: .discard)
    let tokens = try await host.gather(host.kernel("sleep"), count: 6) { call, arguments in
      switch call {
      case 1: arguments.set("seconds", to: -1)
      case 2: arguments.set("second", to: 0)
      case 3: arguments.set(0, to: "soon")
      case 4: arguments.set(9, to: 0)
      default: arguments.set(0, to: 0)
      }
    }
    #expect(tokens.map { $0.ok } == [true, false, false, false, false, true])
    let messages = [
      "argument \"seconds\" must be ", "kernel \"sleep\" has no parameter \"second\"",
      "argument \"seconds\" is a number (f64); found the string \"soon\"",
      "kernel \"sleep\" has no parameter at position 9; its positions are 0 to 0",
    ]
    for (token, message) in zip(tokens[1...], messages) {
      #expect(token.error?.name == "EINVAL" && token.attempts == 0)
      #expect(token.error?.message.hasPrefix(message) == true, "\(token.triple)")
    }
  }

  @Test func aClosureThatSetsOtherArgumentsTheSecondTimeIsToldSo() async throws {
    let host = try CallHost(printing: .discard)
    let tokens = try await host.gather(host.kernel("sha256"), count: 50) { _, arguments in
      let length = Int.random(in: 0...1_000_000)
      arguments.set("text", to: Value(String(repeating: "a", count: length)))
    }
    let wrong = tokens.filter { !$0.ok }
    #expect(wrong.count > 25 && wrong.allSatisfy { $0.error?.name == "EINVAL" })
    #expect(wrong.first?.error?.message.contains("ran a second time") == true)
  }

  @Test func callsOfTwoHosts() async throws {
    let (one, other) = (try CallHost(printing: .discard), try CallHost(printing: .discard))
    let calls = try (0..<10).map { index in
      try (index % 2 == 0 ? one : other).kernel("logistic_map").call(["n": Value(index)])
    }
    await #expect(throws: HostError.self) { try await one.gather(calls) }
    #expect(throws: HostError.self) { try one.tokens(of: calls) }
    #expect(throws: HostError.self) { try tokens(of: calls) }
    let kernel = try other.kernel("logistic_map")
    await #expect(throws: HostError.self) { try await one.gather(kernel, count: 1) { _, _ in } }
    // Each on its host, and in order.
    let all = await gather(calls)
    #expect(all.map { $0.steps } == (1...10).map { Int64($0) })
  }

  @Test func countsAndLimits() async throws {
    let host = try CallHost(printing: .discard)
    let kernel = try host.kernel("logistic_map")
    for count in [-1, Int.min, .max] {
      await #expect(throws: HostError.self) { try await gather(kernel, count: count) { _, _ in } }
      #expect(throws: HostError.self) { try host.tokens(of: kernel, count: count) { _, _ in } }
    }
    #expect(throws: HostError.self) { try host.tokens(of: [], buffering: 0) }
    for wrong in [Int.min, -1, 0] {
      #expect(throws: HostError.self) { try CallHost(lanes: wrong) }
      #expect(throws: HostError.self) { try CallHost(liveLimit: wrong) }
      #expect(throws: HostError.self) { try CallHost(crashLimit: wrong) }
    }
    #expect(throws: HostError.self) { try CallHost(lanes: .max) }
    #expect(throws: HostError.self) { try CallHost(liveLimit: .max) }
    var setup = WorkerSetup()
    for patience in [0, -1, .nan] {
      setup.patience = patience
      #expect(throws: LoadError.self) { try LoadedKernels.open(setup) }
    }
  }

  @Test func nothingIsNoMistake() async throws {
    let host = try CallHost(printing: .discard)
    #expect(try await host.gather([KernelCall]()).isEmpty)
    #expect(await gather([KernelCall]()).isEmpty)
    #expect(try await host.gather(host.kernel("sleep"), count: 0) { _, _ in }.isEmpty)
    for await _ in try tokens(of: []) { Issue.record("a token of no call") }
    for await _ in try host.tokens(of: host.kernel("sleep"), count: 0, arguments: { _, _ in }) {
      Issue.record("a token of no call")
    }
  }

  @Test func errorsSayWhatIsWrong() throws {
    let error = #expect(throws: HostError.self) { try CallHost(plugins: ["/nonexistent/a.so"]) }
    #expect(error?.description.hasPrefix("cannot load plugin \"/nonexistent/a.so\": ") == true)
    let lanes = #expect(throws: HostError.self) { try CallHost(lanes: 0) }
    #expect(lanes?.description == "\"lanes\" must be from 1 to 1,024; found 0")
  }
}

import KernelBridge
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// Inputs that are not those of the journal, and what of an older journal fits a new study.
struct InputTests {
  private static func study(
    _ tasks: String, change: (inout RunOrigin) -> Void = { _ in }
  ) throws -> Study {
    try Study("[\(tasks)]", change: change)
  }

  private static let two = """
    {"name": "a", "kernel": "logistic_map", "sweep": {"r": {"from": 2, "to": 4, "count": 100}}},
    {"kernel": "primes", "args": {"limit": 100}}
    """

  private static func lines(_ now: Study, _ then: Study) -> [String] {
    let comparison = now.run.comparison(with: then.run)
    return comparison.isSame ? [] : Wording.otherInputs("old.kh", comparison)
  }

  @Test func theSameInputsAreTheSame() throws {
    #expect(Self.lines(try Self.study(Self.two), try Self.study(Self.two)).isEmpty)
    // Another machine, or another place, is none of the inputs.
    let moved = try Self.study(Self.two) { origin in
      origin.machine.processor = "another"
      origin.folder = "/elsewhere"
      origin.command = ["host", "x"]
    }
    #expect(Self.lines(moved, try Self.study(Self.two)).isEmpty)
  }

  @Test func eachChangedTaskIsNamed() throws {
    let then = try Self.study(Self.two)
    let lines = Self.lines(
      try Self.study(Self.two.replacing("\"to\": 4", with: "\"to\": 3.9")), then)
    #expect(
      lines == [
        "the journal \"old.kh\" is of other inputs:", "  changed  \"a\", 100 calls",
        "100 calls of 101 would run again; for that use a new journal with --reuse \"old.kh\", or "
          + "restore the inputs",
      ])
    let fewer = Self.lines(try Self.study(#"{"kernel": "primes", "args": {"limit": 100}}"#), then)
    #expect(fewer.contains("  gone     \"a\", 100 calls"))
    #expect(fewer.last?.hasPrefix("0 calls of 1 would") == true)
    let more = Self.lines(
      try Self.study(#"{"name": "z", "kernel": "for_loop", "args": {}},"# + Self.two), then)
    #expect(more.contains("  new      \"z\", 1 call"))
    #expect(more.last?.hasPrefix("1 call of 102 would") == true)
  }

  @Test func anotherTextOfTheSameTasksIsSaidToBeThat() throws {
    let lines = Self.lines(
      try Self.study(Self.two.replacing("100}", with: "100 }")), try Self.study(Self.two))
    #expect(lines.contains { $0.contains("no task does anything else") })
    #expect(lines.last?.hasPrefix("0 calls of 101") == true)
  }

  @Test func anotherHostIsAnotherCodeOfBuiltInKernels() throws {
    let lines = Self.lines(
      try Self.study(Self.two) { $0.build = "b2" }, try Self.study(Self.two))
    #expect(lines.contains { $0.contains("the host has changed") })
    #expect(lines.last?.hasPrefix("101 calls of 101") == true)
  }

  @Test func anotherABIIsRefused() throws {
    let now = try Self.study(Self.two) { $0.abi = "9.9" }
    #expect(Self.lines(now, try Self.study(Self.two)).contains { $0.contains("ABI") })
  }

  @Test func aPluginsContentAndOptionsCountAndNotItsPlace() throws {
    let kernel = KernelSignature(name: "k", isPure: true, origin: "/a/k.c")
    var plugin = PluginOrigin(path: "/a/k.c", isOfCommand: false)
    plugin.kernels = ["k"]
    plugin.compiler = "cc 1"
    plugin.flags = ["-O2"]
    plugin.sources = [.init(path: "/a/k.c", bytes: 3, sha256: "aa")]
    plugin.library = .init(path: "/cache/1.so", bytes: 9, sha256: "01")
    func content(_ change: (inout PluginOrigin) -> Void) -> String {
      var origin = RunOrigin(manifest: nil, source: SourceText(name: "", text: ""), input: .json)
      var changed = plugin
      change(&changed)
      origin.plugins = [changed]
      return origin.content(of: kernel)
    }
    let same = content { _ in }
    #expect(!same.isEmpty)
    // A compiler does not give the same bytes each time.
    #expect(content { $0.library?.sha256 = "02" } == same)
    #expect(content { $0.path = "/b/k.c" } == same)
    #expect(content { $0.flags = ["-O3"] } != same)
    #expect(content { $0.compiler = "cc 2" } != same)
    #expect(content { $0.sources[0].sha256 = "bb" } != same)
    let library = content { $0.sources = [] }
    #expect(
      library != same
        && content { plugin in
          plugin.sources = []
          plugin.library?.sha256 = "02"
        } != library)
  }

  // MARK: Reuse

  /// A journal of the calls of a study, all ended.
  private static func journal(_ study: Study, _ folder: TemporaryFolder) throws -> JournalFolder {
    let ends = try study.tokens().ends
    try study.write([Study.segment(ends.map { .ended($0) })], to: folder)
    return try JournalFolder(reading: folder.path)
  }

  private static func sweep(_ count: Int) throws -> Study {
    try study(
      """
      {"kernel": "logistic_map", "args": {"n": 20},
       "sweep": {"r": {"from": 2.5, "to": 4, "count": \(count)}}}
      """)
  }

  @Test func aRefinedSweepTakesThePointsThatItHasAlready() throws {
    let folder = try TemporaryFolder()
    var reuse = JournalReuse()
    #expect(try reuse.add(Self.journal(try Self.sweep(4), folder)))
    #expect(reuse.count == 4)
    let now = try Self.sweep(10)
    var taken: [JournalEnd] = []
    let count = reuse.match([0..<10], of: now.plan, contents: now.run.contents(of: now.plan)) {
      end, _ in
      taken.append(end)
    }
    #expect(count == 4 && taken.map { $0.call } == [0, 3, 6, 9])
    let fresh = try now.tokens().ends
    for end in taken {
      #expect(end.token.result == fresh[end.call].token.result)
      #expect(end.source == "00000000000000aa")
    }
  }

  /// Of a plan with more calls than can be looked at, those that old records are of are found.
  @Test(
    arguments: [
      (#""r": {"from": 2.5, "to": 4, "count": 1000000000000}"#, [0, 333_333_333_333]),
      (#""r": {"from": 4, "to": 2.5, "count": 1000000000000}"#, [999_999_999_999]),
      (#""n": [19, 20], "r": {"from": 2.5, "to": 4, "count": 3000001}"#, [3_000_001, 4_000_001]),
    ] as [(String, [Int])])
  func aPlanOfVeryManyCallsIsNotLookedThrough(_ sweep: String, _ expected: [Int]) throws {
    let folder = try TemporaryFolder()
    var reuse = JournalReuse()
    #expect(try reuse.add(Self.journal(try Self.sweep(4), folder)))
    let args = sweep.contains("\"n\"") ? "" : #""args": {"n": 20}, "#
    let now = try Self.study("{\"kernel\": \"logistic_map\", \(args)\"sweep\": {\(sweep)}}")
    let plan = now.plan
    let contents = now.run.contents(of: plan)
    var taken: [Int] = []
    let count = reuse.match([0..<plan.callCount], of: plan, contents: contents) { end, _ in
      taken.append(end.call)
    }
    #expect(count == 4)
    for call in expected { #expect(taken.contains(call), "\(taken)") }
  }

  @Test func aCallIsFoundWhereverItStoodButNotOfAnotherCode() throws {
    let folder = try TemporaryFolder()
    var reuse = JournalReuse()
    #expect(try reuse.add(Self.journal(try Self.sweep(4), folder)))
    let call = #"{"kernel": "logistic_map", "args": {"r": 2.50, "n": 20, "x0": 0.5}}"#
    let now = try Self.study("{\"kernel\": \"primes\"}, " + call)
    func count(_ study: Study) -> Int {
      reuse.match([0..<2], of: study.plan, contents: study.run.contents(of: study.plan)) { _, _ in }
    }
    // The default of x0 is written out; another value of it is another call.
    let hasDefault = now.plan.signature(ofCall: 1).parameters.contains {
      $0.name == "x0" && $0.defaultValue == .number(0.5)
    }
    #expect(count(now) == (hasDefault ? 1 : 0))
    #expect(count(try Self.study("{\"kernel\": \"primes\"}, " + call) { $0.build = "b2" }) == 0)
    let other = call.replacing("20", with: "21")
    #expect(count(try Self.study("{\"kernel\": \"primes\"}, " + other)) == 0)
  }
}

import Testing

@testable import KernelHostModel

/// What calls may take, what workers may do, and when calls are tried again.
struct IsolationKeysTests {
  private static func read(_ text: String, _ format: ManifestFormat = .json) -> Manifest {
    let reading = ManifestReader.read(SourceText(name: "m.json", text: text), format: format)
    #expect(reading.diagnostics.errors == [], "\(text)")
    return reading.manifest
  }

  private static func top(_ members: String) -> String { "{\(members), \"tasks\": []}" }
  private static func task(_ members: String) -> String {
    "[{\"kernel\": \"nothing\", \(members)}]"
  }

  // MARK: What is read

  @Test func everything() throws {
    let text = """
      { "isolation": "call", "sandbox": "strict", "plugins": ["lib.so"], "crash_limit": 3,
        "allow": { "read": ["/usr", "data"], "write": ["out"] },
        "limits": { "address_space": "1.5 GiB", "cpu": 60, "core": true },
        "defaults": { "grace": 0.5, "cpu": 0.25, "memory": "64 KiB", "retries": 2 },
        "tasks": [] }
      """
    let manifest = try TestKernels.plan(text).get().manifest
    #expect(manifest.isolation == .call && manifest.sandbox == .strict)
    #expect(manifest.crashLimit == 3 && manifest.plugins.map { $0.plugin.path } == ["lib.so"])
    #expect(manifest.allowed.read == ["/usr", "data"] && manifest.allowed.write == ["out"])
    #expect(manifest.workerLimits.addressSpace == 3 << 29)
    #expect(manifest.workerLimits.processorSeconds == 60 && manifest.workerLimits.allowsCore)
    #expect(
      manifest.defaultLimits
        == CallLimits(
          grace: 0.5, processorSeconds: 0.25, memory: 65536, retries: Retries(times: 2)))
  }

  @Test func nothingSaid() throws {
    let plan = try TestKernels.plan("[{\"kernel\": \"nothing\", \"timeout\": 1}]").get()
    let manifest = plan.manifest
    #expect(plan.limits(ofCall: 0) == .standard && !plan.hasLimits)
    #expect(manifest.sandbox == nil && manifest.crashLimit == nil)
    #expect(manifest.allowed == AllowedPaths() && manifest.workerLimits == WorkerLimits())
    #expect(manifest.limits.isEmpty)
    for text in ["allow", "limits", "defaults"] {
      #expect(TestKernels.complaints(Self.top("\"\(text)\": {}")) == [])
    }
  }

  /// Value for value, whether the defaults stand in front or behind.
  @Test(arguments: [true, false]) func defaults(_ isFirst: Bool) throws {
    let defaults = "\"defaults\": {\"grace\": 2, \"memory\": 1000, \"retries\": 5}"
    let tasks = """
      "tasks": [{"kernel": "nothing"}, {"kernel": "nothing", "grace": 0},
        {"memory": "1 KB", "kernel": "nothing", "grace": 3e0}, {"kernel": "nothing", "retries": 0},
        {"kernel": "nothing", "memory": 7, "retries": {"on": ["crash", "EAGAIN"], "times": 1}}]
      """
    let plan = try TestKernels.plan(
      "{" + (isFirst ? [defaults, tasks] : [tasks, defaults]).joined(separator: ", ") + "}"
    ).get()
    let five = Retries(times: 5)
    let own = Retries(times: 1, statuses: [.crash], names: ["EAGAIN"])
    #expect(
      (0..<5).map { plan.limits(ofCall: $0) } == [
        CallLimits(grace: 2, memory: 1000, retries: five),
        CallLimits(grace: 0, memory: 1000, retries: five),
        CallLimits(grace: 3, memory: 1000, retries: five),
        // Said to undo the defaults.
        CallLimits(grace: 2, memory: 1000, retries: Retries(times: 0)),
        CallLimits(grace: 2, memory: 7, retries: own),
      ])
    #expect(Set(plan.manifest.limits.keys) == [1, 2, 3, 4] && plan.hasLimits)
  }

  @Test func retries() {
    func retries(_ text: String) -> Retries? {
      Self.read(Self.task("\"retries\": \(text)")).limits[0]?.retries
    }
    #expect(retries("1000000") == Retries(times: 1_000_000) && retries("0") == Retries(times: 0))
    #expect(retries("{\"times\": 0}") == Retries(times: 0))
    #expect(retries("{\"times\": 3}") == Retries(times: 3, statuses: [.error, .timeout]))
    #expect(retries("{\"delay\": 0.25, \"t\\u0069mes\": 3}") == Retries(times: 3, delay: 0.25))
    #expect(
      retries("{\"times\": 3, \"on\": [\"E_1\", \"lost\", \"memory\", \"lost\"]}")
        == Retries(times: 3, statuses: [.lost, .memory], names: ["E_1"]))
    // A name in capitals is an error's, even where a status is called so too.
    #expect(
      retries("{\"times\": 1, \"on\": [\"TIMEOUT\", \"error\"]}")
        == Retries(times: 1, statuses: [.error], names: ["TIMEOUT"]))
  }

  @Test func sizes() {
    let sizes: [(String, UInt64)] = [
      ("1", 1), ("9223372036854775807", .init(Int64.max)), ("\"1 B\"", 1), ("\"64 KiB\"", 65536),
      ("\"64KiB\"", 65536), ("\"200 MB\"", 200_000_000), ("\"1.1 GB\"", 1_100_000_000),
      ("\"2 KB\"", 2000), ("\"3 MiB\"", 3 << 20), ("\"1.5 KiB\"", 1536),
      ("\"007 B\"", 7), ("\"1\\u0020KB\"", 1000),
    ]
    for (text, bytes) in sizes {
      #expect(Self.read(Self.task("\"memory\": \(text)")).limits[0]?.memory == bytes, "\(text)")
    }
  }

  @Test func lines() {
    let manifest = Self.read(
      "{\"kernel\": \"a\"}\n{\"kernel\": \"a\", \"memory\": 5}\n{\"kernel\": \"a\"}", .jsonl)
    #expect(manifest.limits == [1: CallLimits(memory: 5)])
    // What a line that broke off said does not go to the next task.
    let broken = SourceText(
      name: "m", text: "{\"memory\": 5, \"retries\": 3, x\n{\"kernel\": \"a\"}\n{\"kernel\": 1")
    let reading = ManifestReader.read(broken, format: .jsonl)
    #expect(reading.diagnostics.total == 3)
    #expect(reading.manifest.tasks.count == 1 && reading.manifest.limits.isEmpty)
  }

  // MARK: What goes together

  @Test func nothingHoldsWithoutProcesses() {
    func says(_ isolation: String) -> [String] {
      TestKernels.complaints(
        """
        {"sandbox": "default",
        "allow": {"read": ["a"]}, "isolation": "\(isolation)",
        "tasks": [{"kernel": "nothing", "memory": 1}, {"kernel": "nothing"}],
        "limits": {"core": false}, "crash_limit": 1,
        "defaults": {"grace": 1, "retries": 1, "memory": "1 GB"}}
        """)
    }
    #expect(says("process") == [] && says("call") == [])
    let places = [
      ("1:13", "sandbox"), ("2:10", "allow"), ("3:43", "memory"), ("4:11", "limits"),
    ]
    #expect(
      says("none")
        == places.map { place, key in
          "\(place): \"\(key)\" needs worker processes, which isolation \"none\" does not use; remove "
            + "it, or use isolation \"process\" or \"call\""
        })
    #expect(
      TestKernels.complaints(
        "{\"isolation\": \"none\", \"sandbox\": \"none\", \"tasks\": [{\"kernel\": \"nothing\", "
          + "\"grace\": 1, \"retries\": 1}]}") == [])
  }

  @Test func modes() {
    for member in ["\"mode\": \"parallel\"", "\"jobs\": 2"] {
      #expect(TestKernels.complaints(Self.top(member)) == [])
    }
  }

  // MARK: Hostile

  /// Any text is a size or is none; a size is never 0.
  @Test func anySize() {
    var random = Random(seed: 11)
    let alphabet = Array("0123456789.. KMGiBbk-+e\u{0}é")
    for _ in 0..<20_000 {
      let text = String((0..<random.below(12)).map { _ in alphabet[random.below(alphabet.count)] })
      if let bytes = ByteSize.parse(text) {
        #expect(bytes > 0 && bytes <= UInt64(Int64.max), "\(text)")
      }
    }
    for text in ["1. KB", ".5 KB", "1  KB", " 1 KB", "1 KB ", "1e3 B", "٣ KB", "1 KB\u{0}", ""] {
      #expect(ByteSize.parse(text) == nil, "\(text)")
    }
    let long = String(repeating: "9", count: 100_000)
    #expect(ByteSize.parse(long + " B") == nil)
    #expect(ByteSize.parse(long + ".5 B") == nil)
    #expect(ByteSize.parse("1 " + long) == nil)
  }

  /// A mistake in each of many tasks is counted, and no more than that.
  @Test func manyMistakes() {
    let one = "{\"kernel\": \"nothing\", \"memory\": \"1 TB\", \"retries\": {\"on\": [\"\"]}}"
    let text = "[" + [String](repeating: one, count: 10_000).joined(separator: ",") + "]"
    guard
      case .failure(let found) = Planner.plan(
        SourceText(name: "m", text: text), catalogue: TestKernels.all)
    else {
      Issue.record("a plan")
      return
    }
    #expect(found.errors.count == 20 && found.total == 30_000)
  }

  /// Tasks with the same retries share them.
  @Test func manyLimits() throws {
    let tasks = (1...50_000).map {
      "{\"kernel\": \"nothing\", \"memory\": \($0), \"retries\": {\"times\": 2, \"on\": [\"EIO\"]}}"
    }
    let plan = try TestKernels.plan("[" + tasks.joined(separator: ",") + "]").get()
    #expect(plan.manifest.limits.count == 50_000)
    for call in [0, 777, 49_999] {
      #expect(
        plan.limits(ofCall: call)
          == CallLimits(
            memory: UInt64(call + 1), retries: Retries(times: 2, statuses: [], names: ["EIO"])))
    }
  }
}

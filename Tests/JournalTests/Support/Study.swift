import Foundation
import KernelBridge
import KernelHost
import KernelHostModel
import KernelHostTestSupport

/// A small study of built-in kernels, and journals of it.
struct Study {
  static let manifest = """
    { "tasks": [
      { "name": "map", "kernel": "logistic_map", "args": { "n": 10 },
        "sweep": { "r": { "from": 2.5, "to": 4, "count": 40 } } },
      { "kernel": "for_loop", "args": { "increment": 0 } },
      { "name": "all", "kernel": "moments", "args": { "values": { "results": "map" } } },
      { "kernel": "logistic_map", "args": { "r": 3.7, "x0": { "result": "all.mean" } } },
      { "kernel": "sha256", "args": { "text": "abc" } } ] }
    """

  let plan: Plan
  let run: JournalRun

  init(
    _ manifest: String = Study.manifest, id: String = "00000000000000aa",
    change: (inout RunOrigin) -> Void = { _ in }
  ) throws {
    let source = SourceText(name: "study.json", text: manifest)
    plan = try Planner.plan(source, catalogue: LoadedKernels.builtIn.catalogue.signatures).get()
    var origin = Run(plan, .builtIn, .init()).origin()
    // Of each build of the tests another one.
    origin.build = "b1"
    change(&origin)
    run = JournalRun(plan, origin: origin, points: [], id: id)
  }

  /// A study of so many calls, whose records are made up.
  init(calls: Int, id: String = "00000000000000aa") throws {
    try self.init(
      """
      [{"kernel": "logistic_map", "sweep": {"r": {"from": 2.5, "to": 4, "count": \(calls)}}}]
      """, id: id)
  }

  /// Runs all calls, and returns the tokens with the results in a format, but for the head.
  func tokens(_ format: Format = .jsonl) throws -> (ends: [JournalEnd], results: String) {
    let folder = try TemporaryFolder()
    var options = Run.Options()
    options.format = format
    options.outputPath = folder.path("results")
    options.warningDescriptor = nil
    options.origin = run.origin
    let watcher = Watcher()
    _ = try Run(plan, .builtIn, options).run([watcher])
    return (watcher.ends, try folder.read("results"))
  }

  private final class Watcher: RunObserver {
    var ends: [JournalEnd] = []
    let wishes = RunWishes(records: true)

    func recorded(_ record: CallRecord) {
      ends.append(JournalEnd(call: record.call, token: record.token, warning: record.warning))
    }
  }

  /// The bytes of a segment.
  static func segment(
    _ records: [JournalRecord], number: Int = 1, run: String = "00000000000000aa",
    hasHead: Bool = true
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    if hasHead {
      JournalFrame.append(
        .segment(
          JournalSegmentHead(
            number: number, run: run, host: "h", process: 1, began: "2026-01-31T12:00:00.000Z")),
        to: &bytes)
    }
    for record in records { JournalFrame.append(record, to: &bytes) }
    return bytes
  }

  /// A record as most are.
  static func end(_ call: Int, _ value: Double = 0.6004794246903715) -> JournalRecord {
    .ended(
      JournalEnd(call: call, token: .ok(.number(value), steps: 1001, seconds: 0.000005512)))
  }

  /// A record of a call that failed.
  static func failed(_ call: Int, _ status: Status = .error) -> JournalRecord {
    .ended(
      JournalEnd(
        call: call,
        token: .failed(
          CallError(status: status, code: -22, name: "EINVAL", message: "n is \(call)"), steps: 3,
          seconds: 0.5)))
  }

  /// Reads a folder in which are these segments.
  func index(_ segments: [[UInt8]]) throws -> JournalIndex {
    let folder = try TemporaryFolder()
    for (number, bytes) in segments.enumerated() {
      try folder.write(bytes, to: Self.name(number + 1))
    }
    return try JournalReader.read(folder.path, of: run)
  }

  static func name(_ number: Int) -> String {
    String(repeating: "0", count: 6 - String(number).count) + "\(number)-0123456789abcdef.jsonl"
  }

  /// Writes run.json and segments into a folder.
  func write(_ segments: [[UInt8]], to folder: TemporaryFolder) throws {
    let opened = try JournalFolder.open(folder.path, run)
    _ = opened.isLocked
    for (number, bytes) in segments.enumerated() {
      try folder.write(bytes, to: Self.name(number + 1))
    }
  }
}

/// Numbers that look random and are the same at each run.
struct Numbers {
  var state: UInt64

  /// Steele and others, Fast splittable pseudorandom number generators, 2014.
  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(max(bound, 1)))
  }
}

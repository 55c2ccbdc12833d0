import CBenchFloor
import KernelBridge

/// A million tasks from a file to a file, and a sweep of as many points: whole processes.
enum ManifestBench {
  private static let count = 1_000_000
  /// CPython's share, for it takes so much longer.
  private static let part = 10

  static func rows(isQuick: Bool) -> [Row] {
    guard let scratch = Scratch() else { return [] }
    defer { scratch.remove() }
    guard
      scratch.write("tasks.json", { file throws(SystemError) in try tasks(count, file) }),
      scratch.write("part.json", { file throws(SystemError) in try tasks(count / part, file) }),
      scratch.write("sweep.json", sweep)
    else { return [] }
    let runs = isQuick ? 3 : 7
    let fromTasks = measure(scratch, "tasks.json", runs, withFloor: true)
    let fromSweep = measure(scratch, "sweep.json", runs, withFloor: false)
    let python = Whole.numbers(["python3", "-c", pythonProgram, scratch.file("part.json")])
    let isWhole = python.count == 2
    let calls = Report.grouped(count)
    let size = (FileFacts(scratch.file("tasks.json"))?.size ?? 0) / 1_000_000
    let asyncio = "asyncio, \(Report.grouped(count / part)) x \(part)"
    return [
      Row(
        name: "\(calls) tasks of \(size) MB to tokens", value: fromTasks.seconds, unit: "s",
        peers: [
          Peer("C", fromTasks.floor),
          Peer(asyncio, isWhole ? python[0] * Double(part) : nil),
        ],
        bars: [.atMost(1, "s", fromTasks.seconds)]),
      memory(
        fromTasks.memory, 300, scratch, "tasks.json",
        [Peer(asyncio, isWhole ? python[1] * Double(part) / 1e6 : nil)]),
      Row(
        name: "a sweep of \(calls) points to tokens", value: fromSweep.seconds, unit: "s",
        bars: [.atMost(0.5, "s", fromSweep.seconds)]),
      memory(fromSweep.memory, 50, scratch, "sweep.json", []),
    ]
  }

  private static func memory(
    _ bytes: Double, _ limit: Double, _ scratch: Scratch, _ name: String,
    _ peers: [Peer]
  ) -> Row {
    var notes: [String] = []
    if let all = ProcessTree.peakMemory(command(scratch, name), scratch) {
      notes.append(
        "all its processes together, shared memory once: \(Report.short(all / 1e6)) MB"
          + " (looked at now and then in a run of its own)")
    }
    return Row(
      name: "  its largest process, at its peak", value: bytes / 1e6, unit: "MB",
      peers: peers, bars: [.atMost(limit, "MB", bytes / 1e6)], notes: notes)
  }

  private static func command(_ scratch: Scratch, _ name: String) -> [String] {
    [Whole.host, scratch.file(name), "--format", "tokens", "-o", scratch.file("tokens")]
  }

  private static func measure(
    _ scratch: Scratch, _ name: String, _ runs: Int, withFloor: Bool
  ) -> (seconds: Double, memory: Double, floor: Double?) {
    var seconds: [Double] = []
    var floors: [Double] = []
    var memory = 0.0
    for _ in 0..<runs {
      if withFloor {
        var calls: UInt64 = 0
        let time = unsafe bench_floor_manifest(scratch.file(name), scratch.file("floor"), &calls)
        if time > 0, calls == count { floors.append(Double(time) / 1e9) }
      }
      guard let run = Whole.run(command(scratch, name)) else { return (.nan, .nan, nil) }
      seconds.append(run.seconds)
      memory = max(memory, run.memory)
    }
    return (median(seconds), memory, floors.isEmpty ? nil : median(floors))
  }

  /// 64 bytes a task, no two of them alike.
  private static func tasks(_ count: Int, _ file: OutputFile) throws(SystemError) {
    try file.write("{\"tasks\":[\n")
    for task in 0..<count {
      let digits = String(100_000 + task % 100_000).dropFirst()
      let r = "\(2 + task / 100_000 % 2).\(digits)"
      let x = "0.\(1 + task / 200_000)"
      try file.write(
        #"{"kernel":"logistic_map","args":{"r":\#(r),"x0":\#(x),"n":1}}"#
          + (task + 1 < count ? ",\n" : "\n]}\n"))
    }
  }

  private static let sweep = """
    {"tasks":[{"kernel":"logistic_map","args":{"n":1,"x0":0.25},
               "sweep":{"r":{"from":2.5,"to":4,"count":\(count)}}}]}

    """

  /// Seconds without the interpreter's start, then bytes at the peak.
  private static let pythonProgram =
    Python.wrapper + """
      import json, os, resource
      async def logistic_map(r, x0, n):
          x = x0
          for _ in range(n):
              x = r * x * (1 - x)
              await asyncio.sleep(0)
          return x
      async def main(tasks):
          return await asyncio.gather(*[exec_command(logistic_map, **t["args"]) for t in tasks])
      start = time.perf_counter()
      with open(sys.argv[1]) as file:
          tasks = json.load(file)["tasks"]
      tokens = asyncio.run(main(tasks))
      with open(os.devnull, "w") as file:
          json.dump(tokens, file)
      print(time.perf_counter() - start)
      print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)

      """
}

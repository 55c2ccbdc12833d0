import CKernelHostBench
import KernelBridge

/// A million tasks from a file to a file, and a sweep of as many points: whole processes.
enum ManifestBench {
  private static let count = 1_000_000
  /// CPython gets a share of the work, because it takes much longer.
  private static let part = 10

  static func rows(isQuick: Bool) -> [Row] {
    guard let scratch = Scratch() else { return [] }
    defer { scratch.remove() }
    guard
      scratch.write("tasks.json", { file throws(SystemError) in try tasks(count, steps: 1, file) }),
      scratch.write("turns.json", { file throws(SystemError) in try tasks(count, steps: 2, file) }),
      scratch.write(
        "part.json", { file throws(SystemError) in try tasks(count / part, steps: 1, file) }),
      scratch.write("sweep.json", sweep(steps: 1)), scratch.write("twice.json", sweep(steps: 2))
    else { return [] }
    let runs = isQuick ? 3 : 7
    let calls = Report.grouped(count)
    let size = (FileFacts(scratch.file("tasks.json"))?.size ?? 0) / 1_000_000
    // The floor comes last, because the memory of this process counts for those that it starts
    // (`Program.Ended.peakMemory`).
    var rows = pair(scratch, "sweep.json", "a sweep of \(calls) points", runs, (0.5, 50))
    rows += pair(scratch, "twice.json", "  by turns, two steps each", runs, nil)
    var whole = pair(scratch, "tasks.json", "\(calls) tasks, a file of \(size) MB", runs, (1, 300))
    whole += pair(scratch, "turns.json", "  by turns, two steps each", runs, nil)
    let python = Whole.numbers(["python3", "-c", pythonProgram, scratch.file("part.json")])
    let isWhole = python.count == 2
    let asyncio = "asyncio, \(Report.grouped(count / part)) x \(part)"
    whole[0].peers = [
      Peer("C", floor(scratch, "tasks.json", runs)),
      Peer(asyncio, isWhole ? python[0] * Double(part) : nil),
    ]
    whole[1].peers = [Peer(asyncio, isWhole ? python[1] * Double(part) / 1e6 : nil)]
    return whole + rows
  }

  /// A file's time and memory. Without limits, there is no bar: calls that are live by turns,
  /// as many as may be at a time, are in memory at the same time.
  private static func pair(
    _ scratch: Scratch, _ name: String, _ what: String, _ runs: Int,
    _ limits: (seconds: Double, megabytes: Double)?
  ) -> [Row] {
    let measured = measure(scratch, name, runs)
    var time = Row(name: what, value: measured.seconds, unit: "s")
    var memory = Row(
      name: "  its largest process, at its peak", value: measured.memory / 1e6, unit: "MB")
    if let limits {
      time.bars = [.atMost(limits.seconds, "s", time.value)]
      memory.bars = [.atMost(limits.megabytes, "MB", memory.value)]
    }
    if let all = ProcessTree.peakMemory(command(scratch, name), scratch) {
      memory.notes = [
        "all its processes, shared memory once: \(Report.short(all / 1e6)) MB"
          + " (sampled in a separate run)"
      ]
    }
    return [time, memory]
  }

  private static func command(_ scratch: Scratch, _ name: String) -> [String] {
    [Whole.host, scratch.file(name), "--format", "tokens", "-o", scratch.file("tokens")]
  }

  private static func measure(
    _ scratch: Scratch, _ name: String, _ runs: Int
  ) -> (seconds: Double, memory: Double) {
    var seconds: [Double] = []
    var memory = 0.0
    for _ in 0..<runs {
      guard let run = Whole.run(command(scratch, name)) else { return (.nan, .nan) }
      seconds.append(run.seconds)
      memory = max(memory, run.memory)
    }
    return (median(seconds), memory)
  }

  private static func floor(_ scratch: Scratch, _ name: String, _ runs: Int) -> Double? {
    var seconds: [Double] = []
    for _ in 0..<runs {
      var calls: UInt64 = 0
      let time = unsafe bench_floor_manifest(scratch.file(name), scratch.file("floor"), &calls)
      if time > 0, calls == count { seconds.append(Double(time) / 1e9) }
    }
    return seconds.isEmpty ? nil : median(seconds)
  }

  /// 64 bytes a task, no two of them alike. The kernel's last step finds that no work is left.
  private static func tasks(_ count: Int, steps: Int, _ file: OutputFile) throws(SystemError) {
    try file.write("{\"tasks\":[\n")
    for task in 0..<count {
      let x = "0.\(String(1_000_000 + task % 1_000_000).dropFirst())"
      try file.write(
        #"{"kernel":"logistic_map","args":{"r":3.7,"x0":\#(x),"n":\#(steps - 1)}}"#
          + (task + 1 < count ? ",\n" : "\n]}\n"))
    }
  }

  private static func sweep(steps: Int) -> String {
    """
    {"tasks":[{"kernel":"logistic_map","args":{"r":3.7,"n":\(steps - 1)},
               "sweep":{"x0":{"from":0,"to":1,"count":\(count)}}}]}

    """
  }

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

import KernelBridge

/// The seed's program, whole processes: `host` on its manifest, and python3.
enum SeedBench {
  static func rows(isQuick: Bool) -> [Row] {
    let folder = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false)
      .dropLast().joined(separator: "/")
    let host = (folder.isEmpty ? "." : folder) + "/host"
    let tasks = [3, 6, 9, 12].map { #"{"kernel":"for_loop","args":{"max":\#($0)}}"# }
    let manifest =
      (environmentVariable("TMPDIR") ?? "/tmp") + "/hostbench-\(UInt64.random(in: 0...(.max))).json"
    do {
      let file = try OutputFile(path: manifest)
      try file.write("{\"tasks\":[\(tasks.joined(separator: ","))]}")
      try file.commit()
    } catch {
      return []
    }
    defer { _ = try? Program.run(["rm", "-f", manifest], errors: .discarded) }
    var hosts: [Double] = []
    var pythons: [Double] = []
    for _ in 0..<(isQuick ? 5 : 11) {
      if let time = Whole.milliseconds([host, manifest]) { hosts.append(time) }
      if let time = Whole.milliseconds(["python3", "-c", program]) {
        pythons.append(time)
      }
    }
    let time = median(hosts)
    var bars = [("at most 20 ms", time <= 20)]
    if !pythons.isEmpty {
      let part = time / median(pythons)
      bars.append(("\(Report.short(part)) of CPython's, at most 0.1", part <= 0.1))
    }
    return [
      Row(
        name: "host on the seed's four tasks, whole process", value: time, unit: "ms", floor: nil,
        python: pythons.isEmpty ? nil : median(pythons), bars: bars)
    ]
  }

  private static let program = """
    import os
    import sys
    import asyncio
    async def for_loop(min=0, increment=1, max=1_000_000):
        for i in range(min, max, increment):
            print("Looping for: {}".format(max))
            print(i)
            await asyncio.sleep(0)
    async def exec_command(fn, *vargs, **kwargs):
        res = None
        err_msg = ""
        token = False
        try:
            res = await fn(*vargs, **kwargs)
            token = True
        except Exception as ex:
            err_msg = ex
        return [res, token, err_msg]
    async def main():
        results = await asyncio.gather(
            exec_command(for_loop, max=3),
            exec_command(for_loop, max=6),
            exec_command(for_loop, max=9),
            exec_command(for_loop, max=12)
        )
        print("All Complete")
        print("Results: {}".format(results))
    if __name__ == "__main__":
        asyncio.run(main())

    """
}

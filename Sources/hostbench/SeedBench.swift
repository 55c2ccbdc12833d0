import Foundation

/// The seed's program, whole processes: `host` on its manifest, and python3.
enum SeedBench {
  static func rows(isQuick: Bool) -> [Row] {
    let host = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("host").path
    let manifest = FileManager.default.temporaryDirectory
      .appendingPathComponent("hostbench-\(ProcessInfo.processInfo.processIdentifier).json")
    let text = #"{"tasks":[3,6,9,12]}"#.replacingOccurrences(
      of: "3,6,9,12",
      with: [3, 6, 9, 12].map { #"{"kernel":"for_loop","args":{"max":\#($0)}}"# }
        .joined(separator: ","))
    guard (try? text.write(to: manifest, atomically: false, encoding: .utf8)) != nil else {
      return []
    }
    defer { try? FileManager.default.removeItem(at: manifest) }
    var hosts: [Double] = []
    var pythons: [Double] = []
    for _ in 0..<(isQuick ? 5 : 11) {
      if let time = Whole.milliseconds(host, [manifest.path]) { hosts.append(time) }
      if let time = Whole.milliseconds("/usr/bin/env", ["python3", "-c", program]) {
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

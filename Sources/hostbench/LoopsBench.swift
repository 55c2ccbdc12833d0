/// The program of the asyncio prototype, as whole processes: `host` on its manifest, and python3.
enum LoopsBench {
  static func rows(isQuick: Bool) -> [Row] {
    let tasks = [3, 6, 9, 12].map { #"{"kernel":"for_loop","args":{"max":\#($0)}}"# }
    guard let scratch = Scratch() else { return [] }
    defer { scratch.remove() }
    guard scratch.write("loops.json", "{\"tasks\":[\(tasks.joined(separator: ","))]}") else {
      return []
    }
    var hosts: [Double] = []
    var pythons: [Double] = []
    for _ in 0..<(isQuick ? 5 : 11) {
      if let time = Whole.run([Whole.host, scratch.file("loops.json")]) {
        hosts.append(time.seconds * 1e3)
      }
      if let time = Whole.run(["python3", "-c", program]) {
        pythons.append(time.seconds * 1e3)
      }
    }
    let time = median(hosts)
    var bars = [Bar.atMost(20, "ms", time)]
    if !pythons.isEmpty {
      bars.append(.ratio(time / median(pythons), of: "CPython's", atMost: 0.1))
    }
    return [
      Row(
        name: "host on four loops, whole process", value: time, unit: "ms",
        peers: [Peer("CPython", pythons.isEmpty ? nil : median(pythons))], bars: bars)
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

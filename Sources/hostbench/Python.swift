import KernelBridge

/// The same work in CPython's asyncio, with the seed's exec wrapper.
enum Python {
  /// Nanoseconds a step by the number of live tasks; empty without python3.
  static func nanosecondsAStep(live: [Int]) -> [Int: Double] {
    let answers = run(stepProgram, live.map(String.init))
    return Dictionary(uniqueKeysWithValues: zip(live, answers))
  }

  static func nanosecondsACall() -> Double? { run(callProgram, []).first }

  /// What concurrent.futures.ProcessPoolExecutor leaves of the same work, in chunks as its
  /// own documentation advises, once one call has crashed.
  static func afterACrash(count: Int) -> (done: Int, lost: Int)? {
    let answers = run(poolProgram, [String(count)])
    return answers.count == 2 ? (Int(answers[0]), Int(answers[1])) : nil
  }

  private static let poolProgram = """
    import ctypes, sys
    from concurrent.futures import ProcessPoolExecutor
    def work(call):
        if call % 100 == 50:
            ctypes.string_at(0)
        return 1.0
    def main(count):
        done = 0
        with ProcessPoolExecutor() as pool:
            try:
                for _ in pool.map(work, range(count), chunksize=100):
                    done += 1
            except Exception:
                pass
        print(done)
        print(count - done)
    if __name__ == "__main__":
        main(int(sys.argv[1]))

    """

  private static func run(_ program: String, _ arguments: [String]) -> [Double] {
    Whole.output(["python3", "-c", program] + arguments)
      .split(separator: "\n").compactMap { Double($0) }
  }

  private static let wrapper = """
    import asyncio, sys, time
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

    """

  private static let stepProgram =
    wrapper + """
      async def count(steps):
          total = 0.0
          for i in range(steps):
              total += i
              await asyncio.sleep(0)
          return total
      async def main(live, steps):
          await asyncio.gather(*[exec_command(count, steps) for _ in range(live)])
      for live in map(int, sys.argv[1:]):
          steps = max(1000000 // live, 1)
          start = time.perf_counter()
          asyncio.run(main(live, steps))
          print((time.perf_counter() - start) * 1e9 / (live * steps))

      """

  private static let callProgram =
    wrapper + """
      async def one(steps=1):
          return 0.0
      async def main(n):
          return await asyncio.gather(*[exec_command(one, steps=1) for _ in range(n)])
      n = 100000
      start = time.perf_counter()
      asyncio.run(main(n))
      print((time.perf_counter() - start) * 1e9 / n)

      """
}

/// Whole processes.
enum Whole {
  /// What a program prints; empty if it cannot be run or fails.
  static func output(_ command: [String]) -> String {
    guard let ended = try? Program.run(command, errors: .discarded), ended.code == 0 else {
      return ""
    }
    return String(decoding: ended.output, as: UTF8.self)
  }

  /// Milliseconds from start to end; nil if it cannot be run or fails.
  static func milliseconds(_ command: [String]) -> Double? {
    let start = ContinuousClock.now
    if output(command).isEmpty { return nil }
    return start.duration(to: .now) / .milliseconds(1)
  }
}

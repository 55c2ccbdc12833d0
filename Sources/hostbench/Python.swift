/// The same work in CPython's asyncio, with the wrapper of the asyncio prototype.
enum Python {
  /// Nanoseconds a step by the number of live tasks, over some `steps` steps each; empty
  /// without python3.
  static func nanosecondsAStep(live: [Int], steps: Int) -> [Int: Double] {
    let numbers = run(stepProgram, [steps] + live)
    return Dictionary(uniqueKeysWithValues: zip(live, numbers))
  }

  /// Nanoseconds a call by the number of gathered ones, over some `calls` calls each.
  static func nanosecondsACall(gathered: [Int], calls: Int) -> [Int: Double] {
    let numbers = run(callProgram, [calls] + gathered)
    return Dictionary(uniqueKeysWithValues: zip(gathered, numbers))
  }

  static func nanosecondsACall() -> Double? {
    nanosecondsACall(gathered: [100_000], calls: 100_000)[100_000]
  }

  /// Counts the results that concurrent.futures.ProcessPoolExecutor returns for the same work after
  /// one call has crashed. It uses chunks, as its documentation advises.
  static func afterACrash(count: Int) -> (done: Int, lost: Int)? {
    let numbers = run(poolProgram, [count])
    return numbers.count == 2 ? (Int(numbers[0]), Int(numbers[1])) : nil
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

  private static func run(_ program: String, _ arguments: [Int]) -> [Double] {
    Whole.numbers(["python3", "-c", program] + arguments.map(String.init))
  }

  static let wrapper = """
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
      for live in map(int, sys.argv[2:]):
          steps = max(int(sys.argv[1]) // live, 1)
          start = time.perf_counter()
          asyncio.run(main(live, steps))
          print((time.perf_counter() - start) * 1e9 / (live * steps))

      """

  private static let callProgram =
    wrapper + """
      async def one(steps=1):
          return 0.0
      async def main(n, times):
          # Without the start and the end of the loop.
          start = time.perf_counter()
          for _ in range(times):
              await asyncio.gather(*[exec_command(one, steps=1) for _ in range(n)])
          return (time.perf_counter() - start) * 1e9 / (n * times)
      for n in map(int, sys.argv[2:]):
          print(asyncio.run(main(n, max(int(sys.argv[1]) // n, 1))))

      """
}

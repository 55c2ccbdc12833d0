import CKernelHostBench
import KernelBridge

/// Measures calls through `host serve`: from C, from Python by `map` and `submit`, and beside them
/// Python's own pools with the same C code.
enum ServeBench {
  static func rows(isQuick: Bool) -> [Row] {
    guard let scratch = Scratch() else { return [] }
    defer { scratch.remove() }
    let library = scratch.file("libpoint.so")
    guard scratch.write("point.c", kernel), scratch.write("rates.py", program),
      scratch.write(
        "kernelhost.py",
        { file throws(SystemError) in
          try file.write(PythonClient.text[...])
        })
    else { return [] }
    _ = Whole.output([Whole.host, "build", scratch.file("point.c"), "-o", library])
    guard scratch.holds("libpoint.so") else {
      Command.complain("serve: no C compiler, so that the kernel cannot be built")
      return []
    }
    let count = isQuick ? 200_000 : 1_000_000
    return [0, 100].flatMap { everyCrash in
      [fromC(library, count, everyCrash)].compactMap { $0 }
        + fromPython(scratch, library, everyCrash == 0 ? count : count / 10, everyCrash)
    }
  }

  private static func label(_ everyCrash: Int) -> String {
    everyCrash == 0 ? "no crash" : "1% crashes"
  }

  private static func fromC(_ library: String, _ count: Int, _ everyCrash: Int) -> Row? {
    // Each crash costs a process.
    let count = everyCrash == 0 ? count : count / 10
    var tokens = 0
    let seconds = unsafe bench_serve(Whole.host, library, count, everyCrash, &tokens)
    guard seconds > 0 else { return nil }
    let rate = Double(count) / seconds
    return Row(
      name: "served calls a second, from C, \(label(everyCrash))", value: rate, unit: "/s",
      bars: [Bar("all \(Report.grouped(count)) tokens", tokens == count)]
        + (everyCrash == 0 ? [.ratio(rate / 500_000, of: "500,000 a second", atLeast: 1)] : []))
  }

  private static func fromPython(
    _ scratch: Scratch, _ library: String, _ count: Int, _ everyCrash: Int
  ) -> [Row] {
    let numbers = Whole.numbers([
      "env", "KERNELHOST=\(Whole.host)", "python3", "-W", "ignore", scratch.file("rates.py"),
      library, "\(count)", "\(everyCrash)",
    ])
    guard numbers.count == 8 else { return [] }
    let peers = [
      Peer("ProcessPool, chunk 1", numbers[2]), Peer("chunk 64", numbers[4]),
      Peer("mp.Pool", numbers[6]),
    ]
    let lost = [numbers[3], numbers[5], numbers[7]].map { Report.grouped(Int($0)) }
    let notes = ["calls that the pools lost: \(lost.joined(separator: ", "))"]
    var bars = [
      Bar.ratio(numbers[0] / numbers[2], of: "chunk 1", atLeast: 20),
      Bar.ratio(numbers[0] / numbers[6], of: "mp.Pool", atLeast: 20),
    ]
    if everyCrash == 0 { bars.append(.ratio(numbers[0] / 1e5, of: "100,000 a second", atLeast: 1)) }
    return [
      Row(
        name: "served calls a second, Python's map, \(label(everyCrash))", value: numbers[0],
        unit: "/s", peers: peers, bars: bars, notes: notes),
      Row(
        name: "served calls a second, Python's submit, \(label(everyCrash))", value: numbers[1],
        unit: "/s", peers: peers),
    ]
  }

  private static let kernel = """
    #include "kernel_host.h"
    static volatile int *volatile nowhere;
    double plain_point(int deadly) { if (deadly) *nowhere = 1; return 1; }
    typedef struct { bool deadly; double y; } point;
    static int point_step(kh_call *call, void *state) {
        point *self = state;
        (void)call;
        self->y = plain_point(self->deadly);
        return KH_DONE;
    }
    KH_KERNEL(point, .flags = KH_PURE | KH_FLAT,
        .params = KH_PARAMS(KH_PARAM(point, deadly, "")),
        .results = KH_RESULTS(KH_RESULT(point, y, "")), .step = point_step);

    """

  /// Prints rates, and behind those of pools how many calls they lost. A pool that has lost calls
  /// gets no more time.
  private static let program = """
    import concurrent.futures, ctypes, multiprocessing, os, sys, time
    from kernelhost import Host
    path, count, every = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    library = ctypes.CDLL(path)
    library.plain_point.restype = ctypes.c_double
    def work(deadly):
        return library.plain_point(deadly)
    def deadly(n):
        return every > 0 and n % every == every // 2
    def rate(n, body):
        start = time.perf_counter()
        done = body()
        print(done / (time.perf_counter() - start))
        return n - done
    def mapped(host, n):
        # A call that crashes ends a map of results.
        calls = host.map("point", deadly=[deadly(i) for i in range(n)], tokens=every > 0)
        return sum(1 for _ in calls)
    def submitted(host, n):
        futures = [host.submit("point", deadly=deadly(i)) for i in range(n)]
        concurrent.futures.wait(futures)
        return n
    def pooled(n, chunk):
        done = 0
        with concurrent.futures.ProcessPoolExecutor() as pool:
            list(pool.map(work, [False] * 4))
            try:
                for _ in pool.map(work, [deadly(i) for i in range(n)], chunksize=chunk):
                    done += 1
            except Exception:
                pass
        return done
    def multi(n):
        done = 0
        # Not ended: after a crash, its end can wait forever for a worker.
        pool = multiprocessing.Pool()
        results = pool.imap(work, [deadly(i) for i in range(n)])
        try:
            for _ in range(n):
                results.next(timeout=1)
                done += 1
        except multiprocessing.TimeoutError:
            pass
        return done
    if __name__ == "__main__":
        few = max(count // (100 if every == 0 else 10), 100)
        with Host([path], print=None) as host:
            mapped(host, 100)
            rate(count, lambda: mapped(host, count))
            rate(few, lambda: submitted(host, few))
        for chunk in (1, 64):
            print(rate(few, lambda: pooled(few, chunk)))
        print(rate(few, lambda: multi(few)), flush=True)
        for child in multiprocessing.active_children():
            child.kill()
        os._exit(0)

    """
}

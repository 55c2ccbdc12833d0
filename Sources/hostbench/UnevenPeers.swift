import CKernelHostBench
import KernelBridge

/// The calls of uneven length as others make them: the same body, compiled by gcc.
struct UnevenPeers {
  private let program: String
  private let library: String
  private let pool: String

  /// Nil: there is no gcc that compiles it. Files go into `scratch`.
  init?(_ scratch: Scratch) {
    program = scratch.file("uneven")
    library = scratch.file("uneven.so")
    pool = scratch.file("pool.py")
    let source = scratch.file("uneven.c")
    guard Folders.program("gcc") != nil,
      scratch.write("uneven.c", Self.head + Self.body + "\n" + Self.main),
      scratch.write("pool.py", Self.poolProgram)
    else { return nil }
    let compile = ["gcc", "-std=c11", "-O2", "-fopenmp", source, "-o"]
    guard Whole.run(compile + [program]) != nil,
      Whole.run(compile + [library, "-shared", "-fPIC"]) != nil
    else { return nil }
  }

  /// Seconds of an OpenMP loop with `schedule(dynamic)`, without the start of its process and
  /// of its threads.
  func openMP(_ work: Work) -> Double? {
    Whole.numbers([program, "\(work.rounds)", "\(work.count)", "\(work.lanes)"]).first
  }

  /// Seconds of concurrent.futures.ProcessPoolExecutor over ctypes, in chunks as its
  /// documentation advises for many short calls, once its processes are there.
  func pool(_ work: Work) -> Double? {
    let chunk = max(work.count / (8 * work.lanes), 1)
    return Whole.numbers([
      "python3", pool, library, "\(work.rounds)", "\(work.count)", "\(work.lanes)", "\(chunk)",
    ]).first
  }

  /// Returns the seconds of GNU parallel with a process for each call. Nil if the program does not
  /// exist, or is another one of that name.
  func parallel(_ work: Work) -> Double? {
    guard Whole.output(["parallel", "--version"]).hasPrefix("GNU parallel") else { return nil }
    let seeds = (0..<work.count).map { "\($0)" }
    return Whole.run(
      ["parallel", "--will-cite", "-j", "\(work.lanes)", program, "\(work.rounds)", ":::"] + seeds
    )?.seconds
  }

  private static var body: String {
    var bytes: [UInt8] = []
    while case let byte = UInt8(bitPattern: bench_uneven_body(UInt64(bytes.count))), byte != 0 {
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let head = """
    #include <omp.h>
    #include <stdint.h>
    #include <stdio.h>
    #include <stdlib.h>

    """

  /// The program makes one call with two arguments, and all calls with three.
  private static let main = """
    uint64_t run(uint64_t seed, uint64_t rounds) {
        return uneven_spin(uneven_rounds(seed, rounds));
    }
    int main(int argc, char **argv) {
        if (argc < 3) return 2;
        uint64_t rounds = strtoull(argv[1], NULL, 10);
        if (argc == 3) {
            printf("%llu\\n", (unsigned long long)run(strtoull(argv[2], NULL, 10), rounds));
            return 0;
        }
        long count = atol(argv[2]);
        omp_set_num_threads(atoi(argv[3]));
        uint64_t *tokens = malloc((size_t)count * sizeof *tokens);
        if (tokens == NULL) return 1;
    #pragma omp parallel
        tokens[0] = 0;
        double start = omp_get_wtime();
    #pragma omp parallel for schedule(dynamic)
        for (long seed = 0; seed < count; seed++) tokens[seed] = run((uint64_t)seed, rounds);
        double elapsed = omp_get_wtime() - start;
        uint64_t all = 0;
        for (long seed = 0; seed < count; seed++) all ^= tokens[seed];
        fprintf(stderr, "%llu\\n", (unsigned long long)all);
        printf("%.9f\\n", elapsed);
        return 0;
    }

    """

  private static let poolProgram = """
    import ctypes, sys, time
    from concurrent.futures import ProcessPoolExecutor
    body = ctypes.CDLL(sys.argv[1]).run
    body.argtypes = [ctypes.c_uint64, ctypes.c_uint64]
    body.restype = ctypes.c_uint64
    rounds, count, lanes, chunk = map(int, sys.argv[2:6])
    def work(call):
        return body(call, rounds)
    def main():
        with ProcessPoolExecutor(lanes) as pool:
            list(pool.map(work, range(lanes * 2)))
            start = time.perf_counter()
            results = list(pool.map(work, range(count), chunksize=chunk))
            print(time.perf_counter() - start)
    if __name__ == "__main__":
        main()

    """
}

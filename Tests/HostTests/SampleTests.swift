import Foundation
import Support
import Testing

/// The sample plugins over libraries that others wrote, against what others say of the same
/// input: CPython's modules, the built-in kernels, or a few lines of Swift.
@Suite struct SampleTests {
  /// Libraries of one sample, and what the host says of calls.
  struct Run {
    let folder: TemporaryFolder
    let library: String

    init(_ sample: PluginSample) throws {
      folder = try TemporaryFolder()
      library = try sample.build(in: folder)
    }

    /// The records of the calls of one kernel or more.
    func records(
      _ calls: [(kernel: String, args: Any)], manifest: [String: Any] = [:]
    ) throws -> [[String: Any]] {
      var manifest = manifest
      manifest["tasks"] = calls.map { ["kernel": $0.kernel, "args": $0.args] }
      try folder.write(Array(try JSONSerialization.data(withJSONObject: manifest)), to: "m.json")
      let run = try HostBinary.run(
        ["--plugin", library, "--format", "jsonl", folder.path("m.json")], folder: folder.path)
      try #require(run.end == .exit(0) || run.end == .exit(1), "\(run.err)")
      let records = try run.out.lines.map { try JSON.object($0) }
      try #require(records.count == calls.count, "\(run.err)")
      return records
    }

    func results(_ calls: [(kernel: String, args: Any)]) throws -> [Any] {
      try records(calls).map { record in
        try #require(record["ok"] as? Bool == true, "\(record)")
        return try #require(record["result"])
      }
    }

    /// The results of calls whose results are objects.
    func objects(_ calls: [(kernel: String, args: Any)]) throws -> [[String: Any]] {
      try results(calls).map { try #require($0 as? [String: Any]) }
    }

    /// A call that fails: the name of its error, the code and the message.
    func failure(
      _ kernel: String, _ args: Any, manifest: [String: Any] = [:]
    ) throws -> (name: String, code: Int, message: String) {
      let record = try #require(try records([(kernel, args)], manifest: manifest).first)
      let error = try #require(record["error"] as? [String: Any], "\(record)")
      return (
        try #require(error["name"] as? String), try #require(error["code"] as? Int),
        try #require(error["message"] as? String)
      )
    }

    /// Arguments that no call is made with.
    func refusal(_ kernel: String, _ args: Any) throws -> String {
      let task: [String: Any] = ["kernel": kernel, "args": args]
      try folder.write(Array(try JSONSerialization.data(withJSONObject: [task])), to: "m.json")
      let run = try HostBinary.run(["--plugin", library, "m.json"], folder: folder.path)
      #expect(run.end == .exit(2), "\(run.out)")
      return run.err
    }
  }

  // MARK: All of them

  /// A newcomer reads one at a glance; both compilers take it without a word.
  @Test(arguments: PluginSample.all) func isShortAndClean(_ sample: PluginSample) throws {
    let text = try String(contentsOfFile: sample.path, encoding: .utf8)
    #expect(text.lines.count <= 60)
    #expect(text.lines.allSatisfy { $0.count <= 100 })
    guard sample.isAvailable else { return }
    for compiler in sample.compilers {
      _ = try sample.build(in: try TemporaryFolder(), compiler: compiler)
    }
  }

  struct Shipped: Sendable, CustomTestStringConvertible {
    let manifest: String
    let sample: PluginSample
    var testDescription: String { manifest }
  }

  static let shipped: [Shipped] = [
    .init(manifest: "zlib.json", sample: .zlib), .init(manifest: "sqlite.json", sample: .sqlite),
    .init(manifest: "fftw.json", sample: .fftw),
    .init(manifest: "openblas.json", sample: .openblas),
    .init(manifest: "counter.json", sample: .counter),
    .init(manifest: "collatz.json", sample: .collatz),
  ].filter { $0.sample.isAvailable }

  /// The manifests as they are, from the root; what Rust makes is put where they look for it.
  @Test(.enabled(if: !shipped.isEmpty, "no sample's library is there"), arguments: shipped)
  func manifestRuns(_ shipped: Shipped) throws {
    let folder = try TemporaryFolder()
    var path = Repository.path + "/Sources/Manifests/" + shipped.manifest
    if shipped.sample.source.hasSuffix(".rs") {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let library = try shipped.sample.build(in: folder)
      try folder.write(
        text.replacingOccurrences(of: "../../.build/libcollatz.so", with: library), to: "m.json")
      path = folder.path("m.json")
    }
    let run = try HostBinary.run(
      [path], environment: ["XDG_CACHE_HOME": folder.path("cache")], folder: Repository.path)
    #expect(run.end == .exit(0), "\(run.err)")
    #expect(run.err == "")
  }

  // MARK: zlib

  /// The bytes that compress2 of the same zlib makes of the whole at once, which CPython's
  /// module turns back into the file.
  private static let deflated = """
    import ctypes, json, sys, zlib
    library = ctypes.CDLL("libz.so.1")
    def deflated(data, level):
        size = ctypes.c_ulong(library.compressBound(ctypes.c_ulong(len(data))))
        buffer = ctypes.create_string_buffer(size.value)
        assert library.compress2(buffer, ctypes.byref(size), data, ctypes.c_ulong(len(data)), level) == 0
        assert zlib.decompress(buffer.raw[:size.value]) == data
        return size.value
    print(json.dumps([[len(data), deflated(data, level), zlib.crc32(data)]
        for data in [open(path, "rb").read() for path in sys.argv[1:]] for level in (1, 6, 9)]))
    """

  @Test(
    .enabled(if: PluginSample.zlib.isAvailable, Comment(rawValue: PluginSample.zlib.why)),
    .enabled(if: Python.path != nil, Comment(rawValue: Python.why)))
  func zlibAgreesWithPython() throws {
    let run = try Run(.zlib)
    // What does not compress fills zlib's output again and again.
    var random = SystemRandomNumberGenerator()
    let noise = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    try run.folder.write(noise, to: "noise")
    try run.folder.write("", to: "empty")
    let paths =
      ["README.md", "include/kernel_host.h"].map { "\(Repository.path)/\($0)" }
      + ["noise", "empty"].map { run.folder.path($0) }
    let python = try Child(try #require(Python.path), ["-c", Self.deflated] + paths).finish()
    try #require(python.end == .exit(0), "\(python.err)")
    let expected = try #require(try JSON.array(python.out) as? [[Int]])
    for window in [1_000, 65_536, 1 << 24] {
      var calls: [(kernel: String, args: Any)] = []
      for path in paths {
        for level in [1, 6, 9] {
          calls.append(("zlib_deflate", ["path": path, "level": level, "window": window]))
        }
      }
      for (result, wanted) in zip(try run.objects(calls), expected) {
        let numbers = ["bytes_in", "bytes_out", "crc32"].map { result[$0] as? Int }
        #expect(numbers == wanted)
        // Near, since Foundation reads some decimals an ulp off.
        #expect(isNear([result["ratio"]], [Double(wanted[0]) / Double(wanted[1])]))
      }
    }
  }

  @Test(.enabled(if: PluginSample.zlib.isAvailable, Comment(rawValue: PluginSample.zlib.why)))
  func zlibRefuses() throws {
    let run = try Run(.zlib)
    let missing = try run.failure("zlib_deflate", ["nowhere"])
    #expect(missing.name == "ENOENT")
    #expect(missing.message == "nowhere: No such file or directory")
    #expect(try run.failure("zlib_deflate", [run.folder.path]).name == "EISDIR")
    #expect(try run.failure("zlib_deflate", ["m.json\0hidden"]).name == "EINVAL")
    #expect(try run.refusal("zlib_deflate", [String: Any]()).contains("path"))
    #expect(try run.refusal("zlib_deflate", ["m.json", 10]).contains("from 1 to 9"))
    #expect(try run.refusal("zlib_deflate", ["m.json", 6, 0]).contains("window"))
  }

  // MARK: SQLite

  /// Makes a database, asks it, and makes a mistake; then locks it and runs a command.
  private static let asked = """
    import json, sqlite3, subprocess, sys
    connection = sqlite3.connect(sys.argv[1])
    connection.execute("create table t(a, b)")
    connection.executemany("insert into t values(?, ?)", [(i * 1.5 - 7, str(i)) for i in range(5000)])
    connection.commit()
    queries = json.loads(sys.argv[2])
    answers = []
    for query in queries:
        try: answers.append([row[0] for row in connection.execute(query)])
        except sqlite3.Error as error: answers.append(str(error))
    connection.execute("begin exclusive")
    locked = subprocess.run(sys.argv[3:], capture_output=True, text=True)
    print(json.dumps([answers, locked.stdout]))
    """

  @Test(
    .enabled(if: PluginSample.sqlite.isAvailable, Comment(rawValue: PluginSample.sqlite.why)),
    .enabled(if: Python.path != nil, Comment(rawValue: Python.why)))
  func sqliteAgreesWithPython() throws {
    let run = try Run(.sqlite)
    let queries = [
      "select a from t where a < 100 order by b desc", "select b, a from t",
      "select count(*), sum(a) from t", "select a from t where 0", "select 1.5;  \n",
      "with recursive n(i) as (select 1 union all select i+1 from n where i < 9) select i from n",
      "select a from no_such_table", "selec 1", "select no_such_column from t",
      "select abs(-9223372036854775808) from t",
    ]
    let database = run.folder.path("t.db")
    let locked = #"[{"kernel": "sqlite_query", "args": ["t.db", "select a from t"]}]"#
    try run.folder.write(locked, to: "locked.json")
    let list = String(decoding: try JSONSerialization.data(withJSONObject: queries), as: UTF8.self)
    let python = try Child(
      try #require(Python.path),
      ["-c", Self.asked, database, list, HostBinary.path, "--plugin", run.library]
        + ["--format", "tokens", "locked.json"], folder: run.folder.path
    ).finish()
    try #require(python.end == .exit(0), "\(python.err)")
    let answers = try JSON.array(python.out)
    #expect(
      answers[1] as? String == "[null, false, \"SQLITE_BUSY: database is locked\"]\n")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: database))
    let records = try run.records(queries.map { ("sqlite_query", [database, $0]) })
    for (record, answer) in zip(records, try #require(answers[0] as? [Any])) {
      if let rows = answer as? [Any] {
        let wanted = rows.map { ($0 as? Double) ?? Double("\($0)") }
        let result = try #require(record["result"] as? [String: Any], "\(record)")
        #expect(result["rows"] as? Int == wanted.count)
        #expect(result["first"] as? [Double] == wanted)
      } else {
        let error = try #require(record["error"] as? [String: Any], "\(record)")
        #expect(error["name"] as? String == "SQLITE_ERROR")
        #expect(error["code"] as? Int == -4096 - 1)
        #expect(error["message"] as? String == answer as? String)
      }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: database)) == bytes)
  }

  @Test(.enabled(if: PluginSample.sqlite.isAvailable, Comment(rawValue: PluginSample.sqlite.why)))
  func sqliteRefuses() throws {
    let run = try Run(.sqlite)
    let missing = try run.failure("sqlite_query", [run.folder.path("nowhere.db"), "select 1"])
    #expect(missing.name == "SQLITE_CANTOPEN")
    #expect(missing.code == -4096 - 14)
    #expect(missing.message == "unable to open database file")
    #expect(!FileManager.default.fileExists(atPath: run.folder.path("nowhere.db")))
    try run.folder.write(String(repeating: "no database ", count: 100), to: "text.db")
    let text = try run.failure("sqlite_query", ["text.db", "select * from t"])
    #expect(text.name == "SQLITE_NOTADB")
    // What writes is refused before it can: without a sandbox, too.
    for query in [
      "", "-- nothing", "create table t(a)", "vacuum into 'copy.db'", "attach 'x.db' as x",
      "pragma journal_mode = wal", "select 1; select 2", "begin",
    ] {
      let refused = try run.failure(
        "sqlite_query", [":memory:", query], manifest: ["sandbox": "none"])
      #expect(refused.name == "EINVAL", "\(query)")
    }
    #expect(try run.folder.names.filter { $0.hasSuffix(".db") } == ["text.db"])
    // A declared code that nobody declared.
    let other = try run.failure("sqlite_query", [":memory:", "select zeroblob(2000000000)"])
    #expect(other.code == -4096 - 18)
    #expect(other.message.contains("string or blob too big"))
  }

  /// A step that takes long is stopped inside SQLite; a sort beyond its cache needs no file.
  @Test(.enabled(if: PluginSample.sqlite.isAvailable, Comment(rawValue: PluginSample.sqlite.why)))
  func sqliteKeepsToItsLimits() throws {
    let run = try Run(.sqlite)
    let numbers = "with recursive n(i) as (select 1 union all select i+1 from n"
    let endless = "\(numbers)) select max(i) from n"
    let late = try run.failure(
      "sqlite_query", [":memory:", endless],
      manifest: ["defaults": ["timeout": 0.2, "grace": 20] as [String: Any]])
    #expect(late.name == "ETIMEDOUT")
    let sorted = "\(numbers) where i < 50000) select i from n order by hex(randomblob(50))"
    let result = try #require(try run.objects([("sqlite_query", [":memory:", sorted])]).first)
    #expect(Set(try #require(result["first"] as? [Double])).count == 50_000)
    let large = try run.failure(
      "sqlite_query", [":memory:", "\(numbers)) select i from n"],
      manifest: ["defaults": ["memory": "8 MiB"]])
    #expect(large.name == "ENOMEM")
  }

  // MARK: FFTW and OpenBLAS

  private func numbers(_ count: Int) -> [Double] {
    (0..<count).map { _ in Double.random(in: -1...1) }
  }

  private func isNear(_ one: Any?, _ other: [Double]) -> Bool {
    guard let one = one as? [Double], one.count == other.count else { return false }
    return zip(one, other).allSatisfy { abs($0 - $1) <= 1e-9 }
  }

  @Test(.enabled(if: PluginSample.fftw.isAvailable, Comment(rawValue: PluginSample.fftw.why)))
  func fftwAgreesWithFFT() throws {
    let run = try Run(.fftw)
    for length in [1, 2, 8, 1024, 4096] {
      for inverse in [false, true] {
        let args: [Any] = [numbers(length), numbers(length), inverse]
        let pair = try run.objects([("fft", args), ("fftw_transform", args)])
        for part in ["real", "imag"] {
          #expect(isNear(pair[1][part], try #require(pair[0][part] as? [Double])))
        }
      }
    }
    let halves = try run.objects([("fft", [numbers(64)]), ("fftw_transform", [[Double]()])])
    #expect(halves[1]["real"] as? [Double] == [])
    // A length that the built-in kernel does not take, by the definition of the transform.
    let (real, imag) = (numbers(21), numbers(21))
    let odd = try #require(try run.objects([("fftw_transform", [real, imag])]).first)
    var (wantedReal, wantedImag) = ([Double](), [Double]())
    for k in 0..<21 {
      var (sumReal, sumImag) = (0.0, 0.0)
      for n in 0..<21 {
        let angle = -2 * Double.pi * Double(k * n % 21) / 21
        sumReal += real[n] * cos(angle) - imag[n] * sin(angle)
        sumImag += real[n] * sin(angle) + imag[n] * cos(angle)
      }
      wantedReal.append(sumReal)
      wantedImag.append(sumImag)
    }
    #expect(isNear(odd["real"], wantedReal) && isNear(odd["imag"], wantedImag))
    let wrong = try run.failure("fftw_transform", [[1, 2, 3], [1]])
    #expect(wrong.name == "EINVAL")
    #expect(wrong.message == "real has 3 elements and imag 1")
    #expect(try run.failure("fftw_transform", [[], [1]] as [[Int]]).name == "EINVAL")
  }

  @Test(
    .enabled(if: PluginSample.openblas.isAvailable, Comment(rawValue: PluginSample.openblas.why)))
  func openblasAgreesWithMatmul() throws {
    let run = try Run(.openblas)
    // A block is 64 rows.
    for (rows, inner, columns) in [(1, 1, 1), (3, 5, 2), (64, 10, 3), (65, 7, 9), (130, 70, 33)] {
      let args: [Any] = [numbers(rows * inner), numbers(inner * columns), rows, inner, columns]
      let records = try run.records([("matmul", args), ("openblas_dgemm", args)])
      #expect(isNear(records[1]["result"], try #require(records[0]["result"] as? [Double])))
      #expect(records[1]["steps"] as? Int == (rows + 63) / 64)
    }
    let wrong = try run.failure("openblas_dgemm", [[1, 2], [1], 2, 2, 1])
    #expect(wrong.name == "EINVAL")
    #expect(wrong.message == "expected 4 elements of a and 2 of b, found 2 and 1")
    let most = Int(Int32.max)
    #expect(try run.failure("openblas_dgemm", [[1], [1], most, most, most]).name == "EINVAL")
    #expect(try run.refusal("openblas_dgemm", [[1], [1], 0, 1, 1]).contains("rows"))
  }

  // MARK: C++ and Rust

  @Test(.enabled(if: PluginSample.counter.isAvailable, Comment(rawValue: PluginSample.counter.why)))
  func counterAgreesWithADictionary() throws {
    let run = try Run(.counter)
    let readme = try String(contentsOfFile: Repository.path + "/README.md", encoding: .utf8)
    let texts = [readme, "", " \n ", "b a a b", "x\0y z x\0y", "ä ö ä"]
    for (text, result) in zip(texts, try run.objects(texts.map { ("counter", [$0]) })) {
      var counts: [String: Int] = [:]
      for word in text.utf8.split(whereSeparator: { [9, 10, 13, 32].contains($0) }) {
        counts[String(decoding: word, as: UTF8.self), default: 0] += 1
      }
      let most = counts.values.max() ?? 0
      #expect(result["words"] as? Int == counts.values.reduce(0, +))
      #expect(result["distinct"] as? Int == counts.count)
      #expect(result["most"] as? Int == most)
      #expect(result["word"] as? String == counts.filter { $0.value == most }.keys.min() ?? "")
    }
    // An exception of the container is the call's error, and the worker lives.
    let text = (0..<500_000).map { "word\($0)" }.joined(separator: " ")
    let record = try run.records(
      [("counter", [text]), ("counter", ["a b a"])],
      manifest: ["limits": ["address_space": "32 MiB"]])
    let error = record[0]["error"] as? [String: Any]
    #expect(error?["message"] as? String == "no memory to count in", "\(record[0])")
    #expect(record[1]["ok"] as? Bool == true)
    #expect(record[1]["attempts"] as? Int == 1)
  }

  @Test(.enabled(if: PluginSample.collatz.isAvailable, Comment(rawValue: PluginSample.collatz.why)))
  func collatzAgreesWithSwift() throws {
    let run = try Run(.collatz)
    let starts = Array(1...300) + [837_799]
    for (start, result) in zip(starts, try run.objects(starts.map { ("collatz", [$0]) })) {
      var (n, steps, highest) = (start, 0, start)
      while n != 1 {
        n = n % 2 == 0 ? n / 2 : 3 * n + 1
        steps += 1
        highest = max(highest, n)
      }
      #expect(result["steps"] as? Int == steps)
      #expect(result["highest"] as? Int == highest)
    }
    #expect(try run.failure("collatz", [Int.max]).name == "EOVERFLOW")
    #expect(try run.refusal("collatz", [0]).contains("at least 1"))
    let kernels = try HostBinary.run(["kernels", "collatz", "--plugin", run.library])
    #expect(kernels.out.contains("n: i64 (required), at least 1"))
    #expect(kernels.out.contains("pure, flat"))
  }
}

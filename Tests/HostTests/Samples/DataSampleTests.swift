import Foundation
import KernelHostTestSupport
import Testing

/// The samples that read data, against CPython's own modules.
@Suite struct DataSampleTests {
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
    let run = try SampleRun(.zlib)
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
    let run = try SampleRun(.zlib)
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
    let run = try SampleRun(.sqlite)
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
    let run = try SampleRun(.sqlite)
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
    let run = try SampleRun(.sqlite)
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
}

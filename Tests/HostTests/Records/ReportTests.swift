import Foundation
import KernelHostTestSupport
import Testing

/// `host report`: the page by its text; `Tests/Browser` opens it.
struct ReportTests {
  static let records = """
    {"call":0,"task":"a","kernel":"k","point":{"r":1.5},"result":2,"ok":true,"status":"ok","error":null,"attempts":1,"steps":3,"seconds":0.5,"lane":0,"start":0.25}
    {"call":1,"task":null,"kernel":"k","result":null,"ok":false,"status":"error","error":{"code":-22,"name":"EINVAL","message":"no"},"attempts":1,"steps":0,"seconds":0.0,"lane":null,"start":null}

    """

  struct Made {
    let folder: TemporaryFolder
    let outcome: Outcome

    init(_ records: [UInt8], _ arguments: String..., name: String = "r.jsonl") throws {
      folder = try TemporaryFolder()
      try folder.write(records, to: name)
      outcome = try HostBinary.run(
        ["report", name, "-o", "run.html"] + arguments, folder: folder.path)
    }

    init(_ records: String) throws { try self.init(Array(records.utf8)) }

    /// What the script of the page reads.
    var data: [String: Any] {
      get throws {
        #expect(outcome.end == .exit(0), "\(outcome.err)")
        let page = try folder.read("run.html")
        let text = try #require(page.firstRange(of: #"id="data">"#))
        let rest = page[text.upperBound...]
        let end = try #require(rest.firstRange(of: "</script>"))
        return try JSON.object(String(rest[..<end.lowerBound]))
      }
    }

    var notes: String { get throws { (try data["notes"] as? [String] ?? []).joined() } }
  }

  /// A record may name any lane, and be of any number of attempts: it costs nothing.
  @Test(arguments: [-5, -1, 20_000_000, Int.max, .min])
  func anyLaneCostsNothing(_ lane: Int) throws {
    let record =
      #"{"call":0,"kernel":"k","status":"ok","attempts":9223372036854775807,"steps":9223372036854775807,"#
      + #""seconds":1,"start":0.5,"lane":\#(lane)}"# + "\n"
    let made = try Made(record + record)
    #expect(try made.data["lanes"] as? [Int] == [lane])
    let picture = try HostBinary.run(
      ["report", "r.jsonl", "-o", "run.svg"], folder: made.folder.path)
    #expect(picture.end == .exit(0), "\(picture.err)")
    #expect(try made.folder.read("run.svg").contains(">lane \(lane)<"))
  }

  @Test func countsAndText() throws {
    let made = try Made(Self.records)
    #expect(made.outcome.out == "" && made.outcome.err == "")
    #expect(try made.folder.names == ["r.jsonl", "run.html"])
    let data = try made.data
    #expect(data["calls"] as? Int == 2)
    let counts = try #require(data["counts"] as? [Int])
    #expect(counts.prefix(2) == [1, 1] && counts.dropFirst(2).allSatisfy { $0 == 0 })
    #expect(counts.count == (data["statuses"] as? [String])?.count)
    #expect(data["timed"] as? Int == 1)
    #expect(data["last"] as? Double == 0.75)
    let runs = data["runs"] as? [[String: Any]]
    #expect(runs?.count == 1 && runs?.first?["records"] as? String == "r.jsonl")
    let failures = try #require(data["failures"] as? [[String: Any]])
    #expect(failures.count == 1 && failures[0]["error"] as? String == "EINVAL: no")
    let page = try made.folder.read("run.html")
    #expect(page.hasPrefix("<!doctype html>") && page.contains("<title>r.jsonl</title>"))
    #expect(!page.contains(#/(src|href)="(?!#)/#), "it refers to something")
    #expect(!page.contains("<!--"), "a mark is left")
  }

  @Test func recordsOfARealRun() throws {
    let run = try Invocation(Sample.mixed, "--format", "jsonl", "-o", "r.jsonl")
    let report = try HostBinary.run(
      ["report", "r.jsonl", "-o", "run.html", "--title", "a <b> & \"c\""], folder: run.folder.path)
    #expect(report.end == .exit(0), "\(report.err)")
    let page = try run.folder.read("run.html")
    #expect(page.contains("<title>a &lt;b&gt; &amp; &quot;c&quot;</title>"))
    #expect(page.contains("EINVAL: increment must not be 0"))
  }

  /// The policy allows this style and this script, and nothing else whatever.
  @Test func policyNamesTheHashes() throws {
    let made = try Made(Self.records)
    let page = try made.folder.read("run.html")
    #expect(page.contains("default-src 'none'; style-src 'sha256-"))
    #expect(!page.contains("unsafe-inline"))
  }

  @Test(.enabled(if: Python.path != nil, "the hashes are held against Python's"))
  func policyHasTheRightHashes() throws {
    let made = try Made(Self.records)
    let python = try #require(Python.path)
    let script = """
      import base64, hashlib, re, sys
      page = open(sys.argv[1], encoding="utf-8", newline="").read()
      style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
      script = re.search(r"<script>(.*?)</script>", page, re.S)[1]
      for part in (style, script):
          hash = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
          assert f"'sha256-{hash}'" in page, hash
      """
    let outcome = try Child(python, ["-c", script, made.folder.path("run.html")]).finish()
    #expect(outcome.end == .exit(0), "\(outcome.err)")
  }

  @Test func hostileTextsEndNothing() throws {
    let hostile =
      #"</script><script>x</script><!--title--><img src=x onerror=y>\"'\u0000\u2028\u202e"#
    let record =
      "{\"call\":0,\"task\":\"\(hostile)\",\"kernel\":\"\(hostile)\",\"point\":{\"\(hostile)\":\"\(hostile)\"},"
      + "\"result\":\"\(hostile)\",\"status\":\"crash\",\"error\":{\"code\":0,\"name\":\"\(hostile)\","
      + "\"message\":\"\(hostile)\"},\"seconds\":\"NaN\",\"start\":\"Infinity\",\"lane\":3,\"warning\":\"\(hostile)\"}\n"
    let made = try Made(record)
    let page = try made.folder.read("run.html")
    #expect(page.components(separatedBy: "<script").count == 3)
    #expect(!page.contains("<img"))
    #expect(try (made.data["texts"] as? [String] ?? []).contains { $0.hasPrefix("</script>") })
    #expect(try made.data["timed"] as? Int == 0)
  }

  @Test func longTextsAreCut() throws {
    let text = String(repeating: "ü", count: 500_000)
    let lines = (0..<20).map {
      "{\"call\":\($0),\"kernel\":\"k\",\"result\":[\(String(repeating: "1,", count: 50_000))\($0)],"
        + "\"status\":\"error\",\"error\":{\"code\":1,\"name\":\"\",\"message\":\"\(text)\($0)\"}}\n"
    }
    let made = try Made(lines.joined())
    let texts = try #require(made.data["texts"] as? [String])
    #expect(texts.contains { $0.hasSuffix("... (1,000,001 bytes in all)") })
    #expect(texts.allSatisfy { $0.utf8.count < 2100 })
    // The curves of the first arrays, of 50,001 numbers each, are most of it.
    #expect(try made.folder.read("run.html").utf8.count < 1_000_000)
    #expect(try made.notes.contains("11 arrays have no curve"))
  }

  @Test(arguments: [
    #"{"call":7,"kernel":"k","status":"o"#, #"{"call":7,"kernel":"k","status":"ok","seconds":0."#,
    #"{"call":7,"kernel":"k","status":"ok","error":nul"#, #"{"ca"#, "{",
    #"{"call":7,"kernel":"k","task":"\u00"#,
  ])
  func lastLineThatIsCutOff(_ rest: String) throws {
    let made = try Made(Self.records + rest)
    #expect(try made.data["calls"] as? Int == 2)
    #expect(try made.notes.contains("incomplete"))
    // Alone, too.
    #expect(try Made(rest).data["calls"] as? Int == 0)
  }

  @Test func severalRunsAndParts() throws {
    let twice = try Made(Self.records + Self.records)
    #expect(try twice.data["calls"] as? Int == 4)
    #expect(try twice.notes.contains("2 records have the call number"))
    let part = try Made(#"{"call":9,"kernel":"k","status":"ok"}"# + "\n")
    #expect(try part.notes.contains("9 of the calls 0 to 9 have no record"))
    let far = try Made(#"{"call":4611686018427387902,"kernel":"k","status":"ok"}"# + "\n")
    #expect(try far.data["calls"] as? Int == 1)
  }

  @Test func emptyFile() throws {
    for text in ["", "\n", " \n\r\n"] {
      #expect(try Made(text).data["calls"] as? Int == 0)
      #expect(try Made(text).notes.contains("no records"))
    }
  }

  /// The counts are of all; what is left out of the table is told.
  @Test func moreCallsThanRows() throws {
    let lines = (0..<130_000).map {
      $0 % 1000 == 0
        ? #"{"call":\#($0),"kernel":"k","status":"crash","error":null,"lane":0,"start":\#($0)}"#
        : #"{"call":\#($0),"kernel":"k","result":\#($0),"status":"ok","seconds":1.0,"lane":0,"start":\#($0)}"#
    }
    let data = try Made(lines.joined(separator: "\n")).data
    #expect(data["calls"] as? Int == 130_000)
    #expect((data["counts"] as? [Int])?[2] == 130)
    #expect(data["okStride"] as? Int == 2)
    #expect(data["failureStride"] as? Int == 1)
    #expect(data["rows"] as? Int == 130 + 129_870 / 2)
    let fields = try #require(data["fields"] as? [[String: Any]])
    #expect(fields[0]["count"] as? Int == 129_870 && fields[0]["most"] as? Double == 129_999)
    #expect((data["bins"] as? [Any])?.count == 2)
  }
}

extension Outcome {
  /// The commands' errors are one kind: exit code, and words.
  func expect(_ code: Int32, _ words: String...) {
    #expect(end == .exit(code), "\(err)")
    #expect(out == "")
    for word in words { #expect(err.contains(word), "expected \(word) in: \(err)") }
    #expect(standardError.count < 5000)
  }
}

/// What `host report` refuses, and what it leaves alone then.
struct ReportRefusalTests {
  private func refuse(_ records: [UInt8], _ words: String...) throws {
    let made = try ReportTests.Made(records)
    made.outcome.expect(2)
    for word in words + ["--format jsonl"] {
      #expect(made.outcome.err.contains(word), "expected \(word) in: \(made.outcome.err)")
    }
    #expect(try made.folder.names == ["r.jsonl"])
  }

  @Test(arguments: [
    ("hello\n", "r.jsonl:1:1"), ("hello", "r.jsonl:1:1"), ("[null, true, \"\"]\n", "r.jsonl:1:1"),
    ("{}\n", "\"call\""), ("{}", "\"call\""), (#"{"call":0,"status":"ok"}"#, "\"kernel\""),
    (#"{"call":-1,"kernel":"k","status":"ok"}"#, "an integer"),
    (#"{"call":0,"kernel":5,"status":"ok"}"#, "a text"),
    (#"{"call":0,"kernel":"k","status":"fine"}"#, "one of ok, error"),
    (#"{"call":0,"kernel":"k","status":"ok","seconds":[1]}"#, "seconds"),
    (#"{"call":0,"kernel":"k","status":"ok"} x"#, "r.jsonl:1:39"),
    ("{\"metadata\":null,\"calls\":[\n{\"call\":0}]}\n", "r.jsonl:1:"),
    ("call,task,kernel\n0,,k\n", "r.jsonl:1:1"),
  ])
  func whatIsNoRecord(_ text: String, _ word: String) throws {
    try refuse(Array(text.utf8), word)
    // Behind a sound one it has another place.
    if word.hasPrefix("r.jsonl:1"), !text.hasPrefix("{\"meta") {
      let place = word.replacing("jsonl:1", with: "jsonl:3")
      try refuse(Array((ReportTests.records + text).utf8), place)
    }
  }

  @Test func bytesThatAreNoText() throws {
    try refuse([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1], "binary")
    try refuse([0x1F, 0x8B, 8, 0, 0, 0], "compressed")
    try refuse([0xFF, 0xFE, 0x7B, 0], "UTF-16")
    try refuse([0xEF, 0xBB, 0xBF] + Array(ReportTests.records.utf8), "byte order mark")
    try refuse(
      Array("{\"call\":0,\"kernel\":\"".utf8) + [0xFF] + Array("\"}\n".utf8), "r.jsonl:1:21")
    try refuse(Array(String(repeating: "[", count: 100_000).utf8), "512")
  }

  @Test func cutInTheMiddle() throws {
    try refuse(Array(("{\"call\":0,\"ker\n" + ReportTests.records).utf8), "r.jsonl:1:")
  }

  @Test func unwritable() throws {
    let folder = try TemporaryFolder()
    try folder.write(ReportTests.records, to: "r.jsonl")
    for path in ["no/such/run.html", "/dev/full", ".", "r.jsonl/x"] {
      let run = try HostBinary.run(["report", "r.jsonl", "-o", path], folder: folder.path)
      run.expect(3, path)
    }
    #expect(try folder.names == ["r.jsonl"])
  }

  @Test func commandLine() throws {
    let folder = try TemporaryFolder()
    try folder.write(ReportTests.records, to: "r.jsonl")
    func report(_ arguments: String...) throws -> Outcome {
      try HostBinary.run(["report"] + arguments, folder: folder.path)
    }
    try report("-o", "x.html").expect(2, "no records")
    try report("r.jsonl").expect(2, "-o run.html")
    try report("r.jsonl", "r.jsonl", "-o", "x.html").expect(2, "given twice")
    try report("r.jsonl", "-", "-o", "x.svg").expect(2, "timeline of one run")
    try report("none.jsonl", "-o", "x.html").expect(2, "none.jsonl", "No such file")
    try report(".", "-o", "x.html").expect(2, "is not a journal")
    try report("r.jsonl", "-o", "x.html", "--titel", "t").expect(2, "--title")
    // The page must not take the records' place, under whatever name.
    try report("r.jsonl", "-o", "./r.jsonl").expect(2, "over the records")
    #expect(try folder.read("r.jsonl") == ReportTests.records)
    #expect(try folder.names == ["r.jsonl"])
  }

  @Test func standardInput() throws {
    let folder = try TemporaryFolder()
    let run = try HostBinary.run(
      ["report", "-", "-o", "run.html"], input: Array(ReportTests.records.utf8),
      folder: folder.path)
    #expect(run.end == .exit(0), "\(run.err)")
    #expect(try folder.read("run.html").contains("<title>standard input</title>"))
  }
}

import Foundation
import FoundationXML
import KernelHostTestSupport
import Testing

/// The report of a run that goes on, and the picture of one that is over.
struct RunReportTests {
  private static let study = """
    [{"kernel": "logistic_map", "name": "<b>&\\"x\\"", "args": {"n": 7},
      "sweep": {"r": {"from": 2.5, "to": 4, "count": 30}}},
     {"kernel": "for_loop", "args": {"increment": 0, "max": 313371337}},
     {"kernel": "moments", "args": [[1, 2.5, 4096]]}]
    """

  @Test(arguments: ["text", "tokens", "jsonl", "csv"], [[], ["-j", "2"]])
  func whileItRuns(_ format: String, _ jobs: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    let run = try HostBinary.run(
      ["--format", format, "-o", "out", "--report", "r.html", "m.json"] + jobs,
      folder: folder.path)
    #expect(run.end == .exit(1), "\(run.err)")
    let page = try folder.read("r.html")
    #expect(page.contains("m.json") && page.contains("EINVAL") && page.contains("313371337"))
    #expect(!page.contains("<b>&"))
    // Only what was kept can be replayed.
    #expect(page.contains("out --call") == (format == "jsonl") || page.contains("\"out\""))
    let beside = format == "csv" ? ["out.run.json"] : []
    #expect(try folder.names == ["m.json", "out"] + beside + ["r.html"])
  }

  @Test func whatCannotBeWritten() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    func run(_ path: String) throws -> Outcome {
      try HostBinary.run(
        ["--format", "tokens", "-o", "out", "--report", path, "m.json"], folder: folder.path)
    }
    let full = try run("/dev/full")
    #expect(full.end == .exit(3) && full.err.contains("cannot write the report to /dev/full"))
    #expect(try folder.read("out").lines.count == 32)
    let nowhere = try run("none/r.html")
    #expect(nowhere.end == .exit(3) && nowhere.err.contains("nothing ran"), "\(nowhere.err)")
    for path in ["out", "./out", "m.json"] {
      let same = try run(path)
      #expect(
        same.end == .exit(2)
          && same.err.contains(path == "m.json" ? "over the manifest" : "are the same file"),
        "\(same.err)")
    }
    #expect(try run("").end == .exit(2))
    let pipe = try run("-")
    #expect(pipe.end == .exit(2) && pipe.err.contains("expected the name of a file"))
    #expect(try folder.read("m.json") == Self.study)
  }

  /// Records have their arguments, whatever becomes of the manifest. Those of an older host have
  /// none: they come from the manifest, if it is what it was.
  @Test func argumentsOfRecords() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    func report() throws -> String {
      let run = try HostBinary.run(["report", "r.jsonl", "-o", "r.html"], folder: folder.path)
      #expect(run.end == .exit(0), "\(run.err)")
      return try folder.read("r.html")
    }
    _ = try HostBinary.run(["--format", "jsonl", "-o", "r.jsonl", "m.json"], folder: folder.path)
    let records = try folder.read("r.jsonl")
    try folder.write("[", to: "m.json")
    #expect(try report().contains("313371337") && !report().contains("are not shown"))
    try folder.write(Self.study, to: "m.json")
    let old = records.replacing(#/,"args":\{[^}]*\}/#, with: "").replacing(
      "{\"run\":{\"version\":2,", with: "{\"run\":{\"version\":1,")
    #expect(!old.contains("313371337"))
    try folder.write(old, to: "r.jsonl")
    let page = try report()
    #expect(page.contains("313371337") && !page.contains("are not shown"))
    for change in [Self.study + " ", "[", ""] {
      try folder.write(change, to: "m.json")
      let other = try report()
      #expect(!other.contains("313371337") && other.contains("are not shown"))
    }
    try FileManager.default.removeItem(atPath: folder.path("m.json"))
    #expect(try report().contains("are not shown"))
  }

  private func picture(_ records: String) throws -> (Outcome, String) {
    let folder = try TemporaryFolder()
    try folder.write(records, to: "r.jsonl")
    let run = try HostBinary.run(
      ["report", "r.jsonl", "-o", "r.svg", "--title", "<&>"], folder: folder.path)
    return (run, (try? folder.read("r.svg")) ?? "")
  }

  private func expectSound(_ svg: String) {
    let parser = XMLParser(data: Data(svg.utf8))
    #expect(parser.parse(), "\(svg.prefix(2000))")
    for word in ["nan", "inf", "http://", "href"] {
      #expect(!svg.replacing("http://www.w3.org/2000/svg", with: "").contains(word), "\(word)")
    }
  }

  @Test func pictures() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    let records = try HostBinary.run(
      ["--format", "jsonl", "-j", "2", "m.json"], folder: folder.path)
    let (run, svg) = try picture(records.out)
    #expect(run.end == .exit(0), "\(run.err)")
    expectSound(svg)
    #expect(svg.components(separatedBy: "<rect").count == 33 && svg.contains("lane 0"))
    #expect(svg.contains("class=\"error\"") && svg.contains("&lt;&amp;&gt;: 32 calls"))
    // Many are drawn together, and that is said.
    try folder.write(
      "[{\"kernel\": \"for_loop\", \"args\": [0, 1, 1], \"repeat\": 3000}]", to: "n.json")
    let many = try HostBinary.run(["--format", "jsonl", "-q", "n.json"], folder: folder.path)
    let (_, strips) = try picture(many.out)
    expectSound(strips)
    #expect(strips.contains("3,000 calls, how many were live") && !strips.contains("<rect"))
  }

  /// Times that cannot be, calls that never began, and nothing at all.
  @Test func strangeRecords() throws {
    for records in [
      "", #"{"call":0,"kernel":"a","status":"skipped","start":null,"lane":null}"#,
      #"{"call":0,"kernel":"a","status":"ok","start":1e300,"lane":0,"seconds":1e300}"#,
      #"{"call":0,"kernel":"a","status":"ok","start":-5,"lane":-7,"seconds":1}"#,
      #"{"call":0,"kernel":"a]]>\u0000<script>","status":"crash","start":0,"lane":0,"seconds":0}"#,
    ] {
      let (run, svg) = try picture(records)
      #expect(run.end == .exit(0), "\(records): \(run.err)")
      expectSound(svg)
    }
    let (run, svg) = try picture("{}")
    #expect(run.end == .exit(2) && svg == "", "\(run.err)")
  }
}

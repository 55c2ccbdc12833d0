import KernelHostTestSupport
import Testing

/// Names that people write, in what a run says: different names stay different.
struct NameTests {
  /// A letter with a mark, a family of emoji, a name with a direction in it, and a private one.
  private static let names = [
    "e\u{301}", "e\u{300}", "\u{1F468}\u{200D}\u{1F469}", "\u{1F468}\u{1F469}", "a\u{202E}b",
    "a\u{202D}b", "\u{E000}", "\u{E001}", "x\\u202E", "#1",
  ]

  private static var manifest: String {
    let tasks = names.map {
      let name = $0.replacing("\\", with: "\\\\")
      return "{\"kernel\": \"for_loop\", \"args\": [0, 0, 1], \"name\": \"\(name)\"}"
    }
    return "[" + tasks.joined(separator: ",\n")
      + ",\n{\"kernel\": \"primes\", \"name\": \"u\u{308}\", \"after\": \"e\u{301}\"}]"
  }

  @Test func tapTellsThemApart() throws {
    let run = try Invocation(Self.manifest, "--format", "tap", "-q")
    let points = run.lines.filter { $0.hasPrefix("not ok ") }
    #expect(points.count == Self.names.count, "\(run.outcome.out)")
    let descriptions = points.map { line in
      Array(line.utf8.drop { $0 != UInt8(ascii: "-") })
    }
    #expect(Set(descriptions).count == Self.names.count)
    #expect(points[0].utf8.elementsEqual("not ok 1 - e\u{301}".utf8))
    #expect(points[2].utf8.elementsEqual("not ok 3 - \u{1F468}\u{200D}\u{1F469}".utf8))
    // What turns text around is there by its code; a backslash of a name is there twice.
    #expect(points[4] == #"not ok 5 - a\u202Eb"# && points[8] == #"not ok 9 - x\\u202E"#)
    #expect(points[9] == "not ok 10 - \\#1")
    #expect(!run.outcome.out.unicodeScalars.contains("\u{202E}"))
  }

  /// A message has the name itself, and no way to write it.
  @Test func aMessageHasTheName() throws {
    for format in ["jsonl", "csv", "tokens"] {
      let run = try Invocation(Self.manifest, "--format", format, "-q")
      let last = try #require(run.lines.last)
      #expect(last.contains("waited for") && last.contains("e\u{301}"), "\(last)")
      #expect(!last.contains("u0301"), "\(last)")
    }
  }

  /// Of a file of records nothing is said about a manifest.
  @Test func recordsAreNoManifest() throws {
    let folder = try TemporaryFolder()
    let record = Array(#"{"call":0,"kernel":"k","status":"ok"}"#.utf8)
    for wrong in [[0xE9], Array("// no".utf8), Array("/**/".utf8)] as [[UInt8]] {
      try folder.write(record + [10] + record.prefix(9) + wrong + [10], to: "r.jsonl")
      let run = try HostBinary.run(["report", "r.jsonl", "-o", "r.html"], folder: folder.path)
      #expect(run.end == .exit(2) && run.err.hasPrefix("r.jsonl:2:10: error: "), "\(run.err)")
      #expect(!run.err.contains("manifest") && !run.err.contains("metadata"), "\(run.err)")
    }
  }
}

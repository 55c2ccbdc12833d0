import Foundation
import KernelHostTestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The benchmark's command line, and its drawing. What it measures is no test's business.
struct BenchTests {
  private static func run(_ arguments: String..., folder: TemporaryFolder? = nil) throws -> Outcome
  {
    let beside = (HostBinary.path as NSString).deletingLastPathComponent
    return try Child(beside + "/hostbench", arguments, folder: folder?.path).finish()
  }

  @Test func helpNamesEveryPart() throws {
    let help = try Self.run("--help")
    #expect(help.end == .exit(0) && help.err == "")
    for word in [
      "manifest", "loops", "calls", "steps", "isolation", "parallel", "--quick", "--json", "--plot",
      "--live", "exit code",
    ] { #expect(help.out.contains(word), "no \(word)") }
  }

  @Test(arguments: [
    (["--qick"], "did you mean --quick?"), (["paralel"], "did you mean parallel?"),
    (["everything"], "there is no part"), (["-x"], "there is no option"),
    (["--plot"], "--plot needs a file"), (["--plot", ""], "--plot needs a file"),
    (["--live", "10"], "--plot"), (["--plot", "p.svg", "--live", "0"], "from 1 to 1,000,000"),
    (["--plot", "p.svg", "--live", "ten"], "\"ten\""),
    (["--plot", "p.svg", "--live"], "--live needs"),
    (["--plot", "p.svg", "calls", "nothing"], "\"nothing\""),
  ])
  func refusesWhatItDoesNotKnow(_ arguments: [String], _ words: String) throws {
    let folder = try TemporaryFolder()
    let beside = (HostBinary.path as NSString).deletingLastPathComponent
    let outcome = try Child(beside + "/hostbench", arguments, folder: folder.path).finish()
    #expect(outcome.end == .exit(2) && outcome.out == "")
    #expect(outcome.err.contains(words) && outcome.err.contains("--help"), "\(outcome.err)")
    #expect(try folder.names == [])
  }

  @Test(arguments: ["no/such/p.svg", "."])
  func drawingThatCannotBeWritten(_ path: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try Self.run("--plot", path, folder: folder)
    #expect(outcome.end == .exit(3) && outcome.out == "")
    #expect(outcome.err.contains(path) && outcome.err.contains("irectory"), "\(outcome.err)")
    #expect(try folder.names == [])
  }

  @Test func drawingOnAFullDisk() throws {
    let outcome = try Self.run("--quick", "--plot", "/dev/full", "--live", "1")
    #expect(outcome.end == .exit(3) && outcome.err.contains("/dev/full"), "\(outcome.err)")
  }

  @Test func drawingHasTheCurves() throws {
    let folder = try TemporaryFolder()
    let outcome = try Self.run(
      "--quick", "--json", "--plot", "p.svg", "--live", "100", folder: folder)
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    #expect(try folder.names == ["p.svg"])
    let rows = try JSON.array(outcome.out).compactMap { $0 as? [String: Any] }
    #expect(rows.count == 6)
    for row in rows { #expect(row["value"] as? Double ?? 0 > 0 && row["unit"] as? String == "ns") }

    let drawing = Drawing()
    let parser = XMLParser(data: Data(try folder.read("p.svg").utf8))
    parser.delegate = drawing
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    // In each panel the curves, and one of each in the legend.
    let expected = Python.path == nil ? ["host", "floor"] : ["host", "floor", "python"]
    for curve in expected {
      #expect(drawing.curves[curve] == [2, 3, 3], "\(curve): \(drawing.curves)")
    }
    for text in ["1", "10", "100", "live calls", "nanoseconds", "KernelHost", "CPython asyncio"] {
      #expect(drawing.texts.contains(text), "no \(text)")
    }
  }

  /// The polylines' numbers of points by their group's class, and all texts.
  private final class Drawing: NSObject, XMLParserDelegate {
    var curves: [String: [Int]] = [:]
    var texts: Set<String> = []
    private var style = ""
    private var text = ""

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      text = ""
      if name == "g" { style = attributes["class"] ?? "" }
      if name == "polyline" {
        curves[style, default: []].append((attributes["points"] ?? "").split(separator: " ").count)
      }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      if name == "text" { texts.insert(text) }
    }
  }
}

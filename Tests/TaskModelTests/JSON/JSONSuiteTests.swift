import Foundation
import KernelHostTestSupport
import Testing

@testable import KernelHostModel

/// The public suite of JSON texts, whole: as a text of its own, and inside a manifest.
struct JSONSuiteTests {
  @Test func everyFile() throws {
    let cases = try Self.cases()
    #expect(cases.count == 318)
    for (name, bytes) in cases {
      let isJSON = Self.isJSON(bytes)
      if name.hasPrefix("y_") { #expect(isJSON, "\(name)") }
      if name.hasPrefix("n_") { #expect(!isJSON, "\(name)") }
    }
  }

  @Test func everyFileAsMetadata() throws {
    for (name, bytes) in try Self.cases() {
      let head = Array("{\"tasks\": [{\"kernel\": \"nothing\"}], \"metadata\": {\"x\": ".utf8)
      let source = SourceText(name: name, bytes: head + bytes + Array("}}".utf8))
      let reading = ManifestReader.read(source)
      for error in reading.diagnostics.errors {
        #expect((0...source.bytes.count).contains(error.place), "\(name)")
        #expect(!error.rendered(in: source).isEmpty)
      }
      if name.hasPrefix("y_") {
        #expect(reading.diagnostics.isEmpty, "\(name)")
        #expect(reading.manifest.tasks.count == 1)
        let metadata = try #require(reading.manifest.metadata)
        #expect(Self.isJSON(Array(source.bytes[metadata])))
      }
      if name.hasPrefix("n_") {
        #expect(!reading.diagnostics.isEmpty, "\(name)")
      }
    }
  }

  private static func isJSON(_ bytes: [UInt8]) -> Bool {
    if JSONReader.problemAtStart(of: bytes) != nil { return false }
    var json = JSONReader(bytes)
    do throws(JSONError) {
      _ = try json.skipValue()
      try json.finish()
      return true
    } catch {
      #expect((0...bytes.count).contains(error.place))
      return false
    }
  }

  private static func cases() throws -> [(name: String, bytes: [UInt8])] {
    let file = URL(filePath: Repository.path).appending(path: "Tests/json-suite.txt")
    let text = try String(contentsOf: file, encoding: .utf8)
    return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard parts[1].hasPrefix("repeat ") else { return (String(parts[0]), try decode(parts[1])) }
      let rule = parts[1].split(separator: " ")
      let count = try #require(Int(rule[1]))
      let unit = try decode(rule[2])
      let rest = rule.count > 3 ? try decode(rule[3]) : []
      return (String(parts[0]), Array(repeatElement(unit, count: count).joined()) + rest)
    }
  }

  private static func decode(_ text: Substring) throws -> [UInt8] {
    var buffer = Array(text.utf8)
    try #require(Base64.decode(in: &buffer, from: 0) == nil)
    return buffer
  }
}

import KernelHostTestSupport
import Testing

/// A manifest that must be refused, and where.
struct Refusal: Sendable, CustomTestStringConvertible {
  /// With a broken bar just before the mistake; without one the place is not fixed.
  let marked: String
  /// Besides the place, what the message has to name.
  let words: [String]
  let name: String

  init(_ marked: String, _ words: String..., name: String = "m.json") {
    self.marked = marked
    self.words = words
    self.name = name
  }

  var testDescription: String { marked.count < 80 ? marked : "\(marked.prefix(80))..." }

  static let mark: Unicode.Scalar = "¦"

  var manifest: String {
    String(String.UnicodeScalarView(marked.unicodeScalars.filter { $0 != Self.mark }))
  }

  /// "m.json:1:12: ", columns in scalars; only the file if there is no mark.
  var place: String {
    let scalars = marked.unicodeScalars
    guard let mark = scalars.firstIndex(of: Self.mark) else { return "\(name):" }
    let before = scalars[..<mark]
    let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
    return "\(name):\(lines.count):\(lines.last!.count + 1): "
  }

  /// `run`, `run -o` and `check` refuse it alike: exit code 2, the same message, no
  /// result, no file, and nothing ran.
  func expect() throws {
    let run = try Invocation(manifest, name: name)
    try Self.expectRefused(run.outcome, place, words)
    #expect(try run.folder.names == [name])

    let folder = try TemporaryFolder()
    try folder.write(manifest, to: name)
    let arguments = ["run", "--format", "jsonl", "-o", "out.jsonl", name]
    let toFile = try HostBinary.run(arguments, folder: folder.path)
    #expect(toFile.end == .exit(2))
    #expect(toFile.out == "")
    // A path may be in a message.
    let said = run.outcome.err.replacing(run.folder.path, with: "")
    #expect(toFile.err.replacing(folder.path, with: "") == said)
    #expect(try folder.names == [name])

    let check = try HostBinary.run(["check", name], folder: folder.path)
    #expect(check.end == .exit(2))
    #expect(check.out == "")
    #expect(check.err.replacing(folder.path, with: "") == said)
  }

  static func expectRefused(_ outcome: Outcome, _ place: String, _ words: [String]) throws {
    #expect(outcome.end == .exit(2))
    #expect(outcome.out == "")
    #expect(outcome.err.contains(place), "expected \(place) in: \(outcome.err)")
    for word in words {
      #expect(outcome.err.contains(word), "expected \(word) in: \(outcome.err)")
    }
    #expect(!outcome.err.contains("Looping for"), "something ran")
    for line in outcome.err.lines {
      guard let start = line.firstRange(of: ": error: ") else { continue }
      let sentence = String(line[start.upperBound...])
      #expect(PlainWords.faults(sentence, countsNames: false).isEmpty, "\(line)")
    }
    #expect(outcome.standardError.count < 20_000)
    // Nothing of the input reaches the terminal as a command to it.
    let controls = outcome.err.unicodeScalars.filter {
      $0.properties.generalCategory == .control && $0 != "\n"
    }
    #expect(controls.isEmpty, "control characters in: \(outcome.err.debugDescription)")
  }
}

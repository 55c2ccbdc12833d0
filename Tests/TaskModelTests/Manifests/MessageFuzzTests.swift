import Foundation
import KernelHostTestSupport
import Testing

@testable import KernelHostModel

/// What is said of any manifest is fit for a person and for a terminal.
struct MessageFuzzTests {
  private static func check(_ bytes: [UInt8], _ format: ManifestFormat) {
    let source = SourceText(name: "a\u{1B}]0;b\u{7}.json", bytes: bytes)
    guard
      case .failure(let found) = Planner.plan(source, format: format, catalogue: TestKernels.all)
    else { return }
    #expect(!found.errors.isEmpty && found.errors.count <= Diagnostics.limit)
    for error in found.errors {
      let faults = MessageCheck.faults(of: error, in: source)
      #expect(
        faults.isEmpty, "\(faults): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
    }
  }

  /// KH_FUZZ_SECONDS: for so long.
  @Test(arguments: [ManifestFormat.json, .jsonl]) func mutated(_ format: ManifestFormat) throws {
    let folder = format == .json ? "manifest" : "lines"
    var mutator = try Mutator(
      corpus: folder, seed: Effort.seed(11))
    Effort.repeated(300, environment: "KH_FUZZ_SECONDS") { round in
      Self.check(mutator.next(round), format)
    }
  }

  /// Texts of others in each place that a message quotes.
  @Test func hostileTexts() {
    let texts = [
      "\u{1B}[31m\u{1B}]0;title\u{7}", "\u{202E}evil\u{2066}", "\u{9B}2J", "\r\n\t\u{8}",
      String(repeating: "long ", count: 800), "Optional(nil)", "\u{2028}\u{200B}\u{FEFF}",
      "e" + String(repeating: "\u{301}", count: 500), "~/\u{7F}", "$(rm)", "\u{FFFD}\u{10FFFF}",
    ]
    let places = [
      #"{"tasks": [{"kernel": T}]}"#, #"{"tasks": [{"kernel": "nothing", "name": T, T: 1}]}"#,
      #"{T: T, "tasks": []}"#, #"{"tasks": [{"kernel": "everything", "args": {T: 1}}]}"#,
      #"{"tasks": [{"kernel": "everything", "args": {"way": T, "number": T, "small": T}}]}"#,
      #"{"tasks": [{"kernel": "everything", "sweep": {T: [T], "way": [T]}}]}"#,
      #"{"tasks": [{"kernel": "nothing", "after": [T]}]}"#,
      #"{"tasks": [{"kernel": "nothing", "name": T}, {"kernel": "nothing", "name": T, "after": T}]}"#,
      #"{"tasks": [{"kernel": "everything", "args": {"number": {"result": T}}}]}"#,
      #"{"tasks": [{"kernel": "nothing", "retries": {"times": 1, "on": [T]}}]}"#,
      #"{"mode": T, "isolation": T, "sandbox": T, "jobs": T, "tasks": T}"#,
      #"{"plugins": [{"path": T, "flags": T}, {"library": T, "functions": [T]}], "tasks": []}"#,
      #"{"plugins": [{"library": T, "functions": [{"function": T, "error": T}]}], "tasks": []}"#,
      #"{"defaults": {"memory": T, "timeout": T, "retries": T}, "tasks": []}"#,
      #"{"allow": {"read": T}, "limits": {"address_space": T}, "tasks": []}"#, "T", "[T", "{T}",
    ]
    for text in texts {
      var quoted: [UInt8] = []
      JSONWriter.text(text, to: &quoted)
      for place in places {
        Self.check(
          Array(place.replacing("T", with: String(decoding: quoted, as: UTF8.self)).utf8), .json)
        // As they are, without JSON's escapes.
        Self.check(Array(place.replacing("T", with: "\"" + text + "\"").utf8), .json)
      }
    }
  }

  /// Many mistakes, and long lines: a few of them are told, and how many there are.
  @Test func manyMistakes() {
    for (count, separator) in [(100_000, "\n"), (100_000, " ")] {
      let tasks = [String](repeating: "{\"kernel\":\"x\"}", count: count)
      let source = SourceText(name: "m", text: "[" + tasks.joined(separator: "," + separator) + "]")
      guard case .failure(let found) = Planner.plan(source, catalogue: TestKernels.all) else {
        Issue.record("a plan")
        return
      }
      #expect(found.total == count && found.errors.count == 20)
      let text = found.rendered(in: source)
      #expect(text.hasSuffix("20 errors shown, 100,000 in all") && text.utf8.count < 20_000)
    }
    let long = "[{\"kernel\":\"" + String(repeating: "é", count: 2_000_000) + "\"},}"
    let source = SourceText(name: "m", text: long)
    guard case .failure(let found) = Planner.plan(source, catalogue: TestKernels.all) else {
      return
    }
    #expect(found.rendered(in: source).utf8.count < 5_000)
  }
}

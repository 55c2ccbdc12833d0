import Foundation
import KernelHostTestSupport
import Testing

/// Does what a page says, in its order, in one folder: writes its files, runs its commands, and
/// compares their output with what the page shows.
final class DocumentRun {
  private let document: Document
  private let folder: TemporaryFolder
  private let path: String
  /// The output of the last block of commands.
  private var output: [String] = []

  init(_ document: Document) throws {
    self.document = document
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path("bin"), withIntermediateDirectories: true)
    for name in ["host", "kernelhost"] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path("bin/\(name)"), withDestinationPath: HostBinary.path)
    }
    path = folder.path("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/bin")
  }

  func run() throws {
    for block in document.blocks {
      switch block.language {
      case "sh": try runCommands(block)
      case "text": compare(block)
      case "json": try check(block)
      case "c": try compile(block)
      case "csv": try write(block)
      // The names in them are checked elsewhere; Tests/Package builds the Swift program.
      case "console", "swift": break
      // At the end: the same files are there.
      case "python", "sql", "r": break
      default: fail(block, "no test knows the language \"\(block.language)\"")
      }
    }
    try runPython()
    try runR()
  }

  private func fail(_ block: Document.Block, _ message: String) {
    Issue.record("\(document.path):\(block.line): \(message)")
  }

  private func shell(_ command: String) throws -> Outcome {
    try Child(
      "/usr/bin/env", ["PATH=\(path)", "HOME=\(folder.path)", "bash", "-c", command],
      folder: folder.path
    ).finish()
  }

  private func write(_ block: Document.Block) throws {
    guard let file = block.file else {
      return fail(block, "the sentence before a block of \(block.language) names its file")
    }
    try folder.write(block.text, to: file)
  }

  // MARK: Commands

  /// Runs each line. It ends with 0, or as a comment at its end says.
  private func runCommands(_ block: Document.Block) throws {
    output = []
    for command in block.commands {
      let expected = command.firstMatch(of: #/# exit code ([0-9]+)$/#).flatMap { Int32($0.1) } ?? 0
      let run = try shell(command)
      if run.end != .exit(expected) {
        fail(block, "\(command): \(run.end)\n\(run.err.suffix(600))")
      }
      output += run.out.lines
    }
  }

  /// Compares what is shown with the output. "..." stands for any text, alone for any lines.
  private func compare(_ block: Document.Block) {
    var rest = output[...]
    for shown in block.lines.split(separator: "...") {
      let place = rest.indices.first { start in
        rest.endIndex - start >= shown.count && zip(rest[start...], shown).allSatisfy(Self.fits)
      }
      guard let place else {
        return fail(
          block,
          "not in the output:\n\(shown.joined(separator: "\n"))\nwhich is:\n"
            + output.joined(separator: "\n"))
      }
      rest = rest[(place + shown.count)...]
    }
  }

  private static func fits(_ found: String, _ shown: String) -> Bool {
    var parts = shown.split(separator: "...", omittingEmptySubsequences: false)
    let first = parts.removeFirst()
    guard let last = parts.popLast() else { return found == shown }
    guard found.hasPrefix(first), found.count >= first.count + last.count, found.hasSuffix(last)
    else { return false }
    var rest = found.dropFirst(first.count).dropLast(last.count)
    for part in parts {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }

  // MARK: Files

  /// Writes a manifest, and checks it as far as its libraries are on this machine.
  private func check(_ block: Document.Block) throws {
    guard let value = try? JSON.value(block.text) else { return fail(block, "this is not JSON") }
    let file = block.file ?? "unnamed.json"
    try folder.write(block.text, to: file)
    guard value is [Any] || (value as? [String: Any])?["tasks"] != nil else {
      return fail(block, "a block of JSON is a manifest")
    }
    let run = try shell("host check '\(file)'")
    let lacksLibrary = run.err.contains("cannot load plugin \"lib")
    if run.end != .exit(0), !lacksLibrary { fail(block, run.err) }
  }

  /// Writes a C file, which has no warnings; one with a main function is a test that passes.
  private func compile(_ block: Document.Block) throws {
    try write(block)
    guard let file = block.file, Plugins.compiler != nil else { return }
    let options = "-std=c11 -Wall -Wextra -Werror -I'\(Repository.path)/include' -I."
    let isProgram = block.text.contains("int main(")
    let run = try shell(
      isProgram
        ? "cc \(options) -Wno-unused-function '\(file)' -o program -lm && ./program"
        : "cc \(options) -fsyntax-only '\(file)'")
    if run.end != .exit(0) { fail(block, run.err) }
  }

  // MARK: Other languages

  /// Runs blocks of Python and SQL. Those whose packages are missing are skipped, and it says so.
  private func runPython() throws {
    let blocks = document.blocks.filter { ["python", "sql"].contains($0.language) }
    guard !blocks.isEmpty, let python = Python.path else { return }
    let parts = blocks.map { [$0.language, $0.text, "\(document.path):\($0.line)"] }
    try folder.write(Array(try JSONSerialization.data(withJSONObject: parts)), to: "blocks.json")
    try folder.write(Self.script, to: "blocks.py")
    let run = try shell("'\(python)' blocks.py")
    if run.end != .exit(0) { fail(blocks[0], String(run.err.suffix(1500))) }
    for line in run.out.lines where line.hasPrefix("skipped ") { print(line) }
  }

  private static let script = """
    import json
    for language, text, place in json.load(open("blocks.json")):
        try:
            if language == "sql":
                import duckdb
                for statement in text.split(";"):
                    if statement.strip():
                        duckdb.sql(statement)
            else:
                exec(compile(text, place, "exec"), {"__name__": "__main__"})
        except ModuleNotFoundError as error:
            print(f"skipped {place}: {error}")
    """

  private func runR() throws {
    for block in document.blocks where block.language == "r" {
      guard Tool.path("Rscript") != nil else {
        print("skipped \(document.path):\(block.line): no Rscript on the PATH")
        continue
      }
      try folder.write(block.text, to: "block.R")
      let run = try shell("Rscript block.R")
      if run.end != .exit(0) { fail(block, run.err) }
    }
  }
}

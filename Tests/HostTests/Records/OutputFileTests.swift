import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// `-o FILE`, and the ways a manifest comes in.
struct OutputFileTests {
  static let formats = ["text", "tokens", "jsonl", "json", "csv"]

  /// Without what two runs of the same calls differ in.
  private func timeless(_ text: String) -> [String] {
    let isCSV = text.hasPrefix("call,")
    return text.lines.map { line in
      isCSV
        ? line.split(separator: ",", omittingEmptySubsequences: false).dropLast(3)
          .joined(separator: ",")
        : line.replacing(#/"(seconds|elapsed|start)":[-+0-9.eE]+|"run":\{[^}]*\}/#, with: "")
    }
  }

  @Test(arguments: formats)
  func holdsWhatStandardOutputWouldGet(_ format: String) throws {
    let out = try Invocation(Sample.mixed, "--format", format)
    let file = try Invocation(Sample.mixed, "--format", format, "-o", "out")
    #expect(file.outcome.end == .exit(1))
    #expect(file.outcome.out == "")
    #expect(try timeless(file.folder.read("out")) == timeless(out.outcome.out))
    let beside = format == "csv" ? ["out.run.json"] : []
    #expect(try file.folder.names == ["m.json", "out"] + beside)
    for spelled in [["--output", "b"], ["--output=b"], ["-ob"]] {
      let arguments = ["run", "--format", format, "m.json"] + spelled
      #expect(try HostBinary.run(arguments, folder: file.folder.path).end == .exit(1))
      #expect(try timeless(file.folder.read("b")) == timeless(out.outcome.out))
    }
  }

  @Test func isLeftAloneByAFailedStart() throws {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "out")
    try folder.write(#"[{"kernel": "for_lop"}]"#, to: "m.json")
    for arguments in [["m.json", "-o", "out"], ["none.json", "-o", "out"], ["-o", "out"]] {
      #expect(try HostBinary.run(arguments, folder: folder.path).end == .exit(2))
      #expect(try folder.read("out") == "old")
      #expect(try folder.names == ["m.json", "out"])
    }
  }

  /// Whoever has the old file open keeps it, whole: the new one takes its name only.
  @Test func replacesAFileAtOnce() throws {
    let folder = try TemporaryFolder()
    let old = String(repeating: "old ", count: 100_000)
    try folder.write(old, to: "out")
    let reader = try #require(FileHandle(forReadingAtPath: folder.path("out")))
    try folder.write(Sample.mixed, to: "m.json")
    #expect(try HostBinary.run(["m.json", "-o", "out"], folder: folder.path).end == .exit(1))
    #expect(try reader.readToEnd()?.count == old.utf8.count)
    #expect(try folder.read("out").hasPrefix(Sample.mixedPrints))
    #expect(try folder.names == ["m.json", "out"])
  }

  /// Until the run is over there is nothing new to see, and a killed run leaves nothing.
  @Test(arguments: [SIGKILL, SIGINT])
  func isCompleteOrAbsent(_ signal: Int32) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      [{"kernel": "for_loop", "args": [0, 1, 1]}, {"kernel": "sleep", "args": [1000]},
       {"kernel": "for_loop", "args": [0, 1, 3]}]
      """, to: "m.json")
    let arguments = ["m.json", "--format", "jsonl", "-o", "out"]
    let child = try HostBinary.start(arguments, folder: folder.path)
    // The first has ended by the third turn of the last.
    try child.read {
      String(decoding: $0.standardError, as: UTF8.self).contains("Looping for: 3\n2\n")
    }
    #expect(!(try folder.names.contains("out")))
    child.send(signal)
    let outcome = try child.finish()
    if signal == SIGKILL {
      #expect(outcome.end == .signal(SIGKILL))
      #expect(try folder.names == ["m.json"])
    } else {
      #expect(outcome.end == .exit(130))
      #expect(try folder.names == ["m.json", "out"])
      let statuses = try folder.read("out").callRecords.map { $0["status"] as? String }
      #expect(statuses.count == 3 && statuses.prefix(2) == ["ok", "cancelled"])
    }
  }

  /// Not over what the run reads, by any name, for any of the files that it writes.
  @Test(arguments: ["-o", "--report", "--trace", "--junit", "--events"])
  func isNoneOfTheInputs(_ option: String) throws {
    let folder = try TemporaryFolder()
    let manifest = #"{"plugins": ["k.c", "l.so"], "tasks": [{"kernel": "for_loop"}]}"#
    try folder.write(manifest, to: "m.json")
    try folder.write("int x;", to: "k.c")
    try folder.write("no library", to: "l.so")
    for (name, real) in [("soft", "m.json"), ("soft-k", "./k.c")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path(name), withDestinationPath: real)
    }
    try FileManager.default.linkItem(atPath: folder.path("l.so"), toPath: folder.path("hard-l"))
    let names = try folder.names
    for (path, words) in [
      ("m.json", "the manifest"), ("./soft", "the manifest"), ("k.c", "a plugin"),
      ("soft-k", "a plugin"), ("hard-l", "a plugin"), ("", "needs a value"),
    ] {
      let run = try HostBinary.run(["m.json", option, path], folder: folder.path)
      #expect(run.end == .exit(2) && run.out == "", "\(path): \(run.err)")
      #expect(run.err.contains(words) && run.err.lines.count == 1, "\(run.err)")
    }
    let piped = try Child(
      "/bin/sh",
      [
        "-c", "cd \"$1\" && \"$2\" - \"$3\" m.json < m.json", "sh", folder.path,
        HostBinary.path, option,
      ])
    #expect(try piped.finish().end == .exit(2))
    #expect(try folder.names == names)
    #expect(try folder.read("m.json") == manifest && folder.read("k.c") == "int x;")
  }

  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func isNoHeaderOfAPlugin() throws {
    let folder = try TemporaryFolder()
    let header = "#define ONE 1\n"
    try folder.write(
      #"{"plugins": ["k.c"], "tasks": [{"kernel": "one_of", "args": [1]}]}"#, to: "m.json")
    try folder.write(header, to: "k.h")
    try folder.write(
      """
      #include "k.h"
      #include "kernel_host.h"
      static double one_of(double x) { return x + ONE; }
      KH_FUNCTION(one_of, double, (double, x));
      """, to: "k.c")
    let run = try HostBinary.run(
      ["m.json", "-o", "k.h"], environment: ["XDG_CACHE_HOME": folder.path("cache")],
      folder: folder.path)
    #expect(run.end == .exit(2) && run.err.contains("what a plugin includes"), "\(run.err)")
    #expect(try folder.read("k.h") == header)
  }

  /// A name that is not there yet is one file, too, through whatever link.
  @Test func twoNamesOfNothing() throws {
    let folder = try TemporaryFolder()
    try folder.write(Sample.mixed, to: "m.json")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"), withDestinationPath: "new")
    let run = try HostBinary.run(
      ["m.json", "-o", "new", "--report", "link"], folder: folder.path)
    #expect(run.end == .exit(2) && run.err.contains("are the same file"), "\(run.err)")
  }

  /// The name that the file has until it is complete cannot be taken before by another.
  @Test func nobodyTakesItsName() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      #"[{"kernel": "for_loop", "args": [0, 1, 1]}, {"kernel": "sleep", "args": [0.3]}]"#,
      to: "m.json")
    let child = try HostBinary.start(
      ["m.json", "--format", "tokens", "-o", "out"], folder: folder.path)
    try child.read { String(decoding: $0.standardError, as: UTF8.self).contains("1\n0\n") }
    try folder.write("", to: "out.partial-\(child.id)")
    #expect(try child.finish().end == .exit(0))
    #expect(try folder.read("out").lines.count == 2)
  }

  @Test func goesThroughALink() throws {
    let folder = try TemporaryFolder()
    try folder.write(Sample.mixed, to: "m.json")
    try folder.write("old", to: "real")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"), withDestinationPath: "real")
    #expect(try HostBinary.run(["m.json", "-o", "link"], folder: folder.path).end == .exit(1))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == "real")
    #expect(try folder.read("real").hasPrefix(Sample.mixedPrints))
    #expect(try folder.names == ["link", "m.json", "real"])
  }

  /// A link to a file that is not there yet makes that file, and stays a link.
  @Test func goesThroughALinkToNothing() throws {
    let folder = try TemporaryFolder()
    try folder.write(Sample.mixed, to: "m.json")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"), withDestinationPath: "real")
    #expect(try HostBinary.run(["m.json", "-o", "link"], folder: folder.path).end == .exit(1))
    #expect(try folder.read("link").hasPrefix(Sample.mixedPrints))
    #expect(
      (try? FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link"))) == "real")
  }

  @Test func keepsTheFilesPermissions() throws {
    let folder = try TemporaryFolder()
    try folder.write(Sample.mixed, to: "m.json")
    try folder.write("old", to: "out")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: folder.path("out"))
    #expect(try HostBinary.run(["m.json", "-o", "out"], folder: folder.path).end == .exit(1))
    let after = try FileManager.default.attributesOfItem(atPath: folder.path("out"))
    #expect(after[.posixPermissions] as? Int == 0o600)
  }

  @Test func goesToAPipe() throws {
    let folder = try TemporaryFolder()
    try folder.write(Sample.mixed, to: "m.json")
    try #require(unsafe mkfifo(folder.path("pipe"), 0o600) == 0)
    // Opened before the host is started, so that neither waits for the other.
    let descriptor = unsafe open(folder.path("pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    try #require(descriptor >= 0)
    let reader = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let arguments = ["m.json", "--format", "tokens", "-o", "pipe"]
    let run = try HostBinary.run(arguments, folder: folder.path)
    #expect(run.end == .exit(1), "\(run.err)")
    let text = String(decoding: try #require(try reader.readToEnd()), as: UTF8.self)
    #expect(text == "[null, true, \"\"]\n\(Sample.failure)\n[null, true, \"\"]\n")
    #expect(try folder.names == ["m.json", "pipe"])
  }

  @Test func goesToADevice() throws {
    let run = try Invocation(Sample.mixed, "-o", "/dev/null")
    #expect(run.outcome.end == .exit(1))
    #expect(run.outcome.out == "")
    var information = stat()
    #expect(unsafe stat("/dev/null", &information) == 0)
    #expect(information.st_mode & S_IFMT == S_IFCHR, "the device was replaced by a file")
  }

  // MARK: The ways in

  @Test func standardInput() throws {
    let file = try Invocation(Sample.mixed)
    for arguments in [["-"], ["run", "-"], ["--", "-"], ["--input", "json", "-"]] {
      let run = try HostBinary.run(arguments, input: Array(Sample.mixed.utf8))
      #expect(run.end == .exit(1), "\(arguments): \(run.err)")
      #expect(run.out == file.outcome.out)
    }
    let wrong = try HostBinary.run(["-"], input: Array("[\n{\"kernel\": \"for_lop\"}]".utf8))
    try Refusal.expectRefused(wrong, "<stdin>:2:12: ", ["for_lop", "\"for_loop\""])
  }

  @Test func jsonLines() throws {
    let lines = """
      {"kernel": "for_loop", "args": [0, 1, 2]}

        {"kernel": "for_loop", "args": {"increment": 0}}\u{20}
      {"kernel": "for_loop", "args": [5, -2, 0]}
      """
    let wanted = try Invocation(Sample.mixed, "--format", "tokens").outcome.out
    for text in [lines, lines + "\n", lines.replacingOccurrences(of: "\n", with: "\r\n")] {
      let named = try Invocation(text, "--format", "tokens", name: "m.jsonl")
      #expect(named.outcome.out == wanted, "\(named.outcome.err)")
      let told = try Invocation(text, "--format", "tokens", "--input", "jsonl")
      #expect(told.outcome.out == wanted)
      let arguments = ["--format", "tokens", "--input=jsonl", "-"]
      #expect(try HostBinary.run(arguments, input: Array(text.utf8)).out == wanted)
    }
    // Told otherwise, the name does not decide.
    let json = try Invocation("[]", "--input", "json", name: "m.jsonl")
    #expect(json.outcome.out == "All Complete\nResults: []\n")
  }

  @Test func bareArray() throws {
    let tasks = #"[{"kernel": "for_loop", "args": {"max": 3}}]"#
    let bare = try Invocation(tasks)
    #expect(bare.outcome.end == .exit(0))
    #expect(bare.lines.count == 8)
    #expect(bare.outcome.out == (try Invocation("{\"tasks\": \(tasks)}").outcome.out))
  }

  /// A name that looks like an option or a command.
  @Test func oddNames() throws {
    for name in ["--format", "-o", "run", "-"] {
      let folder = try TemporaryFolder()
      try folder.write("[]", to: name)
      let operand = name == "-" ? "./-" : name
      let run = try HostBinary.run(["run", "--", operand], folder: folder.path)
      #expect(run.end == .exit(0), "\(name): \(run.err)")
    }
  }
}

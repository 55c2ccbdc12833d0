import Foundation
import KernelHostTestSupport
import Testing

/// Libraries of older and newer headers, and of several at once.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct VersionTests {
  /// A kernel with two parameters, two results and two errors: a list that is walked with a wrong
  /// stride loses the second ones.
  private static func source(_ name: String, _ more: String = "", before: String = "") -> String {
    """
    #include "kernel_host.h"
    \(before)
    typedef struct { int64_t a, b, sum, difference; kh_text way; } \(name);
    enum { \(name)_LOW = KH_CODE(1), \(name)_HIGH = KH_CODE(2) };
    static int step(kh_call *call, void *state) {
        \(name) *self = (\(name) *)state;
        (void)call;
        if (self->a > 100) return \(name)_HIGH;
        self->sum = self->a + self->b;
        self->difference = self->a - self->b;
        return self->way.length == 4 ? KH_DONE : \(name)_LOW;
    }
    KH_KERNEL(\(name), .step = step, .summary = "Add and subtract.",
        .params = KH_PARAMS(KH_PARAM(\(name), a, "one"),
            KH_PARAM(\(name), b, "two", .unit = "s", .range = KH_RANGE(0, 50)),
            KH_PARAM(\(name), way, "how", .choices = KH_CHOICES("this", "that"))),
        .results = KH_RESULTS(KH_RESULT(\(name), sum, ""), KH_RESULT(\(name), difference, "")),
        .errors = KH_ERRORS(KH_ERROR(\(name)_LOW, "low"), KH_ERROR(\(name)_HIGH, "high")),
        .defaults = KH_DEFAULTS(\(name), .b = 7, .way = {"this", 4})\(more));

    """
  }

  private func run(
    _ kernels: [String], in folder: TemporaryFolder, isolation: String
  ) throws -> Outcome {
    let tasks = kernels.flatMap { kernel in
      ["[5]", "[5, 2]", "[101]"].map { #"{"kernel": "\#(kernel)", "args": \#($0)}"# }
    }
    try folder.write(
      #"{"plugins": ["lib.so"], "tasks": [\#(tasks.joined(separator: ","))]}"#, to: "m.json")
    return try HostBinary.run(
      ["m.json", "--format", "tokens", "-q", "--isolation", isolation], folder: folder.path)
  }

  private func works(_ kernels: [String], in folder: TemporaryFolder) throws {
    for isolation in ["process", "none"] {
      let run = try run(kernels, in: folder, isolation: isolation)
      let expected = kernels.flatMap {
        [
          #"[{"sum": 12, "difference": -2}, true, ""]"#,
          #"[{"sum": 7, "difference": 3}, true, ""]"#,
          #"[null, false, "\#($0)_HIGH: high"]"#,
        ]
      }
      #expect(run.out.lines == expected, "\(run.out)\(run.err)")
    }
    // All that the lists say, and limits that are held.
    let wrong = kernels.map { #"{"kernel": "\#($0)", "args": {"b": 51, "way": "thus"}}"# }
    try folder.write(
      #"{"plugins": ["lib.so"], "tasks": [\#(wrong.joined(separator: ","))]}"#, to: "w.json")
    let check = try HostBinary.run(["check", "w.json"], folder: folder.path)
    let errors = check.err.lines.filter { $0.contains(": error: ") }
    #expect(errors.count == 2 * kernels.count, "\(check.err)")
  }

  private func isRefused(_ folder: TemporaryFolder, _ sentence: String) throws {
    for isolation in ["process", "none"] {
      let run = try run(["future"], in: folder, isolation: isolation)
      #expect(run.end == .exit(2) && run.out.isEmpty, "\(run.out)\(run.err)")
      let start = "m.json:1:14: error: cannot load plugin \"lib.so\": "
      #expect(run.err.lines.first == start + sentence, "\(run.err)")
    }
  }

  @Test func anOldLibrary() throws {
    let folder = try TemporaryFolder()
    try Headers.library("lib.so", of: [(Self.source("old"), Headers.old)], in: folder)
    try works(["old"], in: folder)
  }

  /// What the files bring twice is there once: whichever the linker takes, each kernel is read as
  /// its own file has it.
  @Test func filesWithSeveralHeaders() throws {
    let folder = try TemporaryFolder()
    let future = try Headers.future(in: folder)
    let files = [
      (Self.source("old"), Headers.old), (Self.source("new"), Headers.current),
      (Self.source("future"), future),
    ]
    for files in [files, files.reversed()] {
      try Headers.library("lib.so", of: files, in: folder)
      try works(["old", "new", "future"], in: folder)
    }
  }

  /// A newer one that needs nothing new; a service that is not there yet has a default; a hint
  /// may be ignored.
  @Test func aFutureLibrary() throws {
    let folder = try TemporaryFolder()
    let service = """
      static int later(kh_call *call) {
          return KH_HAS_(call, later) ? call->services->later(call) : 5;
      }
      static int start(kh_call *call, void *state) {
          (void)state;
          return later(call) == 5 && KH_HAS_(call, time_left) ? KH_MORE : -EIO;
      }
      """
    let source = Self.source(
      "future", ", .start = start, .flags = KH_PURE | UINT64_C(1) << 40, .needs_minor = 1",
      before: service)
    try Headers.library(
      "lib.so", of: [(source, try Headers.future(in: folder))], in: folder)
    try works(["future"], in: folder)
  }

  /// What it uses and this host does not have is named.
  @Test func aFutureLibraryThatNeedsMore() throws {
    let folder = try TemporaryFolder()
    let header = try Headers.future(in: folder)
    let ending = "does not know: use a newer host"
    for (more, sentence) in [
      (
        ", .flags = KH_PURE | 0x40",
        "its kernel \"future\" needs flag 0x40, which this host (ABI 1.1) \(ending) (it was built "
          + "with kernel_host.h 1.2)"
      ),
      (
        ", .later = (void *)1",
        "its kernel \"future\" was built with kernel_host.h 1.2, and sets a part of kh_kernel (byte "
          + "128) that this host (ABI 1.1) \(ending), or leave that part out"
      ),
      (
        ", .needs_minor = 2",
        "its kernel \"future\" needs a host of ABI 1.2, and this one has 1.1: use a newer host"
      ),
    ] {
      try Headers.library("lib.so", of: [(Self.source("future", more), header)], in: folder)
      try isRefused(folder, sentence)
    }
    let fields: [(String, String, String)] = [
      (
        "KH_RESULT(future, sum, \"\")", "KH_RESULT(future, sum, \"\", .more = 1)",
        "its kernel \"future\" was built with kernel_host.h 1.2, and sets a part of kh_field (byte "
          + "88) that this host (ABI 1.1) \(ending), or leave that part out"
      ),
      (
        "KH_PARAM(future, a, \"one\")", "KH_PARAM(future, a, \"one\", .flags = 8)",
        "its kernel \"future\" needs flag 0x8 of its field \"a\", which this host (ABI 1.1) "
          + "\(ending) (it was built with kernel_host.h 1.2)"
      ),
      (
        "KH_ERROR(future_LOW, \"low\")",
        "{.name = \"future_LOW\", .text = \"low\", .code = future_LOW, .later = (void *)1}",
        "its kernel \"future\" was built with kernel_host.h 1.2, and sets a part of kh_error (byte "
          + "24) that this host (ABI 1.1) \(ending), or leave that part out"
      ),
    ]
    for (old, new, sentence) in fields {
      let source = Self.source("future").replacingOccurrences(of: old, with: new)
      try Headers.library("lib.so", of: [(source, header)], in: folder)
      try isRefused(folder, sentence)
    }
  }
}

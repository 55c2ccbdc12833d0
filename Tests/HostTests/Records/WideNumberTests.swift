import Foundation
import KernelHostTestSupport
import Testing

/// Numbers at the ends of their types, through the real binary and compiled C.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct WideNumberTests {
  private static let source = """
    #include "kernel_host.h"
    typedef struct {
        uint64_t n, given;
        float single, got;
        double real, inverse, first;
        kh_f64_array list;
    } echo;
    static int echo_step(kh_call *call, void *state) {
        echo *self = (echo *)state;
        (void)call;
        self->given = self->n;
        self->got = self->single;
        self->inverse = 1 / self->real;
        self->first = self->list.count > 0 ? 1 / self->list.data[0] : 0;
        return KH_DONE;
    }
    KH_KERNEL(echo, .summary = "Give back what is given.", .flags = KH_PURE,
        .params = KH_PARAMS(KH_PARAM(echo, n, "any"), KH_PARAM(echo, single, "any"),
                            KH_PARAM(echo, real, "any"), KH_PARAM(echo, list, "any")),
        .results = KH_RESULTS(KH_RESULT(echo, given, "n"), KH_RESULT(echo, got, "single"),
                              KH_RESULT(echo, inverse, "1 / real"),
                              KH_RESULT(echo, first, "1 / list[0]")),
        .defaults = KH_DEFAULTS(echo, .real = 1), .step = echo_step);
    """

  private static func run(_ tasks: String, _ arguments: String...) throws -> Outcome {
    let folder = try TemporaryFolder()
    try folder.write(source, to: "echo.c")
    try folder.write("{\"plugins\": [\"echo.c\"], \"tasks\": [\(tasks)]}", to: "m.json")
    return try HostBinary.run(
      arguments + ["m.json"], environment: ["XDG_CACHE_HOME": folder.path("cache")],
      folder: folder.path)
  }

  @Test func everyBitArrives() throws {
    let run = try Self.run(
      """
      {"kernel": "echo", "name": "a", "args": {"n": 14695981039346656037, "real": -0}},
      {"kernel": "echo", "args": {"n": {"result": "a.given"}, "list": [-0, 1]}},
      {"kernel": "echo", "name": "one", "sweep": {"n": [18446744073709551615]}},
      {"kernel": "echo", "args": {"n": {"result": "one.given"}, "single": 3.4028234663852886e38}},
      {"kernel": "echo", "args": {"n": -0, "real": -0.0, "list": [{"result": "a.got"}, -0]}},
      {"kernel": "echo", "args": {"list": [-0, {"result": "a.got"}], "single": "-Infinity"}},
      {"kernel": "echo", "sweep": {
        "n": {"from": 9223372036854775807, "to": 18446744073709551615, "count": 3}}},
      {"kernel": "echo", "sweep": {"n": {"from": 1, "to": 9223372036854775808, "count": 64, "log": true}}}
      """, "--format", "tokens")
    #expect(run.end == .exit(0), "\(run.err)")
    let lines = run.out.lines
    let triples = try lines.map { try #require(try JSON.array($0)[0] as? [String: Any]) }
    #expect(lines[0].hasPrefix(#"[{"given": 14695981039346656037, "got": 0.0, "inverse": "-Inf"#))
    #expect(lines[1].hasPrefix(#"[{"given": 14695981039346656037,"#))
    #expect(triples[1]["first"] as? String == "-Infinity")
    #expect(lines[2].hasPrefix(#"[{"given": 18446744073709551615,"#))
    #expect(lines[3].hasPrefix(#"[{"given": 18446744073709551615, "got": 3.4028234663852886e+38"#))
    #expect(lines[4].hasPrefix(#"[{"given": 0,"#))
    #expect(triples[4]["inverse"] as? String == "-Infinity")
    #expect(triples[5]["first"] as? String == "-Infinity")
    #expect(triples[5]["got"] as? String == "-Infinity")
    let steps = triples[6..<9].map { $0["given"] as? UInt64 }
    #expect(steps == [1 << 63 - 1, 13_835_058_055_282_163_711, .max])
    #expect(triples[9...].map { $0["given"] as? UInt64 } == (0..<64).map { 1 << $0 })
  }

  static let refused: [(task: String, says: String)] = [
    (#""args": {"n": 18446744073709551616}"#, "from 0 to 18446744073709551615; found 184467"),
    (#""args": {"n": -1}"#, "from 0 to 18446744073709551615; found -1"),
    (#""args": {"n": 1e19}"#, "write it without point and exponent: 10000000000000000000"),
    (#""args": {"n": 1e20}"#, "from 0 to 18446744073709551615; found 1e20"),
    (#""args": {"single": 1e39}"#, "a number of 32 bits (float), of which 3.4028235e+38 is the"),
    (#""args": {"single": -3.5e38}"#, "found -3.5e38"),
    (#""sweep": {"single": [1, 1e39]}"#, "found 1e39"),
    (#""sweep": {"single": {"from": 0, "to": 1e39, "count": 2}}"#, "found 1e+39"),
  ]

  /// All in one manifest, each said in its place.
  @Test func whatDoesNotFitIsRefused() throws {
    let tasks = Self.refused.map { "\n{\"kernel\": \"echo\", \($0.task)}" }
    let run = try Self.run(tasks.joined(separator: ","), "check")
    #expect(run.end == .exit(2))
    for (index, refused) in Self.refused.enumerated() {
      let line = run.err.lines.first { $0.hasPrefix("m.json:\(index + 2):") }
      #expect(line?.contains(refused.says) == true, "\(refused.task): \(line ?? run.err)")
    }
  }

  /// A result that is too large for the float that it is for.
  @Test func aResultThatDoesNotFitIsAnError() throws {
    let run = try Self.run(
      """
      {"kernel": "echo", "name": "a", "args": {"real": 1e-39}},
      {"kernel": "echo", "args": {"single": {"result": "a.inverse"}}}
      """, "--format", "tokens")
    #expect(run.out.lines[1].contains("EINVAL"), "\(run.out)")
    #expect(run.out.lines[1].contains("a number of 32 bits"), "\(run.out)")
  }

  /// Bounds that are no part of a range.
  @Test func openRanges() throws {
    let source = """
      #include "kernel_host.h"
      typedef struct { double dt, part, cold; int64_t n; } open;
      static int open_step(kh_call *call, void *state) {
          (void)call, (void)state;
          return KH_DONE;
      }
      KH_KERNEL(open, .summary = "Take what is inside.", .flags = KH_PURE,
          .params = KH_PARAMS(
              KH_PARAM(open, dt, "a step", .unit = "s", .range = KH_ABOVE(0)),
              KH_PARAM(open, part, "a part", .range = KH_BETWEEN(0, 1)),
              KH_PARAM(open, cold, "a temperature", .range = KH_BELOW(0)),
              KH_PARAM(open, n, "a number", .range = KH_BETWEEN(0, 3))),
          .defaults = KH_DEFAULTS(open, .dt = 1, .part = 0.5, .cold = -1, .n = 1),
          .step = open_step);
      """
    let folder = try TemporaryFolder()
    try folder.write(source, to: "open.c")
    func check(_ task: String) throws -> Outcome {
      try folder.write("{\"plugins\": [\"open.c\"], \"tasks\": [\(task)]}", to: "m.json")
      return try HostBinary.run(
        ["check", "m.json"], environment: ["XDG_CACHE_HOME": folder.path("cache")],
        folder: folder.path)
    }
    let sound = try check(
      #"{"kernel": "open", "args": [5e-324, 0.9999999999999999, -5e-324, 2], "repeat": 2}"#)
    #expect(sound.end == .exit(0), "\(sound.err)")
    for (argument, says) in [
      (#""dt": 0"#, "must be above 0 (s); found 0"), (#""dt": -0"#, "above 0"),
      (#""part": 1"#, "must be above 0 and below 1; found 1"), (#""part": 0.0"#, "found 0.0"),
      (#""cold": 0"#, "must be below 0; found 0"), (#""n": 0"#, "above 0 and below 3"),
      (#""n": 3"#, "found 3"),
    ] {
      let refused = try check("{\"kernel\": \"open\", \"args\": {\(argument)}}")
      #expect(refused.end == .exit(2) && refused.err.contains(says), "\(argument): \(refused.err)")
    }
    let swept = try check(
      #"{"kernel": "open", "sweep": {"part": {"from": 0.5, "to": 1, "count": 3}}}"#)
    #expect(swept.err.contains("found 1.0"), "\(swept.err)")
  }

  /// A seed that the kernel does not take is said before the run.
  @Test func seedsFit() throws {
    let source = """
      #include "kernel_host.h"
      typedef struct { uint8_t seed; int64_t got; } draw;
      static int draw_step(kh_call *call, void *state) {
          draw *self = (draw *)state;
          (void)call;
          self->got = self->seed;
          return KH_DONE;
      }
      KH_KERNEL(draw, .summary = "Draw.", .flags = KH_PURE,
          .params = KH_PARAMS(KH_PARAM(draw, seed, "start")),
          .results = KH_RESULTS(KH_RESULT(draw, got, "it")), .step = draw_step);
      """
    let folder = try TemporaryFolder()
    try folder.write(source, to: "draw.c")
    for (count, isSound) in [(256, true), (257, false)] {
      try folder.write(
        "{\"plugins\": [\"draw.c\"], \"tasks\": [{\"kernel\": \"draw\", \"repeat\": \(count)}]}",
        to: "m.json")
      let check = try HostBinary.run(
        ["check", "m.json"], environment: ["XDG_CACHE_HOME": folder.path("cache")],
        folder: folder.path)
      #expect(check.end == .exit(isSound ? 0 : 2), "\(check.err)")
      if !isSound { #expect(check.err.contains("from 0 to 255; found 256"), "\(check.err)") }
    }
  }
}

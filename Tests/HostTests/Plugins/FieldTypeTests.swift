import Foundation
import KernelHostTestSupport
import Testing

/// What the fields of a state can be beside numbers, texts and arrays of 64 bits.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct FieldTypeTests {
  private static let source = #"""
    #include "kernel_host.h"
    #include <stdio.h>

    /* Each array is doubled in place and given back. */
    typedef struct {
        kh_i32_array whole;
        kh_f32_array real;
        double y[3];
        int16_t small[2];
        uint8_t key[4];
        float mean[2];
        int64_t large[1];
    } arrays;
    static int arrays_step(kh_call *call, void *state) {
        arrays *self = state;
        (void)call;
        for (size_t i = 0; i < self->whole.count; i++) self->whole.data[i] *= 2;
        for (size_t i = 0; i < self->real.count; i++) self->real.data[i] *= 2;
        for (int i = 0; i < 3; i++) self->y[i] *= 2;
        for (int i = 0; i < 2; i++) self->small[i] = (int16_t)(self->small[i] * 2);
        for (int i = 0; i < 4; i++) self->key[i] ^= 1;
        for (int i = 0; i < 2; i++) self->mean[i] *= 2;
        self->large[0] *= 2;
        return KH_DONE;
    }
    #define ALL(M) M(arrays, whole, ""), M(arrays, real, ""), M(arrays, y, "", .unit = "m"), \
        M(arrays, small, ""), M(arrays, key, ""), M(arrays, mean, ""), M(arrays, large, "")
    KH_KERNEL(arrays, .flags = KH_PURE | KH_FLAT, .step = arrays_step, .params = KH_PARAMS(ALL(KH_PARAM)),
        .results = KH_RESULTS(ALL(KH_RESULT)),
        .defaults = KH_DEFAULTS(arrays, .y = {1, 2, 3}, .key = "abc", .large = {1}));

    /* A method by its number, as an int, an enum and a byte. */
    enum method { EULER, HEUN, RK4 };
    typedef struct {
        int number;
        enum method method;
        uint8_t byte;
        int8_t next;
    } methods;
    static int methods_step(kh_call *call, void *state) {
        methods *self = state;
        kh_print(call, "%d %d %d\n", self->number, (int)self->method, self->byte);
        self->next = (int8_t)(self->method + 1);
        return KH_DONE;
    }
    #define METHODS .choices = KH_CHOICES("euler", "heun", "rk4")
    KH_KERNEL(methods, .flags = KH_PURE, .step = methods_step, .params = KH_PARAMS(
            KH_PARAM(methods, number, "", METHODS), KH_PARAM(methods, method, "", METHODS),
            KH_PARAM(methods, byte, "", METHODS, .required = 1)),
        .results = KH_RESULTS(KH_RESULT(methods, method, "", METHODS),
            KH_RESULT(methods, next, "", METHODS)),
        .defaults = KH_DEFAULTS(methods, .method = HEUN));

    typedef struct {
        int64_t a, given;
        double b[2];
        kh_text c;
        bool has_a, has_b, has_c;
    } marks;
    static int marks_step(kh_call *call, void *state) {
        marks *self = state;
        (void)call;
        self->given = self->has_a + 10 * self->has_b + 100 * self->has_c;
        return KH_DONE;
    }
    KH_KERNEL(marks, .flags = KH_PURE, .step = marks_step, .params = KH_PARAMS(
            KH_PARAM(marks, a, "", .given = KH_GIVEN(marks, has_a)),
            KH_PARAM(marks, b, "", .given = KH_GIVEN(marks, has_b)),
            KH_PARAM(marks, c, "", .given = KH_GIVEN(marks, has_c))),
        .results = KH_RESULTS(KH_RESULT(marks, given, "")), .defaults = KH_DEFAULTS(marks, .a = 5));

    typedef struct { kh_text file, text; char line[100]; kh_text read; } reads;
    static int reads_step(kh_call *call, void *state) {
        reads *self = state;
        FILE *file = fopen(self->file.data, "r");
        if (file == NULL) return kh_fail(call, -errno, "%s", self->file.data);
        if (fgets(self->line, sizeof self->line, file) == NULL) self->line[0] = 0;
        fclose(file);
        self->read = (kh_text){self->line, 0};
        while (self->line[self->read.length] >= ' ') self->read.length++;
        return KH_DONE;
    }
    KH_KERNEL(reads, .flags = KH_PURE, .step = reads_step,
        .params = KH_PARAMS(KH_PARAM(reads, file, "what to read", .required = 1, .flags = KH_PATH)),
        .results = KH_RESULTS(KH_RESULT(reads, read, "its first line")));

    """#

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Headers.library("lib.so", of: [(Self.source, Headers.current)], in: folder)
  }

  private func run(
    _ tasks: String, _ options: [String] = ["--format", "tokens", "-q"], from: String? = nil
  ) throws -> Outcome {
    try folder.write(#"{"plugins": ["lib.so"], "tasks": [\#(tasks)]}"#, to: "m.json")
    return try HostBinary.run(
      [from == nil ? "m.json" : folder.path("m.json")] + options, folder: from ?? folder.path)
  }

  @Test(arguments: ["process", "none"]) func arrays(_ isolation: String) throws {
    let options = ["--format", "tokens", "-q", "--isolation", isolation]
    let run = try run(
      """
      {"name": "a", "kernel": "arrays",
       "args": {"whole": [1, -2147483648, 3], "real": [0.5, 1, "NaN"], "y": [1, 0.5, -2],
                "small": [-1, 200], "key": {"base64": "AAECAw=="}, "mean": [1, 2.5], "large": [4]}},
      {"kernel": "arrays"},
      {"kernel": "arrays", "args": {"y": {"result": "a.y"}, "real": {"result": "a.real"},
         "whole": {"result": "a.whole"}, "mean": [{"result": "a.large"}, 1], "key": "wxyz"}}
      """.replacing(#"[{"result": "a.large"}, 1]"#, with: "[7, 1]"), options)
    #expect(
      run.out.lines == [
        #"[{"whole": [2, 0, 6], "real": [1.0, 2.0, "NaN"], "y": [2.0, 1.0, -4.0], "#
          + #""small": [-2, 400], "key": {"base64": "AQADAg=="}, "mean": [2.0, 5.0], "#
          + #""large": [8]}, true, ""]"#,
        #"[{"whole": [], "real": [], "y": [2.0, 4.0, 6.0], "small": [0, 0], "#
          + #""key": {"base64": "YGNiAQ=="}, "mean": [0.0, 0.0], "large": [2]}, true, ""]"#,
        #"[{"whole": [4, 0, 12], "real": [2.0, 4.0, "NaN"], "y": [4.0, 2.0, -8.0], "#
          + #""small": [0, 0], "key": {"base64": "dnl4ew=="}, "mean": [14.0, 2.0], "#
          + #""large": [2]}, true, ""]"#,
      ], "\(run.out)\(run.err)")
  }

  @Test func whatDoesNotFit() throws {
    let wrong: [(String, String)] = [
      (#""y": [1, 2]"#, "argument \"y\" of \"arrays\" has exactly 3 elements; found 2"),
      (#""y": [1, 2, 3, 4]"#, "has exactly 3 elements; found 4"),
      (#""y": []"#, "has exactly 3 elements; found 0"),
      (#""y": 1"#, "an array of numbers"),
      (#""large": [1, 2]"#, "has exactly 1 element; found 2"),
      (#""small": [1, 40000]"#, "is an integer from -32768 to 32767; found 40000"),
      (#""whole": [2147483648]"#, "from -2147483648 to 2147483647; found 2147483648"),
      (#""whole": [1.5]"#, "write an integer"),
      (#""real": [1e39]"#, "32 bits (float)"),
      (#""mean": [1, -1e39]"#, "32 bits (float)"),
      (#""key": "abc""#, "has exactly 4 bytes; found 3"),
      (#""key": {"base64": "AAECAwQ="}"#, "has exactly 4 bytes; found 5"),
      (#""y": [{"result": "x"}, 2]"#, "has exactly 3 elements; found 2"),
    ]
    for (argument, words) in wrong {
      let run = try run(
        #"{"name": "x", "kernel": "logistic_map"}, {"kernel": "arrays", "args": {\#(argument)}}"#)
      #expect(run.end == .exit(2) && run.err.contains(words), "\(argument): \(run.err)")
    }
    // A list that only a run can know.
    let late = try run(
      #"""
      {"name": "x", "kernel": "logistic_map", "repeat": 4},
      {"kernel": "arrays", "args": {"y": {"results": "x"}}}
      """#)
    #expect(late.out.contains("has exactly 3 elements; found 4"), "\(late.out)\(late.err)")
  }

  @Test func choicesAsNumbers() throws {
    let run = try run(
      #"""
      {"name": "a", "kernel": "methods", "args": {"byte": "rk4"}},
      {"kernel": "methods", "args": ["heun", "rk4", "euler"]},
      {"kernel": "methods", "args": {"byte": {"result": "a.next"}, "method": {"result": "a.method"}}}
      """#, [])
    let printed = run.out.lines.filter { !$0.contains("[") && !$0.contains("C") }
    #expect(printed == ["0 1 2", "1 2 0", "0 1 2"], "\(run.out)\(run.err)")
    #expect(run.out.contains(#"[{"method": "heun", "next": "rk4"}, true, ""]"#), "\(run.out)")
    // A number that stands for none.
    #expect(run.out.contains(#"[{"method": "rk4", "next": "3"}, true, ""]"#), "\(run.out)")
    for (argument, words) in [
      (#""rk5""#, "is one of \"euler\", \"heun\" and \"rk4\"; found \"rk5\""),
      ("2", "is one of \"euler\", \"heun\" and \"rk4\"; found \"2\""),
    ] {
      let wrong = try self.run(#"{"kernel": "methods", "args": {"byte": \#(argument)}}"#)
      #expect(wrong.end == .exit(2) && wrong.err.contains(words), "\(wrong.err)")
    }
  }

  @Test func whatWasGiven() throws {
    let run = try run(
      """
      {"kernel": "marks"}, {"kernel": "marks", "args": {"a": 5}},
      {"kernel": "marks", "args": {"b": [1, 2], "c": ""}},
      {"kernel": "marks", "sweep": {"a": [1, 2]}}
      """)
    #expect(
      run.out.lines == ["0", "1", "110", "1", "1"].map { "[\($0), true, \"\"]" },
      "\(run.out)\(run.err)")
  }

  @Test(arguments: ["process", "none"]) func paths(_ isolation: String) throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("data"), withIntermediateDirectories: true)
    try folder.write("first\nsecond\n", to: "data/a.txt")
    let task = #"{"kernel": "reads", "args": ["data/a.txt"]}"#
    let absolute = #"{"kernel": "reads", "args": ["\#(folder.path("data/a.txt"))"]}"#
    let swept = #"{"kernel": "reads", "sweep": {"file": ["./data/a.txt", "none"]}}"#
    let options = ["--format", "tokens", "-q", "--isolation", isolation]
    for place in [nil, "/"] {
      let run = try run("\(task), \(absolute), \(swept)", options, from: place)
      #expect(
        run.out.lines.prefix(3) == [
          "[\"first\", true, \"\"]", "[\"first\", true, \"\"]", "[\"first\", true, \"\"]",
        ],
        "\(run.out)\(run.err)")
      #expect(run.out.lines.last == "[null, false, \"ENOENT: \(folder.path("none"))\"]")
    }
    // A record has it as it was written.
    let record = try run(swept, ["--format", "jsonl", "-q", "--isolation", isolation], from: "/")
    #expect(record.out.contains(#""point":{"file":"./data/a.txt"}"#), "\(record.out)\(record.err)")
    // What may be read is the user's to say.
    if isolation == "none" { return }
    let strict = try run(task, options + ["--sandbox", "strict"], from: "/")
    #expect(strict.out.contains("EACCES") || strict.end == .exit(2), "\(strict.out)\(strict.err)")
  }

  /// A compiler says what to write instead of a type that no kernel can have.
  @Test func whatNoFieldCanBe() throws {
    for (field, words) in [
      ("const char *name", "a text in a state is a kh_text"),
      ("char name[16]", "a text in a state is a kh_text"),
      ("double *name", "kh_f64_array, kh_f32_array (instead of a pointer)"),
    ] {
      try folder.write(
        """
        #include "kernel_host.h"
        typedef struct { \(field); } k;
        static int step(kh_call *call, void *state) { (void)call; (void)state; return 0; }
        KH_KERNEL(k, .step = step, .params = KH_PARAMS(KH_PARAM(k, name, "")));

        """, to: "k.c")
      let run = try HostBinary.run(
        ["build", "k.c", "-o", "k.so"], environment: ["XDG_CACHE_HOME": folder.path("cache")],
        folder: folder.path)
      #expect(run.end == .exit(2) && run.err.contains(words), "\(run.err)")
    }
  }

  @Test func howTheyAreShown() throws {
    let run = try HostBinary.run(["kernels", "arrays", "--plugin", "lib.so"], folder: folder.path)
    #expect(run.out.contains("y: f64 array of 3 [m] = [1.0,2.0,3.0]"), "\(run.out)")
    #expect(run.out.contains("key: bytes of 4"), "\(run.out)")
    let path = try HostBinary.run(["kernels", "reads", "--plugin", "lib.so"], folder: folder.path)
    #expect(path.out.contains("a path relative to the manifest"), "\(path.out)")
    try folder.write(#"{"plugins": ["lib.so"], "tasks": []}"#, to: "m.json")
    let schema = try HostBinary.run(["schema", "m.json"], folder: folder.path)
    let text = schema.out.filter { !$0.isWhitespace }
    #expect(text.contains(#""minItems":3,"maxItems":3"#), "\(schema.err)")
    #expect(text.contains(#""enum":["euler","heun","rk4"]"#))
  }
}

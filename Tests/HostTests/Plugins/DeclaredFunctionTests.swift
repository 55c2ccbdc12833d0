import Foundation
import KernelHostTestSupport
import Testing

/// What declarations can say beside numbers and arrays: places for results, bytes, buffers,
/// enumerations, other names, errno, and what is called before.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct DeclaredFunctionTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      """
      #include <errno.h>
      #include <stddef.h>
      #include <stdint.h>
      #include <stdio.h>
      #include <string.h>
      double split(double x, int *whole) { *whole = (int)x; return x - *whole; }
      void rotate(double *a, float *b) { double t = *a; *a = *b; *b = (float)t; }
      void three(double *p) { p[0] = p[1] = p[2] = 1; }
      void beyond(double *x, size_t n) { x[n] = 7; }
      void third(double v[3]) { v[2] = v[0] + v[1]; }
      unsigned sum(const void *p, size_t n) {
          unsigned s = 0;
          for (size_t i = 0; i < n; i++) s += ((const unsigned char *)p)[i];
          return s;
      }
      void fill(unsigned char *p, size_t n) { for (size_t i = 0; i < n; i++) p[i] = (unsigned char)('a' + i); }
      void key(unsigned char k[4]) { memcpy(k, "KEY!", 4); }
      size_t bytes(const char *s, size_t n) { size_t c = 0; while (n-- > 0) c += s[n] == 0; return c; }
      char *hex(char *out, size_t out_size, int value) { snprintf(out, out_size, "%x", value); return out; }
      char *name(void) { return (char *)"a name"; }
      int order(int o) { return o + 1; }
      void series(double *x, size_t n) { for (size_t i = 0; i < n; i++) x[i] = (double)i; }
      unsigned short count(const int *x, uint8_t n) { (void)x; return n; }
      double root(double x) { if (x < 0) { errno = EDOM; return -1; } return x / 2; }
      double much(int a, int b, int c, int d, int e, int f, double x, int g, int h, const double *p,
                  int i, double y, signed char j, unsigned k, long l) {
          return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + x + 7 * g + 8 * h + 9 * p[0] + 10 * i + y +
                 11 * j + 12 * (double)k + 13 * (double)l;
      }
      static int begun, ready;
      int begin(void) { return begun++ ? -7 : 0; }
      void *prepare(void) { ready = 5; return NULL; }
      int state(void) { return begun * 10 + ready; }
      int failing(void) { return -3; }
      int pack(unsigned char *out, size_t *size) {
          if (*size < 3) return -5;
          memcpy(out, "abc", *size = 3);
          return 0;
      }
      void evens(int *out, int *n) { for (int i = 0; i < *n; i++) out[i] = 2 * i; *n -= 1; }
      double gamma(double x) { return x * 100; }

      """, to: "plain.c")
    let outcome = try Child(
      "/usr/bin/env",
      [Plugins.compiler!, "-shared", "-fPIC", "-O2", "-w", "plain.c", "-o", "libplain.so"],
      folder: folder.path
    ).finish()
    #expect(outcome.end == .exit(0), "\(outcome.err)")
  }

  /// The tokens of calls; "args" as they stand in a manifest.
  private func tokens(
    _ functions: [Any], _ calls: [(String, String)], initializers: [String] = [],
    options: [String] = []
  ) throws -> [String] {
    var plugin: [String: Any] = ["library": "./libplain.so", "functions": functions]
    if !initializers.isEmpty { plugin["init"] = initializers }
    let text = String(decoding: try JSONSerialization.data(withJSONObject: plugin), as: UTF8.self)
    let tasks = calls.map { #"{"kernel": "\#($0.0)", "args": \#($0.1)}"# }
    try folder.write(
      #"{"plugins": [\#(text)], "tasks": [\#(tasks.joined(separator: ","))]}"#, to: "m.json")
    let outcome = try HostBinary.run(
      ["m.json", "--format", "tokens"] + options, folder: folder.path)
    return outcome.out.isEmpty ? [outcome.err] : outcome.out.lines
  }

  private static func error(_ text: String) -> String { "[null, false, \"\(text)\"]" }

  @Test func placesForResults() throws {
    let lines = try tokens(
      [
        "double split(double x, int *whole)", "void rotate(double *a, float *b)",
        "void three(double *p)", "void third(double v[3])",
        "void beyond(double *x, size_t n)",
      ],
      [
        ("split", "[2.5]"), ("split", #"{"x": -3.25, "whole": 9}"#),
        ("rotate", #"{"a": 1.5, "b": 2.5}"#), ("rotate", "{}"), ("three", "[]"),
        ("third", "[[1, 2, 0]]"), ("third", "[]"), ("third", "[[1, 2]]"),
        ("beyond", #"{"n": 4}"#),
      ])
    #expect(
      lines == [
        "[{\"whole\": 2, \"value\": 0.5}, true, \"\"]",
        "[{\"whole\": -3, \"value\": -0.25}, true, \"\"]", "[{\"a\": 2.5, \"b\": 1.5}, true, \"\"]",
        "[{\"a\": 0.0, \"b\": 0.0}, true, \"\"]",
        Self.error(
          "EOVERFLOW: the function wrote more than one element of p; its declaration must say how "
            + "many it has, as p[3] does"), "[[1.0, 2.0, 3.0], true, \"\"]",
        "[[0.0, 0.0, 0.0], true, \"\"]", Self.error("EINVAL: v has 2 elements, expected 3"),
        Self.error(
          "EOVERFLOW: the function wrote past the end of x; its declaration must say how many "
            + "elements it has"),
      ])
  }

  @Test func bytesAndTexts() throws {
    let lines = try tokens(
      [
        "unsigned sum(const void *p, size_t n)", "void fill(unsigned char *p, size_t n)",
        "void key(unsigned char k[4])", "size_t bytes(const char s[n], size_t n)",
        "int pack(unsigned char out[*size], size_t *size)", "void evens(int out[*n], int *n)",
        "char *hex(char *out, size_t out_size, int value)", "char *name(void)",
      ],
      [
        ("sum", #"["ab"]"#), ("sum", #"[{"base64": "AAEC/w=="}]"#), ("sum", #"[""]"#),
        ("fill", #"{"n": 3}"#), ("fill", #"["zz"]"#), ("key", "[]"),
        ("bytes", #"["a\u0000b\u0000"]"#), ("hex", #"{"out_size": 8, "value": 255}"#),
        ("hex", #"{"out_size": 2, "value": 255}"#),
        ("hex", #"{"out": "abc", "out_size": 3, "value": 255}"#), ("name", "[]"),
        ("pack", #"{"size": 10}"#), ("pack", #"{"size": 2}"#), ("evens", #"{"n": 4}"#),
      ])
    #expect(
      lines == [
        "[195, true, \"\"]", "[258, true, \"\"]", "[0, true, \"\"]",
        "[{\"base64\": \"YWJj\"}, true, \"\"]", "[{\"base64\": \"YWI=\"}, true, \"\"]",
        "[{\"base64\": \"S0VZIQ==\"}, true, \"\"]", "[2, true, \"\"]",
        "[{\"out\": \"ff\", \"value\": \"ff\"}, true, \"\"]",
        "[{\"out\": \"f\", \"value\": \"f\"}, true, \"\"]",
        Self.error("EINVAL: out has 3 bytes and a NUL, and room for 3"), "[\"a name\", true, \"\"]",
        "[{\"out\": {\"base64\": \"YWJj\"}, \"size\": 3, \"value\": 0}, true, \"\"]",
        "[{\"out\": {\"base64\": \"AAA=\"}, \"size\": 2, \"value\": -5}, true, \"\"]",
        "[{\"out\": [0, 2, 4], \"n\": 3}, true, \"\"]",
      ])
  }

  @Test func enumerationsAndCounts() throws {
    let lines = try tokens(
      [
        "enum order { UP = 4, DOWN = -2 };", "int order(const enum order o)",
        "void series(double *x, size_t n)", "unsigned short count(const int *x, uint8_t n)",
      ],
      [
        ("order", #"["UP"]"#), ("order", #"["DOWN"]"#), ("series", #"{"n": 3}"#),
        ("series", "[[7, 7]]"), ("series", #"{"x": [7, 7], "n": 3}"#),
        ("count", "[[\(Array(repeating: "1", count: 255).joined(separator: ","))]]"),
        ("count", "[[\(Array(repeating: "1", count: 300).joined(separator: ","))]]"),
      ])
    #expect(
      lines == [
        "[5, true, \"\"]", "[-1, true, \"\"]", "[[0.0, 1.0, 2.0], true, \"\"]",
        "[[0.0, 1.0], true, \"\"]", Self.error("EINVAL: n is 3, and what it counts has 2 elements"),
        "[255, true, \"\"]",
        Self.error("ERANGE: 300 elements are more than n, their count, can say: 255"),
      ])
    let wrong = try tokens(
      ["enum order { UP = 4, DOWN };", "int order(enum order o)"], [("order", #"["UPP"]"#)])
    #expect(wrong[0].contains("did you mean \"UP\""), "\(wrong)")
  }

  @Test func namesAndErrno() throws {
    let lines = try tokens(
      [
        ["function": "double gamma(double x)", "as": "hundredfold"],
        ["function": "double root(double x)", "error": "errno"],
        ["function": "double root(double x)", "as": "silent"],
      ],
      [("hundredfold", "[2]"), ("root", "[4]"), ("root", "[-4]"), ("silent", "[-4]")])
    #expect(
      lines.prefix(2) == ["[200.0, true, \"\"]", "[2.0, true, \"\"]"]
        && lines[2].hasPrefix("[null, false, \"EDOM: ") && lines[3] == "[-1.0, true, \"\"]",
      "\(lines)")
    for (function, words) in [
      (["function": "double root(double x)", "error": "status"], "\"error\" can be \"errno\""),
      (["as": "x"], "no \"function\""), (["function": "double root(double x)", "as": ""], "name"),
      (["function": "double root(double x)", "name": "x"], "\"name\""),
    ] {
      let said = try tokens([function], [])
      #expect(said[0].contains("m.json:1:") && said[0].contains(words), "\(said)")
    }
  }

  /// Behind the registers lie more, in their order, among them those of another kind.
  @Test func manyParameters() throws {
    let declaration =
      "double much(int a, int b, int c, int d, int e, int f, double x, int g, int h, "
      + "const double p[1], int i, double y, signed char j, unsigned k, long l)"
    let lines = try tokens(
      [declaration], [("much", "[1,2,3,4,5,6,0.5,7,8,[9],10,0.25,-11,4294967295,-13]")])
    let whole = 1 + 4 + 9 + 16 + 25 + 36 + 49 + 64 + 81 + 100 - 121 - 169 + 12 * 4_294_967_295
    #expect(lines == ["[\(Double(whole) + 0.75), true, \"\"]"])
  }

  /// Once in each worker, before all others; one that fails is a call's error.
  @Test(arguments: ["process", "call", "none"]) func calledBefore(_ isolation: String) throws {
    let lines = try tokens(
      ["int state(void)"], Array(repeating: ("state", "[]"), count: 3),
      initializers: ["int begin(void)", "void *prepare(void)"],
      options: ["--isolation", isolation])
    #expect(lines == Array(repeating: "[15, true, \"\"]", count: 3), "\(lines)")
    let failing = try tokens(
      ["int state(void)"], [("state", "[]")], initializers: ["int failing(void)"],
      options: ["--isolation", isolation])
    #expect(failing == [Self.error("EIO: failing returned -3")], "\(failing)")
    let missing = try tokens(["int state(void)"], [], initializers: ["int none(void)"])
    #expect(missing[0].contains("it has no function \"none\""), "\(missing)")
  }
}

import Foundation
import KernelHostTestSupport
import Testing

/// Functions of libraries that know nothing of kernels, by their declarations alone.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct FunctionTests {
  static let source = """
    #include <stdbool.h>
    #include <stddef.h>
    #include <stdint.h>
    double mix(int a, double b, long c, float d, unsigned char e, double f, short g, bool h,
               float i, double j, double k, double l, double m) {
        return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + (h ? 8 : 0) + i * 9 + j * 10 +
               k * 11 + l * 12 + m * 13;
    }
    int64_t words(int a, unsigned b, short c, long d, const double *e, size_t f) {
        return a + 10 * (int64_t)b + 100 * c + 1000 * d + (int64_t)e[f - 1];
    }
    double dot(const double *x, const double *y, size_t n) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
        return sum;
    }
    float total(int n, const float x[]) {
        float sum = 0;
        for (int i = 0; i < n; i++) sum += x[i];
        return sum;
    }
    void scale(double *x, size_t n, double by) { for (size_t i = 0; i < n; i++) x[i] *= by; }
    void negate(short *x, int n) { for (int i = 0; i < n; i++) x[i] = (short)-x[i]; }
    void next(uint8_t *x, unsigned n) { for (unsigned i = 0; i < n; i++) x[i]++; }
    int64_t sum(const int64_t *x, long n) { int64_t s = 0; while (n-- > 0) s += x[n]; return s; }
    unsigned char wrap(unsigned char a) { return (unsigned char)(a + 1); }
    signed char minus(signed char a) { return (signed char)-a; }
    bool both(bool a, bool b) { return a && b; }
    uint64_t big(void) { return UINT64_MAX; }
    int32_t below(void) { return -2; }
    float half(float x) { return x / 2; }
    const char *pick(int i) { return i == 0 ? "zero" : i == 1 ? "" : NULL; }
    size_t length(const char *text) { size_t n = 0; while (text[n] != 0) n++; return n; }
    void nothing(void) {}
    void die(void) { *(volatile int *)0 = 1; }
    int data = 5;
    """

  private static let declarations = [
    "double mix(int a, double b, long c, float d, unsigned char e, double f, short g, bool h, "
      + "float i, double j, double k, double l, double m)",
    "int64_t words(int a, unsigned b, short c, long d, const double e[f], size_t f)",
    "double dot(const double *x, const double *y, size_t n)",
    "float total(int n, const float x[n])", "void scale(double *x, size_t n, double by)",
    "void negate(short int *x, int n);", "void next(uint8_t *x, unsigned n)",
    "int64_t sum(const int64_t *x, long n)", "unsigned char wrap(unsigned char a)",
    "signed char minus(signed char)", "_Bool both(_Bool a, bool b)", "uint64_t big(void)",
    "int32_t below()", "float half(float)", "const char * pick(int)",
    "size_t length(const char *text)", "void nothing(void)", "void die(void)",
  ]

  /// A call, and its token.
  private static let calls: [(kernel: String, arguments: String, token: String)] = [
    ("mix", "[1, 2, 3, 4, 5, 6, 7, true, 9, 10, 11, 12, 13]", "[763.0, true, \"\"]"),
    ("words", "[-1, 4294967295, -3, 5, [7, 8]]", "[42949677657, true, \"\"]"),
    ("dot", "{\"y\": [4, 5, 6], \"x\": [1, 2, 3]}", "[32.0, true, \"\"]"),
    ("dot", "[[], []]", "[0.0, true, \"\"]"),
    (
      "dot", "[[1, 2, 3], [4, 5]]",
      "[null, false, \"EINVAL: y has 2 elements, the array before it 3; n counts both\"]"
    ),
    ("total", "[[0.5, 0.25]]", "[0.75, true, \"\"]"),
    ("scale", "[[1, 2, 3], 10]", "[[10.0, 20.0, 30.0], true, \"\"]"),
    ("negate", "[[1, -32767]]", "[[-1, 32767], true, \"\"]"),
    (
      "negate", "[[1, 32768]]",
      "[null, false, \"ERANGE: element 1 of x does not fit its type\"]"
    ),
    ("next", "[[1, 255]]", "[[2, 0], true, \"\"]"),
    ("sum", "[[9007199254740993, 1]]", "[9007199254740994, true, \"\"]"),
    ("wrap", "[255]", "[0, true, \"\"]"), ("minus", "[-128]", "[-128, true, \"\"]"),
    ("minus", "[5]", "[-5, true, \"\"]"), ("both", "[true, false]", "[false, true, \"\"]"),
    ("both", "[true, true]", "[true, true, \"\"]"),
    ("big", "[]", "[18446744073709551615, true, \"\"]"), ("below", "[]", "[-2, true, \"\"]"),
    ("half", "[3]", "[1.5, true, \"\"]"), ("pick", "[0]", "[\"zero\", true, \"\"]"),
    ("pick", "[1]", "[\"\", true, \"\"]"),
    ("pick", "[2]", "[null, false, \"ENODATA: the function returned NULL\"]"),
    ("length", "[\"hä\"]", "[3, true, \"\"]"),
    (
      "length", "[\"a\\u0000b\"]",
      "[null, false, \"EINVAL: text has a NUL character in it, where a text of C ends\"]"
    ),
    ("nothing", "[]", "[null, true, \"\"]"),
  ]

  private static func library(_ folder: TemporaryFolder) throws {
    try folder.write(source, to: "plain.c")
    let outcome = try Child(
      "/usr/bin/env",
      [Plugins.compiler!, "-shared", "-fPIC", "-O2", "plain.c", "-o", "libplain.so"],
      folder: folder.path
    ).finish()
    #expect(outcome.end == .exit(0), "\(outcome.err)")
  }

  private static func quoted(_ texts: [String]) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: texts), as: UTF8.self)
  }

  @Test(arguments: ["process", "call", "none"]) func everyType(_ isolation: String) throws {
    let folder = try TemporaryFolder()
    try Self.library(folder)
    let tasks = Self.calls.map { #"{"kernel": "\#($0.kernel)", "args": \#($0.arguments)}"# }
    try folder.write(
      """
      {"plugins": [{"library": "./libplain.so", "functions": \(try Self.quoted(Self.declarations))}],
       "tasks": [\(tasks.joined(separator: ","))]}
      """, to: "m.json")
    let outcome = try HostBinary.run(
      ["m.json", "--format", "tokens", "--isolation", isolation], folder: folder.path)
    #expect(outcome.out.lines == Self.calls.map { $0.token }, "\(outcome.err)")
  }

  /// What C's own library has, without a line of C: against Foundation's.
  @Test func theMathLibrary() throws {
    let values = [0.1, 0.5, 1, 2.5, 10]
    let functions: [(declaration: String, name: String, value: (Double) -> Double)] = [
      ("double j0(double)", "j0", { j0($0) }), ("double erf(double x)", "erf", { erf($0) }),
      ("double cbrt(double)", "cbrt", { cbrt($0) }), ("double sin(double)", "sin", { sin($0) }),
    ]
    let tasks = functions.flatMap { function in
      values.map { #"{"kernel": "\#(function.name)", "args": [\#($0)]}"# }
    }
    let declarations = try Self.quoted(functions.map { $0.declaration })
    let run = try Invocation(
      """
      {"plugins": [{"library": "libm.so.6", "functions": \(declarations)}],
       "tasks": [\(tasks.joined(separator: ","))]}
      """, "--format", "tokens")
    let expected = functions.flatMap { function in values.map(function.value) }
    #expect(run.lines == expected.map { "[\($0), true, \"\"]" })
  }

  @Test func aFunctionThatDies() throws {
    let folder = try TemporaryFolder()
    try Self.library(folder)
    try folder.write(
      #"""
      {"plugins": [{"library": "./libplain.so",
                    "functions": ["void die(void)", "int32_t below()"]}],
       "tasks": [{"kernel": "below"}, {"kernel": "die"}, {"kernel": "below"}]}
      """#, to: "m.json")
    let lines = try HostBinary.run(["m.json", "--format", "tokens"], folder: folder.path).out.lines
    #expect(lines.count == 3 && lines[0] == lines[2] && lines[0] == "[-2, true, \"\"]")
    #expect(lines[1].contains("SIGSEGV") && lines[1].contains("die+0x"))
  }

  /// What the library has is asked of the library.
  @Test func whatIsNotThere() throws {
    let folder = try TemporaryFolder()
    try Self.library(folder)
    func says(_ library: String, _ declaration: String) throws -> String {
      try folder.write(
        #"{"plugins": [{"library": "\#(library)", "functions": ["\#(declaration)"]}], "tasks": []}"#,
        to: "m.json")
      let outcome = try HostBinary.run(["m.json"], folder: folder.path)
      #expect(outcome.end == .exit(2) && outcome.err.hasPrefix("m.json:1:"), "\(outcome.err)")
      return outcome.err
    }
    #expect(try says("./libplain.so", "int none(void)").contains("it has no function \"none\""))
    #expect(try says("./libplain.so", "int data(void)").contains("\"data\" is data, not a"))
    #expect(try says("./libnone.so", "int f(void)").contains("No such file"))
    #expect(try says("libnone.so.77", "int f(void)").contains("libnone.so.77"))
    #expect(try says("libm.so.6", "double sin(double").contains("expected \")\", found the end"))
    // A kernel of that name is there.
    #expect(try says("libc.so.6", "unsigned sleep(unsigned)").contains("exists already, built in"))
  }
}

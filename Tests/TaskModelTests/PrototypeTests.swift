import Testing

@testable import TaskModel

/// Declarations of C functions.
struct PrototypeTests {
  private static func signature(_ text: String) throws -> String {
    try Prototype(text).signature.split(separator: "\n").joined(separator: "; ")
  }

  @Test func types() throws {
    let types: [(String, Character)] = [
      ("int", "i"), ("signed", "i"), ("unsigned", "I"), ("unsigned int", "I"), ("short", "s"),
      ("short int", "s"), ("unsigned short", "S"), ("long", "l"), ("long int", "l"),
      ("int long", "l"), ("long long int", "l"), ("unsigned long long", "L"),
      ("long unsigned int", "L"), ("char", "c"), ("signed char", "c"), ("unsigned char", "C"),
      ("float", "f"), ("double", "d"), ("bool", "b"), ("_Bool", "b"), ("int8_t", "c"),
      ("uint8_t", "C"), ("int16_t", "s"), ("uint16_t", "S"), ("int32_t", "i"), ("uint32_t", "I"),
      ("int64_t", "l"), ("uint64_t", "L"), ("size_t", "L"), ("ssize_t", "l"), ("ptrdiff_t", "l"),
      ("const int", "i"), ("int const", "i"),
    ]
    for (type, letter) in types {
      let found = try Self.signature("\(type) f(\(type) a)")
      #expect(found == "\(letter); \(letter).. -1 a", "\(type)")
    }
    #expect(try Self.signature("void f(void)") == "v")
    #expect(try Self.signature("  void\tf (\n) ; ") == "v")
    let texts = try Self.signature("const char *f(const char *s, char const*t)")
    #expect(texts == "T; T.. -1 s; T.. -1 t")
  }

  @Test func names() throws {
    let one = try Prototype("extern double  hypot ( double , double y );")
    #expect(one.name == "hypot" && one.text == "extern double hypot(double, double y);")
    #expect(one.signature == "d\nd.. -1 x1\nd.. -1 y")
    #expect(try Self.signature("double j0(double)") == "d; d.. -1 x")
    #expect(try Self.signature("int f(int a, int x1)") == "i; i.. -1 a; i.. -1 x1")
  }

  @Test func arrays() throws {
    let cases = [
      ("void f(double *x, size_t n)", "v; daw 1 x; L.. 1 n"),
      ("void f(const double *restrict x, int n)", "v; da. 1 x; i.. 1 n"),
      ("void f(int n, const float x[n])", "v; i.. 0 n; fa. 0 x"),
      ("void f(const int *a, const int *b, long n)", "v; ia. 2 a; ia. 2 b; l.. 2 n"),
      ("void f(int *a, int n, const int *b, int m)", "v; iaw 1 a; i.. 1 n; ia. 3 b; i.. 3 m"),
      (
        "void f(int k, unsigned char *p, float s, int n)",
        "v; i.. -1 k; Caw 3 p; f.. -1 s; i.. 3 n"
      ),
      ("void f(signed char *p, int n)", "v; caw 1 p; i.. 1 n"),
    ]
    for (text, expected) in cases { #expect(try Self.signature(text) == expected, "\(text)") }
  }

  @Test func problems() {
    let cases: [(String, PrototypeProblem)] = [
      ("", .expected("a type", found: "the end")),
      ("int", .expected("the function's name", found: "the end")),
      ("int f", .expected("\"(\"", found: "the end")),
      ("int f(int a", .expected("\")\"", found: "the end")),
      ("int f(int a) int", .expected("the end", found: "int")),
      ("int f(int a,)", .expected("a type", found: ")")),
      ("int f(5)", .expected("a type", found: "5")),
      ("FILE *f(void)", .unknownType("FILE")),
      ("int f(struct s a)", .unknownType("struct")),
      ("long double f(void)", .unsupportedType("long double")),
      ("int f(long long long a)", .unsupportedType("long long long")),
      ("unsigned double f(void)", .unsupportedType("unsigned double")),
      ("int *f(void)", .unsupportedType("int *")),
      ("char *f(void)", .unsupportedType("char *")),
      ("int f(void *p)", .unsupportedType("void *p")),
      ("int f(double **p, int n)", .unsupportedType("double **")),
      ("int f(char *s)", .writtenText("s")),
      ("int f(int *p)", .noCount(of: "p")),
      ("int f(int n, int p[m])", .noCount(of: "p")),
      ("int f(float n, int p[n])", .countIsNoNumber("n")),
      ("int f(const char *s, ...)", .variadic),
      ("int f(int a, int a)", .twice("a")),
      ("int f(int a, int b, int c, int d, int e, int f, int g)", .tooMany),
      ("int f(\((1...9).map { "double a\($0)" }.joined(separator: ", ")))", .tooMany),
    ]
    for (text, problem) in cases {
      #expect(throws: problem, "\(text)") { try Prototype(text) }
    }
  }

  /// Any text is a declaration or is none; nobody dies of it.
  @Test func anyText() {
    var random = Random(seed: 5)
    let words = [
      "int", "const", "char", "*", "(", ")", ",", "[", "]", "f", "double", "void", "long", "n", ";",
      "unsigned", "é", "\u{0}", "7", "...", " ", "size_t",
    ]
    for _ in 0..<20_000 {
      let text = (0..<random.below(14)).map { _ in words[random.below(words.count)] }
      _ = try? Prototype(text.joined(separator: " "))
    }
    _ = try? Prototype(String(repeating: "int f(", count: 100_000))
  }
}

import Testing

@testable import KernelHostModel

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
    #expect(one.name == "hypot" && one.text == "double hypot(double, double y);")
    #expect(one.signature == "d\nd.. -1 x1\nd.. -1 y")
    #expect(try Self.signature("double j0(double)") == "d; d.. -1 x")
    #expect(try Self.signature("int f(int a, int x1)") == "i; i.. -1 a; i.. -1 x1")
  }

  @Test func arrays() throws {
    let cases = [
      ("void f(double *x, size_t n)", "v; daw 1 x; LN. 1 n"),
      ("void f(const double *restrict x, int n)", "v; da. 1 x; in. 1 n"),
      ("void f(int n, const float x[n])", "v; in. 0 n; fa. 0 x"),
      ("void f(const int *a, const int *b, long n)", "v; ia. 2 a; ia. 2 b; ln. 2 n"),
      ("void f(int *a, int n, const int *b, int m)", "v; iaw 1 a; iN. 1 n; ia. 3 b; in. 3 m"),
      ("void f(int *p, float s, int n)", "v; iaw 2 p; f.. -1 s; iN. 2 n"),
      ("void f(signed char *p, int n)", "v; caw 1 p; iN. 1 n"),
      // Behind a pointer these are bytes.
      ("void f(const void *p, size_t n)", "v; Va. 1 p; Ln. 1 n"),
      ("void f(unsigned char *p, size_t n)", "v; Vaw 1 p; LN. 1 n"),
      ("void f(const uint8_t *p, size_t n)", "v; Ca. 1 p; Ln. 1 n"),
      ("void f(const unsigned char k[32], double v[3])", "v; Vf. 32 k; dfw 3 v"),
      // Texts: by their NUL, by a count in brackets, and buffers.
      ("void f(const char *s, size_t n)", "v; T.. -1 s; L.. -1 n"),
      ("void f(const char s[n], size_t n)", "v; Ta. 1 s; Ln. 1 n"),
      ("char *f(char *out, size_t len)", "T; Taw 1 out; LN. 1 len"),
      ("void f(char out[64])", "v; Tfw 64 out"),
      // One element that the function changes.
      ("double frexp(double x, int *exp)", "d; d.. -1 x; iow -1 exp"),
      // Room that a cell has, and then what was used of it.
      (
        "int f(Bytef dest[*len], uLongf *len, const Bytef *source, uLong sourceLen)",
        "i; Vpw 1 dest; Low -1 len; Va. 3 source; Ln. 3 sourceLen"
      ),
      ("void f(int n, double x[1])", "v; i.. -1 n; dow -1 x"),
    ]
    for (text, expected) in cases { #expect(try Self.signature(text) == expected, "\(text)") }
  }

  /// Types and constants that stand before the function.
  @Test func declarations() throws {
    var known = Declarations()
    for text in [
      "typedef unsigned int gsl_mode_t;", "#define KEYBYTES 32U",
      "enum CBLAS_ORDER {CblasRowMajor=101, CblasColMajor };",
      "typedef enum CBLAS_ORDER CBLAS_LAYOUT;", "typedef enum { LOW = -1, HIGH = 0x10 } level;",
      "enum { SIZE = (KEYBYTES) };",
    ] {
      #expect(try known.read(text) == nil, "\(text)")
    }
    let function = try known.read(
      "int f(gsl_mode_t m, const CBLAS_LAYOUT o, level l, unsigned char k[KEYBYTES], int v[SIZE])")
    #expect(
      function?.signature == """
        i
        I.. -1 m
        E.. -1 o\tCblasRowMajor=101\tCblasColMajor=102
        E.. -1 l\tLOW=-1\tHIGH=16
        Vfw 32 k
        ifw 32 v
        """)
    // One that is not declared is a number.
    #expect(try known.read("enum X f(enum Y y)")?.signature == "i\ni.. -1 y")
  }

  /// As headers have them.
  @Test func macrosAndComments() throws {
    let cases = [
      (
        "ZEXTERN uLong ZEXPORT adler32 OF((uLong adler, const Bytef *buf, uInt len));",
        "L; L.. -1 adler; Va. 2 buf; In. 2 len"
      ),
      ("ZEXTERN const char * ZEXPORT zlibVersion OF((void));", "T"),
      (
        "SODIUM_EXPORT int sodium_is_zero(const unsigned char *n, const size_t nlen);",
        "i; Va. 1 n; Ln. 1 nlen"
      ),
      (
        "extern double cbrt (double __x) __attribute__ ((__nothrow__ , __leaf__));", "d; d.. -1 __x"
      ),
      ("int f(int a /* the first */, // one\n int b) __THROW __wur;", "i; i.. -1 a; i.. -1 b"),
      (
        "float cblas_sasum(OPENBLAS_CONST blasint n, OPENBLAS_CONST float x[n], blasint incx);",
        "f; in. 0 n; fa. 0 x; i.. -1 incx"
      ),
    ]
    for (text, expected) in cases { #expect(try Self.signature(text) == expected, "\(text)") }
  }

  @Test func initializers() throws {
    let texts = [
      ("int sodium_init(void)", "sodium_init", true),
      (
        "gsl_error_handler_t * gsl_set_error_handler_off (void);", "gsl_set_error_handler_off",
        false
      ),
      ("void f()", "f", false),
    ]
    for (text, name, returnsNumber) in texts {
      let one = try Initializer(text)
      #expect(one.symbol == name && one.returnsNumber == returnsNumber)
    }
    #expect(throws: PrototypeProblem.initializerTakes("f")) { try Initializer("int f(int a)") }
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
      ("int f(const gsl_rng * r)", .unknownPointer("gsl_rng")),
      ("int f(struct s a)", .structure("struct s")),
      ("int f(void (*handler)(int))", .functionPointer),
      ("long double f(void)", .unsupportedType("long double")),
      ("double _Complex f(void)", .unsupportedType("double _Complex")),
      ("int f(long long long a)", .unsupportedType("long long long")),
      ("unsigned double f(void)", .unsupportedType("unsigned double")),
      ("int *f(void)", .pointerResult("int *")),
      ("void *f(void)", .pointerResult("void *")),
      ("char **f(void)", .pointerResult("char **")),
      ("int f(void *p)", .noCount(of: "p")),
      ("int f(const int *p)", .noCount(of: "p")),
      ("int f(double p[])", .noCount(of: "p")),
      ("int f(double **p, int n)", .unsupportedType("double **")),
      ("int f(double a[3][3])", .unsupportedType("double a[3][]")),
      ("int f(char *s)", .writtenText("s")),
      ("int f(int n, int p[m])", .unknownCount(of: "p", name: "m")),
      ("int f(float n, int p[n])", .countIsNoNumber("n")),
      ("int f(int p[0])", .wrongSize(of: "p")),
      ("int f(int p[*n], int n)", .countIsNoNumber("n")),
      ("int f(const int p[*n], int *n)", .countIsNoNumber("n")),
      ("int f(int p[*m], int *n)", .unknownCount(of: "p", name: "m")),
      ("int f(const char *s, ...)", .variadic),
      ("int f(int a, int a)", .twice("a")),
      ("int f(\((1...15).map { "int a\($0)" }.joined(separator: ", ")))", .tooMany),
      ("int f(\((1...9).map { "double a\($0)" }.joined(separator: ", ")))", .tooMany),
      ("typedef double *vector;", .unsupportedType("double *")),
    ]
    for (text, problem) in cases {
      #expect(throws: problem, "\(text)") { try Prototype(text) }
    }
  }

  /// Nothing is guessed where several could count, or where the one that could need not.
  @Test func whatIsNotClear() {
    let texts = [
      "double gsl_stats_mean(const double data[], const size_t stride, const size_t n)",
      "double cblas_ddot(const int N, const double *X, const int incX, const double *Y, const int incY)",
      "double cblas_dnrm2(const int N, const double *X, const int incX)",
      "int crypto_hash(unsigned char *out, const unsigned char *in, unsigned long long inlen)",
      "int gsl_sf_bessel_Jn_array(int nmin, int nmax, double x, double * result_array)",
      "int gsl_poly_dd_init(double dd[], const double x[], const double y[], size_t size)",
      "void f(const double *x, int rows, int columns)", "void f(const double *x, int stride)",
      "void f(int n, double *x)", "void f(double *x, double y, int n, double z)",
      "void f(double *x, size_t n, double *mean)",
    ]
    for text in texts {
      let error = #expect(throws: PrototypeProblem.self, "\(text)") { try Prototype(text) }
      guard case .ambiguousCount = error else {
        Issue.record("\(text): \(String(describing: error))")
        continue
      }
    }
  }

  /// Any text is a declaration or is none; nobody dies of it.
  @Test func anyText() {
    var random = Random(seed: 5)
    let words = [
      "int", "const", "char", "*", "(", ")", ",", "[", "]", "f", "double", "void", "long", "n", ";",
      "unsigned", "é", "\u{0}", "7", "...", " ", "size_t", "enum", "{", "}", "=", "typedef", "#",
      "define", "OF", "/*", "*/", "//", "__attribute__", "struct",
    ]
    for _ in 0..<20_000 {
      let text = (0..<random.below(14)).map { _ in words[random.below(words.count)] }
      _ = try? Prototype(text.joined(separator: " "))
    }
    _ = try? Prototype(String(repeating: "int f(", count: 100_000))
  }
}

import Foundation
import KernelHostTestSupport
import Testing

/// Functions of real libraries by the prototypes of their headers: what a call gives is what a C
/// program gets that includes the header.
struct LibraryFunctionTests {
  @Test(.enabled(if: PrototypeList.isThere("libgsl.so"), "needs libgsl-dev"))
  func gsl() throws { try Self.compare("libgsl.so", "-lgsl", "-lgslcblas", "-lm") }

  @Test(.enabled(if: PrototypeList.isThere("libgslcblas.so"), "needs libgsl-dev"))
  func cblas() throws { try Self.compare("libgslcblas.so", "-lgslcblas", "-lm") }

  @Test(.enabled(if: PrototypeList.isThere("libz.so"), "needs zlib1g-dev"))
  func zlib() throws { try Self.compare("libz.so", "-lz") }

  @Test(.enabled(if: PrototypeList.isThere("libsodium.so"), "needs libsodium-dev"))
  func sodium() throws { try Self.compare("libsodium.so", "-lsodium") }

  @Test(.enabled(if: PrototypeList.isThere("libm.so.6"), "needs a C compiler"))
  func math() throws { try Self.compare("libm.so.6", "-lm") }

  private static func compare(_ name: String, _ libraries: String...) throws {
    let library = try #require(PrototypeList.all.first { $0.name == name })
    let entries = library.entries.filter { $0.status == "ok" }
    let expected = try values(of: entries, library, libraries)
    let folder = try TemporaryFolder()
    var plugin: [String: Any] = [
      "library": name,
      "functions": library.entries.filter { ["ok", "declare"].contains($0.status) }.map { $0.text },
    ]
    if !library.initializer.isEmpty { plugin["init"] = [library.initializer] }
    let called = entries.filter { $0.arguments != nil }
    let text = String(decoding: try JSONSerialization.data(withJSONObject: plugin), as: UTF8.self)
    let tasks = called.map { #"{"kernel": "\#(symbol($0.text))", "args": \#($0.arguments!)}"# }
    try folder.write(
      #"{"plugins": [\#(text)], "tasks": [\#(tasks.joined(separator: ","))]}"#, to: "m.json")
    let outcome = try HostBinary.run(["m.json", "--format", "tokens"], folder: folder.path)
    let lines = outcome.out.lines
    #expect(lines.count == called.count, "\(outcome.err)")
    for (entry, line) in zip(called, lines) {
      guard let token = entry.token else { continue }
      if token.hasPrefix("=") {
        #expect(
          Self.isSame(line, expected[String(token.dropFirst())] ?? "?"), "\(entry.text): \(line)")
      } else {
        #expect(line == token, "\(entry.text)")
      }
    }
  }

  /// What the name of a prototype's function is: what stands before its parameters.
  private static func symbol(_ text: String) -> String {
    let start = text.range(of: " OF(") ?? text.range(of: "(")!
    let name = text[..<start.lowerBound].split { !$0.isLetter && !$0.isNumber && $0 != "_" }.last
    return String(name ?? "")
  }

  /// The results of expressions, from a C program.
  private static func values(
    of entries: [PrototypeList.Entry], _ library: PrototypeList.Library, _ libraries: [String]
  ) throws -> [String: String] {
    let expressions = entries.compactMap { entry in
      entry.token.flatMap { $0.hasPrefix("=") ? String($0.dropFirst()) : nil }
    }
    let folder = try TemporaryFolder()
    let turnedOff = library.name == "libgsl.so" ? "gsl_set_error_handler_off();" : ""
    try folder.write(
      """
      #define _GNU_SOURCE
      #include <stdio.h>
      \(library.headers.map { "#include <\($0)>" }.joined(separator: "\n"))
      static void real(double x) { printf("%.17g\\n", x); }
      static void whole(long long x) { printf("%lld\\n", x); }
      static void text(const char *x) { printf("\\"%s\\"\\n", x); }
      #define SHOW(x) _Generic((x), float: real, double: real, const char *: text, \\
                               char *: text, default: whole)(x)
      int main(void) {
          \(turnedOff)
          \(expressions.map { "SHOW(\($0));" }.joined(separator: "\n    "))
          return 0;
      }

      """, to: "a.c")
    // No result of the compiler's own making.
    let build = try Child(
      "/usr/bin/env", [Plugins.compiler!, "-O0", "-fno-builtin", "a.c", "-o", "a"] + libraries,
      folder: folder.path
    ).finish()
    #expect(build.end == .exit(0), "\(build.err)")
    let lines = try Child(folder.path("a"), []).finish().out.lines
    #expect(lines.count == expressions.count)
    return Dictionary(zip(expressions, lines)) { first, _ in first }
  }

  /// Whether a token has a result, to the last bit.
  private static func isSame(_ token: String, _ value: String) -> Bool {
    if value == "nan" || value == "-nan" { return token == "[\"NaN\", true, \"\"]" }
    if value == "inf" { return token == "[\"Infinity\", true, \"\"]" }
    if value == "-inf" { return token == "[\"-Infinity\", true, \"\"]" }
    guard token.hasPrefix("["), token.hasSuffix(", true, \"\"]") else { return false }
    let found = String(token.dropFirst().dropLast(", true, \"\"]".count))
    if let number = Double(value) { return Double(found) == number }
    return found == value
  }
}

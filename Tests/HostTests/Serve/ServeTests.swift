import Foundation
import KernelHostTestSupport
import Testing

/// `host serve` and its Python client, by the tests of Tests/Python, which talk to the real
/// program over its pipes.
@Suite(.enabled(if: Python.path != nil, Comment(rawValue: Python.why)), .serialized)
struct ServeTests {
  /// `name`: of a file in Tests/Python.
  private func run(_ name: String) throws {
    let python = try #require(Python.path)
    if Plugins.compiler != nil {
      for source in ["neighbours.c", "every_type.c"] { _ = try Plugins.library(source) }
    }
    let tests = try Child(
      python, ["-W", "ignore", "\(Repository.path)/Tests/Python/\(name)"],
      environment: ["KERNELHOST": HostBinary.path, "PLUGINS": Plugins.folder]
    ).finish()
    #expect(tests.end == .exit(0), "\(tests.err)")
  }

  @Test func protocolLines() throws { try run("serve_test.py") }
  @Test func pythonClient() throws { try run("client_test.py") }

  /// The client is the file of the tree, byte for byte.
  @Test func clientIsTheFile() throws {
    let file = try Data(
      contentsOf: URL(fileURLWithPath: "\(Repository.path)/CSources/python/kernelhost.py"))
    let printed = try HostBinary.run(["client", "python"])
    #expect(printed.end == .exit(0) && Data(printed.standardOutput) == file)
    for arguments in [[], ["ruby"], ["python", "python"]] {
      #expect(try HostBinary.run(["client"] + arguments).end == .exit(2))
    }
  }

  /// A file of requests becomes a file of records.
  @Test func filesInAndOut() throws {
    let requests = (0..<1000).map { "{\"id\":\($0),\"kernel\":\"primes\",\"args\":[\($0)]}\n" }
    let served = try HostBinary.run(["serve", "-j", "2"], input: Array(requests.joined().utf8))
    #expect(served.end == .exit(0) && served.err == "", "\(served.err)")
    let lines = served.out.lines
    #expect(lines.count == 1002)
    #expect(lines.first?.hasPrefix("{\"protocol\":1,") == true)
    #expect(lines.last?.hasPrefix("{\"end\":\"eof\",") == true)
  }

  @Test func wrongCommandLines() throws {
    for (arguments, words) in [
      (["serve", "a.json"], "expected no more words"), (["serve", "-j", "0"], "from 1 to 1024"),
      (["serve", "--format", "csv"], "--format"),
    ] {
      let run = try HostBinary.run(arguments)
      #expect(run.end == .exit(2) && run.err.contains(words), "\(run.err)")
    }
    #expect(try HostBinary.run(["serve"], output: .closed).end == .exit(3))
    let broken = try HostBinary.run(["serve"], output: .broken)
    #expect(broken.end == .exit(3), "\(broken.err)")
  }
}

import KernelBridge
import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// The builder's own promises, where a whole host would take too long.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct PluginBuilderTests {
  /// A lock that another process never gives back costs its patience, and no library.
  @Test func aLockThatIsHeldForEver() throws {
    let folder = try TemporaryFolder()
    try folder.write("int number = 1;\n", to: "a.c")
    let plugin = Plugin(path: folder.path("a.c"))
    let patient = PluginBuilder(below: folder.path("cache"))
    let first = try patient.library(of: plugin)
    #expect(first.warnings.isEmpty)
    #expect(try patient.library(of: plugin).path == first.path)
    let place = String(first.path.dropLast("/a.so".count))
    let lock = try FileLock.take(place + "/making", patience: 1)
    #expect(lock != nil)
    #expect(try FileLock.take(place + "/making", patience: 0.01) == nil)
    // What is there needs no lock.
    #expect(try patient.library(of: plugin).warnings.isEmpty)
    Folders.remove(first.path)
    let hasty = PluginBuilder(below: folder.path("cache"), patience: 0.05)
    let second = try hasty.library(of: plugin)
    #expect(second.path == first.path && second.warnings.contains("another process held"))
    #expect(FileFacts(second.path) != nil)
    withExtendedLifetime(lock) {}
  }

  /// What a program and its children look at, found or not.
  @Test func whatAProgramLooksAt() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "there")
    let script =
      "cat there; (cat missing 2>/dev/null); echo y > made; cd / && cat \(folder.path("there"))"
    let run = try WatchedProgram.run(["sh", "-c", script], in: folder.path(""))
    #expect(run.code == 0 && String(decoding: run.output, as: UTF8.self) == "xx")
    let looks = try #require(run.looks, "this machine does not let programs be watched")
    func look(_ name: String) -> WatchedProgram.Look? {
      looks.first { $0.key.hasSuffix("/" + name) }?.value
    }
    #expect(look("there") == .looked && look("missing") == .looked && look("made") == .written)
    #expect(try WatchedProgram.run(["sh", "-c", "exit 3"], in: "/").code == 3)
    #expect(try WatchedProgram.run(["sh", "-c", "kill -9 $$"], in: "/").code == 137)
    #expect(throws: SystemError.self) { try WatchedProgram.run(["no-such-program"], in: "/") }
    #expect(throws: SystemError.self) { try WatchedProgram.run(["sh"], in: "/no/such/folder") }
  }
}

import Foundation
import KernelHostTestSupport
import Testing

/// Each kernel finds the same process, whatever ran before it.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct ProcessStateTests {
  private func results(_ change: String?, isolation: String) throws -> ([String], errors: String) {
    let library = try Plugins.library("hostile/state.c")
    let changer = change.map {
      "{ \"kernel\": \"changes_state\", \"args\": { \"at\": 5, \"what\": \"\($0)\", \"more\": 3 } },"
    }
    let run = try Invocation(
      """
      { "plugins": ["\(library)"], "isolation": "\(isolation)", "tasks": [
        { "kernel": "looks_at_state", "args": { "steps": 60 } },
        \(changer ?? "")
        { "kernel": "looks_at_state", "args": { "steps": 6 } },
        { "kernel": "looks_at_state", "args": { "steps": 1000000 } } ] }
      """, "--format", "jsonl", "-q")
    let records = try run.records.filter { $0["kernel"] as? String == "looks_at_state" }
    let results = records.map { record -> String in
      let result = record["result"] as? [String: Any] ?? [:]
      // The run's own folder is another in each test.
      let seen = (result["seen"] as? String ?? "").split(separator: " ").enumerated()
      let parts = seen.map { $0.offset == 1 && $0.element != "/" ? "here" : String($0.element) }
      return "\(result["third"] ?? "") \(parts.joined(separator: " "))"
    }
    return (results, run.outcome.err)
  }

  /// In the step behind the change, too; whether a neighbour was there before or comes later.
  @Test(arguments: ["floats"], ["process", "call", "none"])
  func aNeighboursNumbersAreItsOwn(_ change: String, _ isolation: String) throws {
    let (found, errors) = try results(change, isolation: isolation)
    #expect(found == (try results(nil, isolation: isolation).0))
    #expect(errors.contains("warning: changes_state"), "\(errors)")
  }

  /// Behind the very step: the next call of the same pass finds all as it was.
  @Test(arguments: [
    "locale", "folder", "mask", "signals", "processors", "limits", "environment", "handlers",
  ])
  func whatWasChangedIsRestored(_ change: String) throws {
    let (found, errors) = try results(change, isolation: "process")
    #expect(found == (try results(nil, isolation: "process").0))
    #expect(errors.contains("warning: changes_state left"), "\(errors)")
    #expect(errors.contains("no other call ran with the change"), "\(errors)")
  }

  /// A function of the C library, declared: it is known by its name.
  @Test func aDeclaredFunctionIsWatchedToo() throws {
    let run = try Invocation(
      """
      { "plugins": [{ "library": "libc.so.6", "functions": ["int chdir(const char *path)"] }],
        "tasks": [{ "kernel": "chdir", "args": { "path": "/" } }] }
      """, "--format", "jsonl", "-q")
    #expect(run.outcome.err.contains("warning: chdir left the working folder"), "\(run.outcome)")
  }

  /// A constructor that makes subnormal numbers zero, as -ffast-math does, and moves away.
  @Test func codeAtLoadChangesNothing() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      #include <unistd.h>
      #include <xmmintrin.h>
      __attribute__((constructor)) static void loads(void) {
        _mm_setcsr(_mm_getcsr() | 0x8040);
        if (chdir("/") != 0) return;
      }
      static double half(double x) { volatile double two = 2; return x / two; }
      KH_FUNCTION(half, double, (double, x));
      """, to: "half.c")
    try folder.write(
      #"{ "plugins": ["half.c"], "tasks": [{ "kernel": "half", "args": [4e-310] }] }"#,
      to: "m.json")
    let run = try HostBinary.run(["m.json", "--format", "tokens", "-q"], folder: folder.path)
    #expect(run.out.contains("[2e-310, true, \"\"]"), "\(run.out)")
    #expect(run.err.contains("half.c changed the floating-point state"), "\(run.err)")
    #expect(run.err.contains("the working folder"), "\(run.err)")
  }
}

import Foundation
import KernelHostTestSupport
import Testing

/// The same programs under CPython and under `host` give the same output, line
/// for line.
@Suite(.enabled(if: Python.path != nil, Comment(rawValue: Python.why)))
struct ParityTests {
  @Test(arguments: AsyncioProgram.chosen.indices)
  func chosenProgram(_ index: Int) throws {
    try compare(AsyncioProgram.chosen[index], with: try Reference.chosen.get()[index])
  }

  @Test(arguments: AsyncioProgram.random.indices)
  func randomProgram(_ index: Int) throws {
    try compare(AsyncioProgram.random[index], with: try Reference.random.get()[index])
  }

  /// The notes' program as it stands there, nothing added, against the manifest
  /// that ships with the project.
  @Test func prototypeProgram() throws {
    let python = try #require(Python.path)
    let script = Reference.loops + Reference.prototypeMain
    let expected = try Child(python, ["-c", script]).finish()
    try #require(expected.end == .exit(0), "\(expected.err)")
    let shown = expected.out.replacingOccurrences(of: "None", with: "null")
      .replacingOccurrences(of: "True", with: "true").replacingOccurrences(of: "''", with: "\"\"")
    let found = try HostBinary.run(["\(Repository.path)/Sources/Manifests/loops.json"])
    #expect(found.end == .exit(0))
    #expect(found.err == "")
    #expect(found.out == shown)
    #expect(found.out.lines.count == 2 * (3 + 6 + 9 + 12) + 2)
  }

  private func compare(_ program: AsyncioProgram, with expected: String) throws {
    let found = try Invocation(program.manifest)
    let wanted = expected.lines
    // The first line that differs says more than two long texts.
    let same = zip(found.lines, wanted).prefix { $0 == $1 }.count
    let context = "line \(same + 1) of \(program.name): \(program.manifest)"
    #expect(
      found.lines.dropFirst(same).first == wanted.dropFirst(same).first, Comment(rawValue: context))
    #expect(found.outcome.out == expected, Comment(rawValue: program.name))
    let raises = expected.contains("EINVAL")
    #expect(found.outcome.end == .exit(raises ? 1 : 0), Comment(rawValue: found.outcome.err))
  }
}

/// What CPython says of all programs: one process for each list, since its start
/// takes longer than all of them.
private enum Reference {
  static let chosen = Result { try outputs(of: AsyncioProgram.chosen) }
  static let random = Result { try outputs(of: AsyncioProgram.random) }

  private static func outputs(of programs: [AsyncioProgram]) throws -> [String] {
    let python = try #require(Python.path)
    let input = "[" + programs.map { $0.manifest }.joined(separator: ",\n") + "]"
    let outcome = try Child(python, ["-c", loops + shim], input: Array(input.utf8)).finish()
    try #require(outcome.end == .exit(0), "\(outcome.err)")
    let texts = outcome.out.components(separatedBy: "\u{1E}")
    // One behind the last separator, which is empty.
    try #require(texts.count == programs.count + 1)
    return texts.dropLast()
  }

  /// The notes' snippet, verbatim.
  static let loops = #"""
    import os
    import sys
    import asyncio

    async def while_loop_increment(min=0, incr=1, max=1_000_000):
        i = min
        while i < max:
            print("Looping for: {}".format(max))
            print(i)
            i += incr
            # Asynchronously sleep for the specified number of seconds and concurrently let the other processes run
            await asyncio.sleep(0)

    async def for_loop(min=0, increment=1, max=1_000_000):
        for i in range(min, max, increment):
            print("Looping for: {}".format(max))
            print(i)
            # Asynchronously sleep for the specified number of seconds and concurrently let the other processes run
            await asyncio.sleep(0)

    async def exec_command(fn, *vargs, **kwargs):
        res = None
        err_msg = ""
        token = False
        try:
            res = await fn(*vargs, **kwargs)
            # await asyncio.sleep(0)
            token = True
        except Exception as ex:
            err_msg = ex
        return [res, token, err_msg]

    """#

  static let prototypeMain = #"""

    async def main():
        results = await asyncio.gather(
            exec_command(for_loop, max=3),
            exec_command(for_loop, max=6),
            exec_command(for_loop, max=9),
            exec_command(for_loop, max=12)
        )
        print("All Complete")
        print("Results: {}".format(results))

    if __name__ == "__main__":
        asyncio.run(main())

    """#

  /// Gathers what a manifest says with the notes' `exec_command`, and writes the
  /// last line as JSON, an exception as the text of our token.
  private static let shim = #"""

    import json

    kernels = {"for_loop": for_loop, "while_loop_increment": while_loop_increment}
    texts = {"range() arg 3 must not be zero": "EINVAL: increment must not be 0"}

    def command(task):
        fn, args = kernels[task["kernel"]], task["args"]
        if isinstance(args, list):
            return exec_command(fn, *args)
        return exec_command(fn, **args)

    def shown(result):
        if isinstance(result, Exception):
            return json.dumps(texts[str(result)])
        if isinstance(result, list):
            return "[" + ", ".join(shown(part) for part in result) + "]"
        return json.dumps(result)

    async def main(tasks):
        results = await asyncio.gather(*[command(task) for task in tasks])
        print("All Complete")
        print("Results: {}".format(shown(results)))

    for tasks in json.load(sys.stdin):
        asyncio.run(main(tasks))
        sys.stdout.write("\x1e")

    """#
}

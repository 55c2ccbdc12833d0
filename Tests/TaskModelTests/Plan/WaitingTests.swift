import Testing

@testable import KernelHostModel

/// Tasks that wait for others: what is refused, and what a plan knows of the rest.
struct WaitingTests {
  private static let others = """
    {"kernel": "several", "name": "a"}, {"kernel": "nothing", "name": "n"},
    {"kernel": "logistic_map", "name": "x.y", "sweep": {"r": [1, 2, 3]}}
    """

  private static func complaints(_ task: String) -> [String] {
    TestKernels.complaints("[\(others),\n\(task)]")
  }

  @Test(arguments: [
    (
      #""kernel": "nothing", "after": "aa""#,
      "3:32: no task has the name \"aa\"; did you mean \"a\"?"
    ),
    (
      #""kernel": "nothing", "after": ["a", "zzzzzz"]"#,
      "3:38: no task has the name \"zzzzzz\"; add \"name\": \"zzzzzz\" to the task that it should wait for"
    ),
    (
      #""kernel": "nothing", "after": 1"#,
      "\"after\" takes the name of a task, or an array of names; found the number 1"
    ),
    (#""kernel": "nothing", "after": ["a", null]"#, "or an array of names; found null"),
    (#""kernel": "nothing", "after": """#, "\"after\" is empty"),
    (#""kernel": "nothing", "after": "a", "after": "n""#, "the key \"after\" appears twice"),
    (
      #""kernel": "everything", "args": {"number": {"result": "a"}}"#,
      "kernel \"several\" of the task has several results; it has \"count\", \"mean\", \"label\" and "
        + "\"all\": write \"a.count\""
    ),
    (
      #""kernel": "everything", "args": {"number": {"result": "a.maen"}}"#,
      "kernel \"several\" has no result \"maen\"; did you mean \"mean\"?"
    ),
    (
      #""kernel": "everything", "args": {"number": {"result": "n"}}"#,
      "the task \"n\" has no result, because kernel \"nothing\" returns nothing; to wait for the "
        + "task only, write \"after\": \"n\""
    ),
    (
      #""kernel": "everything", "args": {"number": {"result": "a.label"}}"#,
      "argument \"number\" of \"everything\" is a number (f64); the result of \"a\", is a string"
    ),
    (
      #""kernel": "everything", "args": {"small": {"result": "a.mean"}}"#,
      "is an integer (i64); the result of \"a\", is a number (f64)"
    ),
    (
      #""kernel": "everything", "args": {"number": {"result": "x.y"}}"#,
      "the task \"x.y\" makes 3 calls; write {\"results\": \"x.y\"} for the array of their results"
    ),
    (
      #""kernel": "everything", "args": {"number": {"results": "x.y"}}"#,
      "is a number (f64); the results of \"x.y\", are each a number (f64)"
    ),
    (
      #""kernel": "everything", "args": {"whole": {"results": "x.y.x"}}"#,
      "is an array of integers (i64); the results of \"x.y\", are each a number (f64)"
    ),
    (
      #""kernel": "everything", "args": {"real": [1, {"results": "x.y"}]}"#,
      "\"results\" is an array itself; write it in place of the array"
    ),
    (
      #""kernel": "everything", "args": {"real": [{"result": "a.mean"}, "x", {"result": "a.mean"}]}"#,
      "element 1 (from 0) of argument \"real\""
    ),
    (
      #""kernel": "everything", "args": {"whole": [{"result": "a.count"}, 1.5]}"#,
      "element 1 (from 0) of argument \"whole\""
    ),
    (
      #""kernel": "everything", "args": {"whole": [{"result": "a.count"}, 11]}"#,
      "must be from 0 to 10; found 11"
    ),
    (
      #""kernel": "everything", "args": {"number": [{"result": "a.count"}]}"#,
      "argument \"number\" of \"everything\" is a number (f64); found an array"
    ),
    (
      #""kernel": "everything", "args": {"number": {"result": "a.count", "results": "a.count"}}"#,
      "\"result\" is the result of one call, \"results\" those of all calls; remove one of them"
    ),
    (#""kernel": "everything", "args": {"number": {"result": 1}}"#, "\"result\" takes a string"),
    (#""kernel": "everything", "args": {"number": {"result": ""}}"#, "\"result\" is empty"),
    (
      #""kernel": "everything", "args": {"number": {"result": "a.mean", "of": 1}}"#,
      "unknown key \"of\"; another task's result has \"result\" and \"results\""
    ),
    (
      #""kernel": "logistic_map", "sweep": {"r": [1, {"result": "a.mean"}]}"#,
      "3:47: a sweep's values must be known before the run"
    ),
    (
      #""kernel": "logistic_map", "sweep": {"r": {"results": "x.y"}}"#,
      "\"results\" is not a key of this object; it belongs in the value of an argument"
    ),
    (
      #""kernel": "nothing", "name": "s", "after": ["a", "s"]"#,
      "3:51: the task \"s\" waits for itself; remove this"
    ),
  ])
  func refused(_ task: String, _ words: String) {
    let found = Self.complaints("{\(task)}")
    #expect(found.contains { $0.contains(words) }, "\(found)")
  }

  @Test func aCycleNamesAllItsPlaces() {
    let found = TestKernels.complaints(
      """
      [{"kernel": "nothing", "name": "before", "after": "a"},
       {"kernel": "nothing", "name": "a", "after": "c"},
       {"kernel": "nothing", "name": "b", "after": "a"},
       {"kernel": "nothing", "name": "c", "after": ["b"]},
       {"kernel": "nothing", "name": "free"}, {"kernel": "nothing", "name": "x", "after": "y"},
       {"kernel": "nothing", "name": "y", "after": ["free", "x"]}]
      """)
    #expect(
      found == [
        "2:46: these tasks wait for each other, so they can never start: \"a\" (line 2, column 46) "
          + "for \"c\", \"c\" (line 4, column 47) for \"b\", \"b\" (line 3, column 46) for \"a\"; "
          + "remove one of these dependencies",
        "5:85: these tasks wait for each other, so they can never start: \"x\" (line 5, column 85) "
          + "for \"y\", \"y\" (line 6, column 55) for \"x\"; remove one of these dependencies",
      ])
  }

  @Test func aLongCycleIsCutInWords() {
    let tasks = (0..<50_000).map { task in
      "{\"kernel\": \"nothing\", \"name\": \"t\(task)\", \"after\": \"t\((task + 1) % 50_000)\"}"
    }
    let found = TestKernels.complaints(tasks.joined(separator: "\n"), .jsonl)
    #expect(found.count == 1 && found[0].utf8.count < 1000)
    #expect(found[0].contains("and so on over 50,000 tasks"), "\(found)")
  }

  /// A result through a cycle is one, too; and of many unknown names the first are shown.
  @Test func otherCycles() {
    let cycle = TestKernels.complaints(
      """
      [{"kernel": "logistic_map", "name": "p", "args": {"r": {"result": "q"}}},
       {"kernel": "logistic_map", "name": "q", "args": [{"result": "p.x"}]}]
      """)
    #expect(cycle.count == 1 && cycle[0].hasPrefix("1:67: these tasks wait"), "\(cycle)")
    let names = (0..<100).map { "\"u\($0)\"" }.joined(separator: ",")
    #expect(TestKernels.complaints("[{\"kernel\":\"nothing\",\"after\":[\(names)]}]").count == 20)
  }

  /// What a broken line of JSON Lines waited for is not the next line's.
  @Test func aBrokenLine() {
    let found = TestKernels.complaints(
      """
      {"kernel": "nothing", "after": "none", x
      {"kernel": "nothing"}
      """, .jsonl)
    #expect(found.count == 1 && found[0].hasPrefix("1:40:"), "\(found)")
  }

  /// The longest name of a task counts; what is behind it is a field.
  @Test func pointsInNames() throws {
    let plan = try TestKernels.plan(
      """
      [{"kernel": "several", "name": "a"}, {"kernel": "several", "name": "a.mean"},
       {"kernel": "everything", "args": {"number": {"result": "a.mean.count"}}},
       {"kernel": "everything", "args": {"number": {"result": "a.count"}}}]
      """
    ).get()
    let dependencies = try #require(plan.dependencies)
    #expect(dependencies.graph.targets(of: 2) == [1] && dependencies.graph.targets(of: 3) == [0])
    #expect(dependencies.columns.map { $0.field } == [0, 0])
    #expect(dependencies.graph.isForward)
  }

  @Test func withoutAnyThereIsNothing() throws {
    #expect(
      try TestKernels.plan("[{\"kernel\": \"nothing\", \"after\": []}]").get().dependencies == nil)
  }

  // MARK: Selections

  private static let study = """
    [{"kernel": "nothing", "name": "first", "repeat": 5}, {"kernel": "nothing", "name": "second"},
     {"kernel": "nothing", "name": "third", "repeat": 10, "after": "second"},
     {"kernel": "several"}, {"kernel": "nothing", "name": "last", "after": ["third", "first"]}]
    """

  @Test(arguments: [
    ("*", [0..<18]), ("f*", [0..<5]), ("?i*t", [0..<5]), ("*d", [5..<16]), ("several", [16..<17]),
    ("nothing", []), ("third", [6..<16]), ("", []), ("thir", []), ("**r*", [0..<5, 6..<17]),
  ])
  func patterns(_ pattern: String, _ ranges: [Range<Int>]) throws {
    let plan = try TestKernels.plan(Self.study).get()
    let selection = plan.selection(matching: [Glob(pattern)])
    #expect(selection.ranges == ranges)
    #expect(selection.count == ranges.reduce(0) { $0 + $1.count })
    for position in 0..<selection.count {
      #expect(selection.position(of: selection.call(at: position)) == position)
    }
  }

  @Test func whatIsWaitedForIsAdded() throws {
    let plan = try TestKernels.plan(Self.study).get()
    #expect(plan.closed(Selection([7..<9])).ranges == [5..<6, 7..<9])
    #expect(plan.closed(Selection([17..<18])).ranges == [0..<16, 17..<18])
    #expect(plan.closed(Selection([16..<17])).ranges == [16..<17])
    let both = Selection([0..<3, 8..<12, 15..<18]).intersection(Selection([2..<9, 17..<18]))
    #expect(both.ranges == [2..<3, 8..<9, 17..<18])
  }
}

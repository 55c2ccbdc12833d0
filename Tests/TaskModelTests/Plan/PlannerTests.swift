import Testing

@testable import KernelHostModel

/// A manifest against the kernels of `TestKernels`.
struct PlannerTests {
  @Test func bindsArguments() throws {
    let plan = try TestKernels.plan(
      """
      {"defaults": {"timeout": 9}, "tasks": [
        {"kernel": "logistic_map", "args": {"x0": 0.5, "r": 3}},
        {"kernel": "logistic_map", "args": {"r": "4", "x0": 1}},
        {"kernel": "for_loop", "args": [5, 6], "timeout": 1, "name": "b"}]}
      """.replacing("\"4\"", with: "4")
    ).get()
    #expect(plan.callCount == 3)
    #expect(
      (0..<3).map { plan.signature(ofCall: $0).name } == [
        "logistic_map", "logistic_map", "for_loop",
      ])
    #expect((0..<3).map { plan.timeout(ofCall: $0) } == [9, 9, 1])
    #expect((0..<3).map { plan.taskName(ofCall: $0) } == [nil, nil, "b"])
    var bound: [[Int]] = []
    for call in 0..<3 {
      bound.append([])
      plan.forEachArgument(of: plan.locate(call)) { parameter, _ in bound[call].append(parameter) }
    }
    #expect(bound == [[1, 0], [0, 1], [0, 1]])
  }

  @Test func acceptsWhatFits() {
    for arguments in [
      "\"flag\": true", "\"number\": 1", "\"number\": \"NaN\"", "\"number\": \"-Infinity\"",
      "\"number\": 99999999999999999999", "\"text\": \"a\\u0000b\"", "\"data\": \"text\"",
      "\"data\": {\"base64\": \"\"}", "\"whole\": [0, 10]", "\"whole\": []", "\"real\": [1, 2]",
      "\"real\": []", "\"real\": [1, 1e300, \"NaN\"]", "\"small\": -128", "\"way\": \"backward\"",
    ] {
      let text = "[{\"kernel\": \"everything\", \"args\": {\(arguments)}}]"
      #expect(TestKernels.complaints(text) == [], "\(arguments)")
    }
  }

  static let sentences: [(arguments: String, says: String)] = [
    (
      "\"flag\": 1",
      "argument \"flag\" of \"everything\" is a bool (true or false); found the number 1; write true"
    ),
    (
      "\"number\": \"nan\"",
      "argument \"number\" of \"everything\" is a number (f64); found the string \"nan\"; did you mean \"NaN\"?"
    ),
    (
      "\"number\": null",
      "argument \"number\" of \"everything\" is a number (f64); found null; to take the default, leave the argument out"
    ),
    (
      "\"text\": 1",
      "argument \"text\" of \"everything\" is a string; found the number 1; write it in quotes: \"1\""
    ),
    (
      "\"data\": 1",
      "argument \"data\" of \"everything\" is bytes (a string, or {\"base64\": \"...\"}); found the number 1"
    ),
    (
      "\"text\": {\"base64\": \"QUE=\"}",
      "argument \"text\" of \"everything\" is a string; found an object"
    ),
    (
      "\"whole\": 1",
      "argument \"whole\" of \"everything\" is an array of integers (i64); found the number 1; for one element write [1]"
    ),
    (
      "\"whole\": [1, 2, 11]",
      "element 2 (from 0) of argument \"whole\" of \"everything\" must be from 0 to 10; found 11"
    ),
    (
      "\"whole\": [1, 2.0]",
      "element 1 (from 0) of argument \"whole\" of \"everything\" is an integer (i64); found the number 2.0; write it without point and exponent: 2"
    ),
    (
      "\"whole\": [[1]]",
      "element 0 (from 0) of argument \"whole\" of \"everything\" is an integer (i64); found an array"
    ),
    (
      "\"real\": [1, null]",
      "element 1 (from 0) of argument \"real\" of \"everything\" is a number (f64); found null; to take the default, leave the argument out"
    ),
    (
      "\"small\": 128",
      "argument \"small\" of \"everything\" is an integer from -128 to 127; found 128"
    ),
    (
      "\"small\": 9223372036854775808",
      "argument \"small\" of \"everything\" is an integer from -128 to 127; found 9223372036854775808"
    ),
    (
      "\"small\": 1.5",
      "argument \"small\" of \"everything\" is an integer (i64); found the number 1.5; write an integer, such as 1 or 2"
    ),
    (
      "\"small\": \"7\"",
      "argument \"small\" of \"everything\" is an integer (i64); found the string \"7\"; write it without quotes: 7"
    ),
    (
      "\"number\": \"2.5e3\"",
      "argument \"number\" of \"everything\" is a number (f64); found the string \"2.5e3\"; write it without quotes: 2.5e3"
    ),
    (
      "\"number\": \"1\\u0000We\"",
      "argument \"number\" of \"everything\" is a number (f64); found the string \"1\\u0000We\"; the only strings it takes are \"NaN\", \"Infinity\" and \"-Infinity\""
    ),
    (
      "\"way\": \"foward\"",
      "argument \"way\" of \"everything\" is one of \"forward\" and \"backward\"; found \"foward\"; did you mean \"forward\"?"
    ),
    (
      "\"nummer\": 1",
      "kernel \"everything\" has no parameter \"nummer\"; did you mean \"number\"? Its parameters are \"flag\", \"number\", \"text\", \"data\", \"whole\", \"real\", \"small\" and \"way\""
    ),
  ]

  @Test func refusesWhatDoesNot() {
    for (arguments, says) in Self.sentences {
      let found = TestKernels.complaints("[{\"kernel\": \"everything\", \"args\": {\(arguments)}}]")
      #expect(found.count == 1 && found[0].hasSuffix(": " + says), "\(found)")
    }
  }

  @Test func kernels() {
    #expect(
      TestKernels.complaints("[{\"kernel\": \"for_lop\"}]")
        == ["1:13: kernel \"for_lop\" is unknown; did you mean \"for_loop\"?"])
    #expect(
      TestKernels.complaints("[{\"kernel\": \"zzz\"}]") == [
        "1:13: kernel \"zzz\" is unknown; known kernels are \"for_loop\", \"logistic_map\", \"everything\", "
          + "\"numbers\", \"nothing\" and \"several\"; if a plugin has it, name the plugin in "
          + "\"plugins\" or with --plugin"
      ])
    #expect(
      TestKernels.complaints("[{\"kernel\": \"logistic_map\"}]") == [
        "1:13: kernel \"logistic_map\" needs the argument \"r\", which has no default; "
          + "add \"r\": 1.0"
      ])
    #expect(
      TestKernels.complaints("[{\"kernel\": \"for_loop\", \"args\": [1, 2, 3, 4, 5]}]") == [
        "1:43: kernel \"for_loop\" takes at most 3 arguments; found 5: \"min\", \"increment\" and "
          + "\"max\""
      ])
    #expect(
      TestKernels.complaints("[{\"kernel\": \"nothing\", \"args\": [1]}]")
        == ["1:33: kernel \"nothing\" takes no arguments; found 1"])
  }

  @Test func ranges() {
    func says(_ name: String, _ value: String) -> [String] {
      TestKernels.complaints(
        "[{\"kernel\": \"logistic_map\", \"args\": {\"r\": 1, \"\(name)\": \(value)}}]")
    }
    #expect(says("x0", "1") == [] && says("x0", "0.0") == [])
    #expect(
      says("x0", "1.5") == [
        "1:52: argument \"x0\" of \"logistic_map\" must be from 0 to 1 (K); found 1.5"
      ])
    #expect(says("x0", "\"NaN\"").count == 1 && says("x0", "-1e-320").count == 1)
    // As doubles, the next two would be the same.
    #expect(says("steps", "9007199254740992") == [])
    #expect(says("steps", "9007199254740993").count == 1)
    let many = "0." + String(repeating: "1", count: 5000)
    #expect(says("x0", many) == [] && says("x0", "1" + many).count == 1)
  }

  /// Mistakes of the reader and of the planner come as one list, by place, and cut.
  @Test func collects() throws {
    let bad = (0..<30).map { "{\"kernel\": \"k\($0)\", \"nam\": 1}" }.joined(separator: ",\n")
    let source = SourceText(name: "m.json", text: "[" + bad + "]")
    guard case .failure(let found) = Planner.plan(source, catalogue: TestKernels.all) else {
      Issue.record("a plan")
      return
    }
    #expect(found.total == 60 && found.errors.count == 20 && found.hasMore)
    #expect(found.errors.map { $0.place } == found.errors.map { $0.place }.sorted())
    let lines = found.rendered(in: source).split(separator: "\n")
    #expect(lines.last == "20 errors shown, 60 in all")
    #expect(
      lines[0]
        == "m.json:1:13: error: kernel \"k0\" is unknown; known kernels are \"for_loop\", \"logistic_map\", \"everything\", \"numbers\", \"nothing\" and \"several\"; if a plugin has it, name the plugin in \"plugins\" or with --plugin"
    )
    #expect(lines[1] == "[{\"kernel\": \"k0\", \"nam\": 1},")
    #expect(lines[2] == "            ^")
    #expect(lines[3].hasPrefix("m.json:1:19: error: unknown key \"nam\"; did you mean \"name\"?"))
  }

  @Test func valuesOfTheSwiftAPI() {
    let fields = TestKernels.all[2].parameters
    func says(_ value: Value, _ index: Int) -> String? {
      ArgumentCheck.problem(with: value, for: fields[index])
    }
    #expect(says(true, 0) == nil && says(1, 1) == nil && says(1.5, 1) == nil)
    #expect(says("NaN", 1) == nil && says("x", 2) == nil && says(.bytes([1]), 3) == nil)
    #expect(says(.integers([0, 10]), 4) == nil && says(.integers([1]), 5) == nil)
    #expect(says(128, 6) == "argument \"small\" is an integer from -128 to 127; found 128")
    #expect(
      says(.integers([1, 11]), 4)
        == "element 1 (from 0) of argument \"whole\" must be from 0 to 10; found 11")
    for index in 0..<8 { #expect(says(.null, index) != nil && says(.record([]), index) != nil) }
    #expect(says(.unsigned(.max), 1) == nil && says(.unsigned(.max), 6) != nil)
  }
}

import KernelHostTestSupport
import Testing

/// Manifests that are wrong: each is refused with its place and the names that
/// matter, and nothing runs. The valid task in front of many would print.
struct BadManifestTests {
  static let syntax: [Refusal] = [
    .init("¦"), .init(" \n\t\r\n"),
    .init("¦42", "number"), .init("¦null"), .init("¦\"tasks\"", "string"),
    .init("[{\"kernel\": \"for_loop\"}¦"), .init("{\"tasks\": [{\"kernel\": \"for_lo"),
    .init("[{\"kernel\": \"for_loop\"}¦,]", "comma"), .init("[{\"kernel\": \"for_loop\"}¦}"),
    .init("[{\"kernel\" ¦\"for_loop\"}]"), .init("[{¦kernel: \"for_loop\"}]", "kernel"),
    .init("[{¦'kernel': 'for_loop'}]"), .init("[{\"kernel\": ¦for_loop}]", "for_loop"),
    .init("[] ¦[]"), .init("{\"tasks\": []} ¦x"), .init("¦// tasks\n[]"),
    .init("[{\"kernel\": \"for_loop\", \"name\": \"a¦\tb\"}]"),
    .init("[{\"kernel\": \"for_loop\", \"name\": ¦\"a\nb\"}]"),
    .init("[{\"kernel\": \"for_loop\", \"name\": \"a¦\u{0}b\"}]"),
    .init("[{\"kernel\": \"for_loop\", \"name\": \"a¦\\qb\"}]", "\\q"),
    .init("[{\"kernel\": \"for_loop\", \"name\": \"a¦\\u12g4\"}]"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦01]}]", "01"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦+1]}]", "+1"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦.5]}]", ".5"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [1.¦]}]", "digit"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [1e¦]}]", "digit"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [-¦]}]", "digit"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦0x10]}]", "0x10"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦NaN]}]", "NaN"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦Infinity]}]", "Infinity"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦-Infinity]}]", "Infinity"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦True]}]", "True", "true"),
    .init("{\"metadata\": {\"x\": ¦NaN}, \"tasks\": []}", "NaN"),
    .init("{\"metadata\": {\"x\": [1¦,]}, \"tasks\": []}", "comma"),
    // What the task before the mistake has said of others is forgotten with it.
    .init(
      "[{\"kernel\": \"primes\", \"name\": \"a\"}, {\"kernel\": \"primes\", \"after\": [\"a\"], \"x\" ¦5}, {}]",
      "\":\" after the key"),
    .init(
      "[{\"kernel\": \"primes\", \"name\": \"a\"}, {\"kernel\": \"primes\", \"after\": \"a\"¦,}]",
      "comma"),
    .init(
      "{\"kernel\": \"primes\", \"name\": \"a\"}\n{\"kernel\": \"primes\", \"after\": \"a\"¦,}",
      "comma",
      name: "m.jsonl"),
  ]

  static let surrogates: [Refusal] = [
    .init("[{\"kernel\": \"for_loop\", \"name\": \"a¦\\ud800\"}]", "\\ud800"),
    .init("[{\"kernel\": \"for_loop\", \"name\": \"a¦\\uDC00b\"}]", "\\uDC00"),
    .init("[{\"kernel\": \"for_loop\", \"name\": \"¦\\ude00\\ud83d\"}]", "\\ude00"),
    .init("[{\"kernel\": \"for_loop\", \"name\": \"¦\\ud83d\\ud83d\\ude00\"}]", "\\ud83d"),
    .init("[{\"kernel\": \"¦\\ud800\"}]"), .init("[{\"¦\\udfff\": 1}]"),
    .init("{\"metadata\": {\"x\": \"¦\\ud800\"}, \"tasks\": []}"),
  ]

  static let keys: [Refusal] = [
    .init("¦{}", "tasks"), .init("¦{\"metadata\": {}}", "tasks"),
    .init("{\"metadata\": ¦1, \"tasks\": []}", "takes an object"),
    .init("{\"tasks\": [], \"metadata\": ¦[{\"a\": 1}]}", "takes an object; found an array"),
    .init("{\"metadata\": ¦null, \"tasks\": []}", "takes an object; found null"),
    .init("{\"tasks\": [], ¦\"defualts\": {}}", "defualts", "defaults"),
    .init("{¦\"Tasks\": [], \"tasks\": []}", "Tasks", "\"tasks\""),
    .init("{\"defaults\": {¦\"timeuot\": 1}, \"tasks\": []}", "timeuot", "\"timeout\""),
    .init("[{\"kernel\": \"for_loop\"}, {¦\"kernal\": \"for_loop\"}]", "kernal", "\"kernel\""),
    .init("[{\"kernel\": \"for_loop\", ¦\"tiemout\": 3}]", "tiemout", "\"timeout\""),
    .init("[{\"kernel\": \"for_loop\", ¦\"\": 3}]"),
    .init("[{\"kernel\": \"for_loop\"}, ¦{\"name\": \"a\"}]", "kernel"),
    .init("[{\"kernel\": \"for_loop\", ¦\"kernel\": \"for_loop\"}]", "kernel", "twice"),
    .init("[{\"kernel\": \"for_loop\", ¦\"k\\u0065rnel\": \"for_loop\"}]", "kernel", "twice"),
    .init("{\"tasks\": [], ¦\"tasks\": []}", "tasks", "twice"),
    .init("{\"defaults\": {\"timeout\": 1, ¦\"timeout\": 1}, \"tasks\": []}", "timeout", "twice"),
    .init(
      "[{\"name\": \"a\", \"kernel\": \"for_loop\"},\n {\"name\": ¦\"\\u0061\", \"kernel\": \"for_loop\"}]",
      "\"a\"", "line 1"),
    .init("[{\"kernel\": \"for_loop\", \"name\": ¦\"\"}]", "name"),
  ]

  static let values: [Refusal] = [
    .init("{\"tasks\": ¦{}}", "tasks", "object", "array"), .init("{\"tasks\": ¦null}", "null"),
    .init("[¦5]", "5"), .init("[¦[]]", "array"), .init("[¦null]", "null"),
    .init("[{\"kernel\": ¦5}]", "kernel"),
    .init("[{\"kernel\": \"for_loop\", \"args\": ¦5}]", "args"),
    .init("[{\"kernel\": \"for_loop\", \"args\": ¦null}]", "args", "null"),
    .init("[{\"kernel\": \"for_loop\", \"name\": ¦5}]", "name"),
    .init("{\"mode\": ¦\"fast\", \"tasks\": []}", "mode", "fast", "concurrent"),
    .init("{\"isolation\": ¦true, \"tasks\": []}", "isolation"),
    .init("{\"jobs\": ¦0, \"tasks\": []}", "jobs"),
    .init("{\"defaults\": ¦[], \"tasks\": []}", "defaults"),
    .init("[{\"kernel\": \"for_loop\", \"timeout\": ¦0}]", "timeout"),
    .init("[{\"kernel\": \"for_loop\", \"timeout\": ¦-1.5}]", "timeout", "-1.5"),
    .init("[{\"kernel\": \"for_loop\", \"timeout\": ¦\"3\"}]", "timeout", "string"),
    .init("[{\"kernel\": \"for_loop\", \"timeout\": ¦1e999}]", "1e999"),
    .init(
      "{\"plugins\": [¦\"no-such-file.so\"], \"tasks\": []}", "no-such-file.so", "No such file"),
  ]

  static let calls: [Refusal] = [
    .init("[{\"kernel\": \"for_loop\"}, {\"kernel\": ¦\"for_lop\"}]", "for_lop", "\"for_loop\""),
    .init("[{\"kernel\": ¦\"For-Loop\"}]", "For-Loop", "\"for_loop\""),
    .init("[{\"kernel\": ¦\"\"}]"), .init("[{\"kernel\": ¦\"qqqqqqqqqqqq\"}]", "qqqqqqqqqqqq"),
    .init("[{\"kernel\": ¦\"for_loop\\u0000\"}]", "for_loop"),
    .init("[{\"kernel\": \"for_loop\", \"args\": {¦\"mx\": 3}}]", "for_loop", "\"mx\"", "\"max\""),
    .init("[{\"kernel\": \"for_loop\", \"args\": {¦\"incr\": 3}}]", "for_loop", "\"incr\""),
    .init(
      "[{\"kernel\": \"for_loop\", \"args\": {\"max\": 3, ¦\"incremnt\": 1}}]", "\"increment\""),
    .init("[{\"kernel\": \"for_loop\", \"args\": [0, 1, 2, ¦3]}]", "for_loop", "4", "3"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [0, 1, 2, ¦{}, [], null]}]", "for_loop", "6"),
    .init("[{\"kernel\": \"for_loop\", \"args\": {\"max\": 3, ¦\"max\": 3}}]", "\"max\"", "twice"),
    .init("[{\"kernel\": \"for_loop\", \"args\": {\"max\": 3, ¦\"m\\u0061x\": 4}}]", "twice"),
    .init("[{\"kernel\": \"for_loop\", \"args\": {\"max\": ¦\"3\"}}]", "max", "\"3\""),
    .init("[{\"kernel\": \"for_loop\", \"args\": {\"max\": ¦true}}]", "max", "true"),
    .init("[{\"kernel\": \"for_loop\", \"args\": {\"max\": ¦null}}]", "max", "null"),
    .init("[{\"kernel\": \"for_loop\", \"args\": {\"max\": ¦[3]}}]", "max", "array"),
    .init("[{\"kernel\": \"for_loop\", \"args\": {\"max\": ¦{\"a\": 3}}}]", "max", "object"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [0, ¦1.5]}]", "increment", "1.5", "integer"),
    .init(
      "[{\"kernel\": \"for_loop\", \"args\": [¦9223372036854775808]}]", "min", "9223372036854775807"
    ),
    .init(
      "[{\"kernel\": \"for_loop\", \"args\": [¦-9223372036854775809]}]", "min",
      "9223372036854775807"),
    .init(
      "[{\"kernel\": \"for_loop\", \"args\": [¦123456789012345678901234567890]}]",
      "9223372036854775807"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦1e999]}]", "1e999"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦-1e999]}]", "-1e999"),
    .init("[{\"kernel\": \"for_loop\", \"args\": [¦\"NaN\"]}]", "NaN"),
    .init("[{\"kernel\": \"sleep\", \"args\": [¦-1]}]", "seconds", "-1"),
    .init("[{\"kernel\": \"sleep\", \"args\": {\"seconds\": ¦-1e-300}}]", "seconds"),
    .init("[{\"kernel\": \"sleep\", \"args\": {\"seconds\": ¦\"-Infinity\"}}]", "seconds"),
    .init("[{\"kernel\": \"sleep\", \"args\": {\"seconds\": ¦\"NaN\"}}]", "seconds"),
    .init("[{\"kernel\": \"sleep\", \"args\": {¦\"second\": 1}}]", "\"seconds\""),
    .init("[{\"kernel\": ¦\"whileloop_increment\"}]", "\"while_loop_increment\""),
    .init(
      "[{\"kernel\": \"while_loop_increment\", \"args\": {¦\"increment\": 1}}]", "increment", "incr"
    ),
  ]

  static let lines: [Refusal] = [
    .init(
      "{\"kernel\": \"for_loop\"}\n\n{\"kernel\": ¦\"for_lop\"}\n", "\"for_loop\"", name: "m.jsonl"),
    .init("{\"kernel\": \"for_loop\"} ¦{\"kernel\": \"for_loop\"}\n", name: "m.jsonl"),
    .init("{\"kernel\": \"for_loop\"}\n{\"kernel\":¦\n\"for_loop\"}\n", name: "m.jsonl"),
    .init("{\"kernel\": \"for_loop\"}\n¦[]\n", name: "m.jsonl"),
    .init("{\"kernel\": \"for_loop\"}\r\n{\"kernel\": ¦\"for_lop\"}\r\n", name: "m.jsonl"),
    // Columns are characters, lines end with any of the two ends, and escapes of the
    // terminal in names are shown and not sent.
    .init("[{\"name\": \"äö€😀\", \"kernel\": ¦\"for_lop\"}]", "for_lop"),
    .init("[\r\n\r\n  {\"kernel\": ¦\"for_lop\"}]", "for_lop"),
    .init("[{\"kernel\": ¦\"\\u001b[2J\\u0007\\u009b31m\"}]"),
    .init("[{\"kernel\": ¦\"\u{9B}31m\u{202E}\u{7F}\"}]"),
    .init("[{\"kernel\": ¦\"for_lop\"}]", name: "a\u{1B}[2J.json"),
  ]

  @Test(arguments: syntax) func wrongSyntax(_ refusal: Refusal) throws { try refusal.expect() }
  @Test(arguments: surrogates) func loneSurrogate(_ refusal: Refusal) throws {
    try refusal.expect()
  }
  @Test(arguments: keys) func wrongKey(_ refusal: Refusal) throws { try refusal.expect() }
  @Test(arguments: values) func wrongValue(_ refusal: Refusal) throws { try refusal.expect() }
  @Test(arguments: calls) func wrongCall(_ refusal: Refusal) throws { try refusal.expect() }

  @Test(arguments: lines) func place(_ refusal: Refusal) throws {
    guard refusal.name.contains("\u{1B}") else { return try refusal.expect() }
    // The name itself cannot be shown as it is.
    let run = try Invocation(refusal.manifest, name: refusal.name)
    try Refusal.expectRefused(run.outcome, ":1:13: ", refusal.words)
  }

  /// What is nearly wrong is right.
  @Test(arguments: [
    "[{\"kernel\": \"for_loop\", \"args\": [9223372036854775807, 1, -9223372036854775808]}]",
    "[{\"kernel\": \"for_loop\", \"args\": [], \"timeout\": 1e-3}, {\"kernel\": \"for_loop\", \"args\": {}}]",
    "[{\"kernel\": \"f\\u006fr_loop\", \"args\": {\"m\\u0061x\": 0}, \"name\": \"\\ud83d\\ude00\"}]",
    "\r\n\t [ { \"kernel\" : \"for_loop\" , \"args\" : [ 0 , 1 , -0 ] } ] \r\n",
    "{\"metadata\": {\"tasks\": 1, \"x\": \"\\u0000\"}, \"tasks\": [], \"mode\": \"concurrent\"}",
    "{\"tasks\": [], \"isolation\": \"none\", \"defaults\": {}}",
  ])
  func nearlyWrong(_ manifest: String) throws {
    let check = try HostBinary.run(["check", "-"], input: Array(manifest.utf8))
    #expect(check.end == .exit(0))
    #expect(check.err == "")
  }

  /// The line and a caret under the mistake, at its column.
  @Test func caret() throws {
    let run = try Invocation("[\n  {\"kernel\": \"for_loop\", \"args\": {\"mx\": 3}}\n]\n")
    let lines = run.outcome.err.lines
    try #require(lines.count >= 3)
    #expect(lines[0].hasPrefix("m.json:2:35: "))
    #expect(lines[1] == "  {\"kernel\": \"for_loop\", \"args\": {\"mx\": 3}}")
    #expect(lines[2] == String(repeating: " ", count: 34) + "^")
  }

  @Test func farNameGetsNoGuess() throws {
    let run = try Invocation("[{\"kernel\": \"qqqqqqqqqqqq\"}]")
    #expect(run.outcome.end == .exit(2))
    #expect(!run.outcome.err.contains("did you mean"))
  }
}

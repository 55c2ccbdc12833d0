import Testing

@testable import KernelHostModel

/// What a manifest may say, and what becomes of it.
struct ManifestReaderTests {
  private static func read(_ text: String, _ format: ManifestFormat = .json) -> ManifestReading {
    ManifestReader.read(SourceText(name: "m.json", text: text), format: format)
  }

  @Test func everything() throws {
    let reading = Self.read(
      """
      { "mode": "parallel", "jobs": 2, "isolation": "process",
        "plugins": ["build/libfft.so", "m\\u0069ne.c"],
        "defaults": { "timeout": 10 },
        "metadata": { "a": [1e999], "a": "twice is allowed here" },
        "tasks": [
          { "kernel": "for_loop", "args": { "max": 3 } },
          { "name": "b", "kernel": "for_loop", "args": [0, 1, 6], "timeout": 2.5 },
          { "args": {}, "k\\u0065rnel": "nothing" } ] }
      """)
    let manifest = reading.manifest
    #expect(reading.diagnostics.errors == [] && reading.isComplete)
    #expect(manifest.mode == .parallel && manifest.isolation == .process && manifest.jobs == 2)
    #expect(manifest.plugins.map { $0.plugin.path } == ["build/libfft.so", "mine.c"])
    #expect(manifest.defaultTimeout == 10)
    let metadata = try #require(manifest.metadata)
    #expect(
      String(decoding: manifest.source.bytes[metadata], as: UTF8.self)
        == "{ \"a\": [1e999], \"a\": \"twice is allowed here\" }")
    #expect(
      manifest.tasks.map { manifest.names.name($0.kernel) } == ["for_loop", "for_loop", "nothing"])
    #expect(manifest.tasks.map { manifest.name(of: $0) } == [nil, "b", nil])
    #expect(manifest.tasks.map { manifest.timeout(of: $0) } == [nil, 2.5, nil])
    #expect(manifest.arguments.map { $0.value } == [3, 0, 1, 6].map { .integer($0) })
  }

  @Test func values() {
    let reading = Self.read(
      """
      [{"kernel": "k", "args": [null, true, 1, 9223372036854775808, 1.5, "é\\n\\ud83d\\ude00",
        {"base64": "AAEC/w=="}, [], [1, 2], [1, 2.5, 3], [1, "Infinity"], {"a": 1}, [1, "x"],
        [[1]]]}]
      """)
    let manifest = reading.manifest
    #expect(reading.diagnostics.isEmpty)
    let cells = manifest.arguments.map { $0.value }
    #expect(cells[..<5] == [.null, .bool(true), .integer(1), .unsigned(1 << 63), .number(1.5)])
    guard case .text(let text) = cells[5], case .bytes(let bytes) = cells[6],
      case .integers(let none) = cells[7], case .integers(let whole) = cells[8],
      case .numbers(let mixed) = cells[9], case .numbers(let infinite) = cells[10]
    else {
      Issue.record("\(cells)")
      return
    }
    #expect(manifest.pools.string(text) == "é\n😀")
    #expect(manifest.pools.text[bytes.indices] == [0, 1, 2, 255])
    #expect(none.isEmpty && manifest.pools.integers[whole.indices] == [1, 2])
    #expect(manifest.pools.numbers[mixed.indices] == [1, 2.5, 3])
    #expect(manifest.pools.numbers[infinite.indices] == [1, .infinity])
    #expect(cells[11...] == [.other(.object), .other(.array), .other(.array)])
  }

  @Test func noTasks() {
    for text in ["[]", "{\"tasks\": []}", " [ ] \r\n"] {
      #expect(Self.read(text).diagnostics.isEmpty)
    }
    #expect(Self.read("", .jsonl).diagnostics.isEmpty)
    #expect(Self.read("\n \r\n", .jsonl).diagnostics.isEmpty)
  }

  @Test func lines() {
    let text = "{\"kernel\": \"a\"}\r\n\n  {\"kernel\": \"b\", \"name\": \"n\"}\n{\"kernel\":\"a\"}"
    let reading = Self.read(text, .jsonl)
    #expect(reading.diagnostics.isEmpty)
    #expect(
      reading.manifest.tasks.map { reading.manifest.names.name($0.kernel) } == ["a", "b", "a"])
  }

  /// A line that breaks off must not leave anything behind that the next one trips over.
  @Test func brokenLines() {
    let broken = [
      "{\"kernel\":\"for_loop\",\"name\":\"n\",\"args\":{\"max\":1} x", "{\"name\":\"n\"",
      "{\"kernel\":\"for_loop\",\"args\":{\"min\":1,\"max\":2,",
    ]
    let good = "{\"kernel\":\"for_loop\",\"name\":\"n\",\"args\":{\"max\":1,\"min\":2}}"
    for line in broken {
      let says = TestKernels.complaints(line + "\n" + good + "\n" + line + "\n", .jsonl)
      #expect(says.count == 2, "\(says)")
    }
    #expect(TestKernels.complaints(good + "\n" + good, .jsonl).count == 1)
  }

  static let sentences: [(text: String, says: [String])] = [
    ("3", ["1:1: a manifest is an object, or an array of tasks; found the number 3"]),
    ("{}", ["1:1: the manifest has no \"tasks\"; add \"tasks\": [...], which may be empty"]),
    ("{\"task\": []}", ["1:2: unknown key \"task\"; did you mean \"tasks\"?"]),
    (
      "{\"tasks\": {}}",
      ["1:11: \"tasks\" takes an array of tasks; found an object; put it in brackets: [{...}]"]
    ),
    ("[7]", ["1:2: a task is an object like {\"kernel\": \"for_loop\"}; found the number 7"]),
    (
      "[{}]",
      ["1:2: the task has no \"kernel\"; add \"kernel\": \"NAME\", which `host kernels` lists"]
    ),
    ("[{\"kernal\": \"nothing\"}]", ["1:3: unknown key \"kernal\"; did you mean \"kernel\"?"]),
    (
      "[{\"kernel\": \"nothing\", \"colour\": 1}]",
      [
        "1:24: unknown key \"colour\"; a task has \"kernel\", \"args\", \"name\", \"after\", \"timeout\", "
          + "\"deadline\", \"cpu\", \"grace\", \"memory\", \"retries\", \"sweep\", \"zip\" and \"repeat\"; "
          + "arguments of the kernel belong in \"args\""
      ]
    ),
    (
      "[{\"kernel\": \"nothing\",\n \"kernel\": \"nothing\"}]",
      [
        "2:2: the key \"kernel\" appears twice in this object, first in line 1, column 3; "
          + "remove one of them"
      ]
    ),
    (
      "[{\"kernel\": \"for_loop\", \"args\": {\"max\": 1, \"m\\u0061x\": 2}}]",
      [
        "1:44: the key \"max\" appears twice in this object, first in line 1, column 34; "
          + "remove one of them"
      ]
    ),
    (
      "[{\"kernel\": \"nothing\", \"name\": \"a\"},\n{\"kernel\": \"nothing\", \"name\": \"a\"}]",
      [
        "2:31: two tasks have the name \"a\", the first in line 1, column 2; give each task a name of its own"
      ]
    ),
    (
      "[{\"kernel\": \"nothing\", \"after\": true}]",
      ["1:33: \"after\" takes the name of a task, or an array of names; found true"]
    ),
    (
      "[{\"kernel\": \"for_loop\", \"args\": {\"max\": {\"result\": \"b\"}}}]",
      [
        "1:52: no task has the name \"b\"; add \"name\": \"b\" to the task that it should wait for"
      ]
    ),
    ("[{\"kernel\": 1}]", ["1:13: \"kernel\" takes a string; found the number 1"]),
    ("[{\"kernel\": \"\"}]", ["1:13: \"kernel\" is empty; it takes at least one character"]),
    (
      "[{\"kernel\": \"nothing\", \"name\": \"\"}]",
      ["1:32: \"name\" is empty; it takes at least one character"]
    ),
    (
      "[{\"kernel\": \"for_loop\", \"args\": 3}]",
      [
        "1:33: \"args\" takes an object, for arguments by name, or an array, for arguments in "
          + "order; found the number 3"
      ]
    ),
    (
      "[{\"kernel\": \"nothing\", \"timeout\": 0}]",
      ["1:35: a timeout is a number of seconds above 0; found 0; for no limit leave it out"]
    ),
    (
      "{\"defaults\": {\"timeout\": \"1\"}, \"tasks\": []}",
      [
        "1:26: \"timeout\" takes a number of seconds above 0; found the string \"1\"; write it as a number of seconds: 1"
      ]
    ),
    (
      "{\"jobs\": 1025, \"tasks\": []}",
      ["1:10: \"jobs\" is an integer from 1 to 1024; found 1025"]
    ),
    (
      "{\"mode\": \"paralel\", \"tasks\": []}",
      [
        "1:10: \"mode\" is one of \"concurrent\" and \"parallel\"; found \"paralel\"; "
          + "did you mean \"parallel\"?"
      ]
    ),
    (
      "{\"plugins\": [\"\", 1, \"a\\u0000\"], \"tasks\": []}",
      [
        "1:14: \"plugins\" is empty; it takes at least one character",
        "1:18: \"plugins\" takes paths, and objects like {\"path\": \"mine.c\"}; found the number 1",
        "1:21: a path cannot contain a NUL character (\\u0000)",
      ]
    ),
    (
      "[{\"kernel\": \"for_loop\", \"args\": {\"max\": 1e999}}]",
      [
        "1:41: 1e999 is beyond the largest f64, "
          + "1.7976931348623157e+308; for an infinite f64 write the string \"Infinity\""
      ]
    ),
    (
      "[{\"kernel\": \"everything\", \"args\": {\"data\": {\"base64\": \"QQ=\"}}}]",
      [
        "1:55: this text is not base64 (RFC 4648): its length is 3, not a multiple of 4; "
          + "pad it with \"=\""
      ]
    ),
  ]

  @Test func complaints() {
    for (text, says) in Self.sentences { #expect(TestKernels.complaints(text) == says, "\(text)") }
  }

  @Test func base64() {
    for (text, problem) in [
      ("A===", Base64Problem.padding), ("QQ=A", .padding), ("Q Q=", .character(" ")),
      ("QQ==QQ==", .padding), ("QR==", .strayBits), ("QUJ=", .strayBits), ("====", .padding),
      ("é===", .character("é")), ("Q", .length(1)), ("QQ-_", .character("-")),
    ] {
      var buffer = Array(("x" + text).utf8)
      let found = Base64.decode(in: &buffer, from: 1)
      #expect(found == problem || (text == "é===" && found != nil), "\(text)")
      #expect(buffer == [0x78])
    }
    var random = Random(seed: 3)
    for count in 0..<100 {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      var buffer: [UInt8] = []
      Base64.encode(bytes, to: &buffer)
      #expect(Base64.decode(in: &buffer, from: 0) == nil && buffer == bytes)
    }
  }

  /// Editors look for it; the manifest is the same without.
  @Test func theKeyOfTheSchema() throws {
    let texts = [
      #"{"$schema": "./manifest.schema.json", "tasks": []}"#,
      #"{"tasks": [], "$schema": ""}"#, #"{"tasks": [], "\u0024schema": "https://x"}"#,
    ]
    for text in texts { #expect(TestKernels.complaints(text) == [], "\(text)") }
    let found = "\"$schema\" takes a string; found"
    #expect(
      TestKernels.complaints(#"{"$schema": null, "tasks": []}"#) == ["1:13: \(found) null"])
    #expect(
      TestKernels.complaints(#"{"$schema": {}, "tasks": []}"#) == ["1:13: \(found) an object"])
    #expect(
      TestKernels.complaints(#"{"$schema": "a", "tasks": [], "$schema": "b"}"#) == [
        "1:31: the key \"$schema\" appears twice in this object, first in line 1, column 2; "
          + "remove one of them"
      ])
    #expect(
      TestKernels.complaints(#"{"schema": "a", "tasks": []}"#) == [
        "1:2: unknown key \"schema\"; did you mean \"$schema\"?"
      ])
    #expect(
      TestKernels.complaints(#"[{"$schema": "a", "kernel": "nothing"}]"#) == [
        "1:3: \"$schema\" is not a key of this object; it belongs in the manifest's outermost object"
      ])
  }
}

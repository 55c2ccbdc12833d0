/// Manifests for the schema. The kernels are the built-in ones and those of
/// CSources/plugins/every_type.c.
enum SchemaSample {
  private static func top(_ members: String...) -> [String] {
    members.map { "{\($0), \"tasks\": []}" }
  }
  private static func tasks(_ members: String...) -> [String] {
    members.map { #"[{"kernel": "primes", \#($0)}]"# }
  }
  private static func sweeps(_ members: String...) -> [String] {
    members.map { #"[{"kernel": "logistic_map", \#($0)}]"# }
  }
  private static func args(_ kernel: String, _ arguments: String...) -> [String] {
    arguments.map { #"[{"kernel": "\#(kernel)", "args": \#($0)}]"# }
  }
  /// A value of `every_type`, beside the argument that it requires.
  private static func values(_ members: String...) -> [String] {
    members.flatMap { args("every_type", "{\"single\": 1, \($0)}") }
  }

  /// Right for both.
  static let right: [String] =
    ["[]", #"{"tasks": []}"#, #"[{"kernel": "for_loop"}]"#, Sample.mixed]
    + [
      """
      [{"kernel": "primes", "name": "a", "after": []},
       {"kernel": "primes", "args": [{"result": "a.count"}], "after": ["a", "a"]},
       {"kernel": "logistic_map", "args": {"r": 1}, "name": "b.c", "after": "a", "repeat": 3},
       {"kernel": "moments", "args": {"values": {"results": "b.c"}}},
       {"kernel": "moments", "args": [[1, {"result": "a.largest"}, 2.5]]}]
      """,
      """
      { "$schema": "./manifest.schema.json", "mode": "concurrent", "isolation": "call",
        "sandbox": "default", "plugins": [], "crash_limit": 1000000000, "metadata": {},
        "allow": { "read": ["/"], "write": ["/tmp"] },
        "limits": { "address_space": "1.5 GiB", "cpu": 1, "core": false },
        "defaults": { "timeout": 1e-3, "cpu": 0.5, "grace": 0, "memory": "64KiB", "retries": 0 },
        "tasks": [
          { "name": "a", "kernel": "primes", "args": [10], "timeout": 2.5, "grace": 0.5, "cpu": 0.001,
            "memory": 9223372036854775807,
            "retries": { "times": 1000000, "delay": 1.5, "on": ["crash", "EIO", "CODE_9"] } },
          { "kernel": "moments", "args": { "values": [1, 2.5, "NaN", "-Infinity"] } } ] }
      """,
    ]
    + top(
      #""mode": "parallel""#, #""jobs": 1024, "mode": "parallel""#,
      #""allow": {}"#, #""limits": {}"#, #""defaults": {}"#, #""$schema": """#,
      #""plugins": [{"library": "libm.so.6", "functions": ["double cbrt(double x)"]}]"#,
      #""isolation": "none", "sandbox": "none""#, #""metadata": {"a": [1e999, {"tasks": 1}]}"#)
    + tasks(
      #""args": {}"#, #""args": []"#, #""memory": "1 B""#, #""memory": "0.5 KB""#,
      #""retries": {"times": 0, "on": []}"#, #""grace": -0.0"#, #""timeout": 1e308"#,
      #""name": "\u0000""#)
    + sweeps(
      #""sweep": {}"#, #""sweep": {"r": [1, 2.5], "x0": {"from": 0, "to": 1, "count": 3}}"#,
      #""sweep": {"r": {"from": 4, "to": 0, "step": -0.5, "log": false}}, "repeat": 3"#,
      #""zip": true, "sweep": {"n": [1, 2], "r": {"from": 1, "to": 2, "count": 2, "log": true}}"#,
      #""args": {"r": 3}, "zip": false, "sweep": {"x0": [0.5]}, "repeat": 1"#)
    + args(
      "for_loop", "[-9223372036854775808, 9223372036854775807]", #"{"max": -0}"#)
    + args("logistic_map", "[4, 0.0, 9223372036854775807]", "[4.0]", "[-0.0]")
    + args("fft", "[[]]", #"{"imag": [1e308], "real": [], "inverse": true}"#)
    + args("every_type", #"[-128, 65535, 0, 10, "NaN"]"#, #"{"single": "Infinity"}"#)
    + args("every_type", "[0, 0, 0, 0, 123456789012345678901234567890]")
    + values(
      #""between": 0.5"#, #""upward": 1.7976931348623157e308"#, #""endless": "Infinity""#,
      #""way": "\"back\"\n""#, #""text": """#, #""data": "any""#, #""data": {"base64": ""}"#,
      #""data": {"base64": "AA=="}"#, #""data": {"base64": "+/8="}"#, #""whole": [0, 10]"#,
      #""real": []"#, #""parts": [0, 1, 0.5]"#, #""narrow": [1, -2147483648]"#,
      #""floats": [0.5, "NaN", -3.4e38]"#, #""fixed": [1, 2.5, -1]"#,
      #""key": {"base64": "AAECAw=="}"#, #""number": "rk4""#, #""file": "a/b""#)
    + args("takes_nothing", "[]", "{}")
    + args(#"odd/~1 %41 \"é\""#, "[5]", #"{"~0/# %": -5}"#)

  /// Wrong for both.
  static let wrong: [String] =
    ["null", "5", #""tasks""#, "{}", #"{"tasks": {}}"#, #"{"tasks": null}"#, "[5]", "[[]]", "[{}]"]
    + [
      #"[{"args": []}]"#, #"[{"kernel": null}]"#, #"[{"kernel": ""}]"#,
      #"[{"kernel": "For_loop"}]"#,
    ]
    + top(
      #""task": []"#, #""$schema": null"#, #""mode": "fast""#, #""mode": 1"#, #""jobs": 0"#,
      #""jobs": "2""#,
      #""isolation": "processes""#, #""isolation": true"#, #""sandbox": "Strict""#,
      #""isolation": "none", "sandbox": "default""#, #""isolation": "none", "allow": {}"#,
      #""isolation": "none", "limits": {}"#, #""isolation": "none", "defaults": {"memory": 1}"#,
      #""plugins": "lib.so""#, #""plugins": [""]"#, #""plugins": ["a\u0000b"]"#,
      #""plugins": [5]"#, #""plugins": [{}]"#, #""plugins": [{"functions": []}]"#,
      #""plugins": [{"path": ""}]"#, #""plugins": [{"path": 5}]"#,
      #""plugins": [{"library": "libm.so.6", "functions": []}]"#, #""plugins": [{"library": "m"}]"#,
      #""plugins": [{"path": "a.c", "x": 1}]"#,
      #""plugins": [{"path": "a.c", "functions": ["int a(void)"]}]"#,
      #""plugins": [{"path": "a.c", "library": "b.so", "functions": ["int a(void)"]}]"#,
      #""plugins": [{"path": "a.so", "flags": []}]"#,
      #""plugins": [{"path": "a.c", "flags": "-O2"}]"#,
      #""plugins": [{"path": "a.c", "libraries": [""]}]"#,
      #""plugins": [{"library": "libm.so.6", "functions": ["int a(void)"], "libraries": []}]"#,
      #""allow": []"#, #""allow": {"execute": []}"#, #""allow": {"read": [1]}"#,
      #""limits": {"memory": 1}"#, #""limits": {"cpu": 0}"#, #""limits": {"cpu": 1000000001}"#,
      #""limits": {"core": 0}"#, #""limits": {"address_space": -1}"#, #""crash_limit": 0"#,
      #""defaults": {"cpu": 0}"#, #""defaults": {"cpu": "1"}"#, #""crash_limit": 1000000001"#,
      #""crash_limit": "1""#, #""defaults": {"name": "a"}"#,
      #""defaults": []"#, #""repeat": 2"#, #""kernel": "primes""#)
    + [#"{"isolation": "none", "tasks": [{"kernel": "primes", "memory": 5}]}"#]
    + sweeps(
      #""sweep": {"r": []}"#, #""sweep": {"q": [1]}"#, #""sweep": {"r": [9]}"#,
      #""sweep": {"r": ["x"]}"#, #""sweep": {"r": 1}"#, #""sweep": {"r": {"from": 0, "to": 1}}"#,
      #""sweep": {"r": {"from": 0, "to": 1, "count": 2, "step": 1}}"#,
      #""sweep": {"r": {"from": 0, "to": 1, "step": 0}}"#,
      #""sweep": {"r": {"from": 0, "to": 1, "count": 0}}"#,
      #""sweep": {"r": {"from": 0, "to": 1, "count": 2, "log": true}}"#,
      #""sweep": {"r": {"from": 1, "to": 2, "step": 1, "log": true}}"#,
      #""sweep": {"r": {"from": "a", "to": 2, "count": 2}}"#,
      #""sweep": {"file": 3}"#, #""sweep": {"file": ["a"]}"#, #""sweep": {"file": ""}"#,
      #""sweep": {"columns": ["r"]}"#, #""sweep": {"file": "p.csv", "columns": 3}"#,
      #""sweep": {"file": "p.csv", "columns": []}"#, #""sweep": {"r": [1]}, "zip": 1"#,
      #""args": [1], "repeat": 0"#,
      #""args": [1], "repeat": 1.5"#)
    + tasks(
      #""args": null"#, #""args": 5"#, #""Args": []"#, #""name": """#, #""name": 1"#,
      #""timeout": 0"#, #""timeout": -1"#, #""timeout": 1e999"#, #""timeout": "1""#,
      #""timeout": null"#, #""grace": -1e-300"#, #""grace": 9000000000"#, #""memory": 0"#,
      #""memory": 9223372036854775808"#, #""memory": 1.5"#, #""memory": "64""#,
      #""memory": "64 kB""#, #""memory": "64  MiB""#, #""memory": ".5 MB""#, #""memory": "1. MB""#,
      #""memory": "1.2.3 MB""#, #""memory": "0.0 GiB""#, #""memory": "-1 B""#,
      #""memory": " 1 B""#, #""memory": "1e3 B""#, #""retries": -1"#, #""retries": 1000001"#,
      #""retries": []"#, #""retries": {}"#, #""retries": {"on": ["crash"]}"#,
      #""retries": {"times": 1, "delay": -1}"#, #""retries": {"times": 1, "on": "crash"}"#,
      #""retries": {"times": 1, "on": ["ok"]}"#, #""retries": {"times": 1, "on": ["Eio"]}"#,
      #""retries": {"times": 1, "on": ["9A"]}"#, #""retries": {"times": 1, "on": [""]}"#,
      #""retries": {"times": 1, "wait": 1}"#, #""sweep": []"#, #""after": 5"#,
      #""after": """#, #""after": [1]"#, #""after": [""]"#, #""after": {"result": "a"}"#)
    + args(
      "for_loop", "[0, 1, 2, 3]", #"{"mx": 3}"#, "[null]", "[1.5]", #"["3"]"#, "[true]", "[[1]]",
      "[9223372036854775808]", "[-9223372036854775809]", #"["NaN"]"#, "[1e999]",
      "[123456789012345678901234567890]")
    + args(
      "logistic_map", #"{"r": 4.1}"#, #"["NaN"]"#, #"["Infinity"]"#, "[1, -1e-300]", "[0, 0, -1]")
    + args("matmul", "[[1], [1], 1, 1]", #"{"a": [1], "b": [1], "rows": 1, "inner": 1}"#)
    + [#"[{"kernel": "fft"}]"#]
    + args("fft", "[]", "{}", "[1]", #"[["1"]]"#, "[[[1]]]", "[[null]]", "[[1e999]]", "[[], [], 1]")
    + args("every_type", "[129, 0, 0, 0, 1]", "[0, -1, 0, 0, 1]", "[0, 0, 0, 11, 1]")
    + values(
      #""narrow": [2147483648]"#, #""narrow": [0.5]"#, #""floats": [1e39]"#, #""fixed": [1, 2]"#,
      #""fixed": [1, 2, 3, 4]"#, #""fixed": []"#, #""fixed": [1, 2, 11]"#, #""number": "rk5""#,
      #""number": 1"#, #""file": 5"#)
    + args("every_type", #"{"single": "nan"}"#, #"{"single": true}"#, #"{"single": 1e999}"#)
    + values(
      #""between": 0.6"#, #""upward": "Infinity""#, #""upward": 1e999"#, #""endless": "NaN""#,
      #""endless": "-Infinity""#, #""flag": 0"#, #""flag": "true""#, #""way": "back""#,
      #""way": 1"#, #""text": 1"#, #""text": {"base64": ""}"#, #""data": 1"#, #""data": {}"#,
      #""data": {"base64": "A"}"#, #""data": {"base64": "AB=="}"#, #""data": {"base64": "AA=A"}"#,
      #""data": {"base64": "A-=="}"#, #""data": {"base64": "", "x": 1}"#, #""data": {"base64": 1}"#,
      #""data": {"result": ""}"#, #""data": {"result": 5}"#, #""data": {"results": "a"}"#,
      #""data": {"result": "a", "results": "a"}"#, #""data": {"result": "a", "x": 1}"#,
      #""whole": [{"results": "a"}]"#, #""whole": [{"result": 1}]"#, #""whole": [11]"#,
      #""whole": [0.5]"#, #""whole": 1"#,
      #""whole": ["NaN"]"#, #""real": "NaN""#, #""real": [true]"#, #""parts": ["NaN"]"#,
      #""parts": [1.5]"#, #""unknown": 1"#)
    + args("takes_nothing", "[1]", #"{"n": 1}"#)
    + args(#"odd/~1 %41 \"é\""#, #"["5"]"#, #"{"~0/# ": 5}"#, "[5, 5]")

  struct Difference: Sendable {
    let reason: String
    let manifests: [String]
  }

  /// Wrong, which a schema cannot say.
  static let onlyCheckRefuses: [Difference] = [
    Difference(
      reason: "To JSON Schema 3.0 and 3 are one number.",
      manifests: args("for_loop", "[3.0]", "[1e2]", "[-0.0]")
        + tasks(#""memory": 1e3"#, #""retries": 2.0"#) + top(#""crash_limit": 1.0"#)
        + values(#""whole": [1.0]"#)),
    Difference(
      reason: "A schema sees an object of which each key stands once.",
      manifests: [#"{"tasks": [], "tasks": []}"#]
        + args("for_loop", #"{"max": 3, "m\u0061x": 3}"#)),
    Difference(
      reason: "What values a range has, and how many there are in all, must be computed.",
      manifests: sweeps(
        #""sweep": {"r": {"from": 0, "to": 9, "count": 2}}"#,
        #""sweep": {"r": {"from": 0, "to": 1, "step": -1}}"#,
        #""sweep": {"r": {"from": 0, "to": 1, "count": 1}}"#,
        #""sweep": {"r": {"from": 0, "to": 1, "step": 1e-300}}"#,
        #""zip": true, "sweep": {"r": [1], "x0": [0, 1]}"#,
        #""repeat": 1000000000, "sweep": {"r": {"from": 0, "to": 4, "count": 1001}}"#)),
    Difference(
      reason: "What is given in one place may be missing in the other, or be there twice.",
      manifests: sweeps(
        #""args": {"r": 1}, "sweep": {"r": [2]}"#, #""args": {"r": 1}, "zip": true"#)
        + [#"[{"kernel": "every_type", "sweep": {"between": [0.5]}}]"#]),
    Difference(
      reason: "A schema knows neither the tasks' names nor their results.",
      manifests: tasks(#""after": "a""#, #""name": "a", "after": ["a"]"#)
        + values(#""data": {"result": "a"}"#, #""whole": [1, {"result": "a"}]"#)),
    Difference(
      reason: "Texts in different places cannot be compared.",
      manifests: [#"[{"kernel": "primes", "name": "a"}, {"kernel": "primes", "name": "\u0061"}]"#]),
    Difference(
      reason: "A pattern does not count: less than a byte, and more than a machine has.",
      manifests: tasks(
        #""memory": "0.4 B""#, #""memory": "0.0001 KiB""#, #""memory": "9000000000 GB""#,
        #""memory": "9000000000000000000 B""#)),
    Difference(
      reason: "A schema looks at no file.",
      manifests: top(
        #""plugins": ["/no-such-library.so"]"#, #""allow": {"write": ["/no-such-folder"]}"#,
        #""allow": {"read": ["~/x"]}"#)),
    Difference(
      reason: "The errors of a kernel are those that its library declares.",
      manifests: tasks(#""retries": {"times": 1, "on": ["EIOO"]}"#)),
    Difference(
      reason: "A declaration in C is no regular expression.",
      manifests: top(#""plugins": [{"library": "libm.so.6", "functions": ["double cbrt"]}]"#)),
    Difference(
      reason: "Python's $ also matches in front of a last line feed; that of ECMA-262 does not.",
      manifests: tasks(#""memory": "64 MiB\n""#, #""retries": {"times": 1, "on": ["EIO\n"]}"#)
        + values(#""data": {"base64": "AAAA\n"}"#)),
  ]

  /// Right, which a schema cannot say.
  static let onlySchemaRefuses: [Difference] = [
    Difference(
      reason: "An integer is rounded before it is held against the range of an f64.",
      manifests: values(#""exact": 9007199254740993"#))
  ]
}

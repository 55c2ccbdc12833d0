import Testing

@testable import KernelHostModel

/// Wrong values and keys of limits, retries and workers: each with its place.
struct IsolationRefusalTests {
  static let seconds = "takes a number of seconds, 0 or more; found "
  static let size =
    "takes a size: an integer number of bytes, 1 or more, or a string like \"64 MiB\" (B, KB, MB, GB, "
    + "KiB, MiB, GiB); found "
  static let times = "takes an integer from 0 to 1000000"

  static let ofTasks: [(member: String, says: String)] = [
    ("\"grace\": ¦-1", "\"grace\" \(seconds)the number -1"),
    ("\"grace\": ¦1e999", "\"grace\" \(seconds)the number 1e999"),
    (
      "\"grace\": ¦\"1\"",
      "\"grace\" \(seconds)the string \"1\"; write it as a number of seconds: 1"
    ),
    ("\"memory\": ¦0", "\"memory\" \(size)the number 0"),
    ("\"memory\": ¦-5", "\"memory\" \(size)the number -5"),
    ("\"memory\": ¦null", "\"memory\" \(size)null"),
    (
      "\"memory\": ¦1e6",
      "\"memory\" \(size)the number 1e6; write it without point and exponent: 1000000"
    ),
    (
      "\"memory\": ¦9223372036854775808",
      "\"memory\" \(size)the number 9223372036854775808"
    ),
    (
      "\"memory\": ¦\"8589934592 GiB\"",
      "\"memory\" \(size)the string \"8589934592 GiB\""
    ),
    (
      "\"memory\": ¦\"64 kib\"",
      "\"memory\" \(size)the string \"64 kib\"; did you mean \"64 KiB\"?"
    ),
    (
      "\"memory\": ¦\"64\"",
      "\"memory\" \(size)the string \"64\"; did you mean \"64 B\"?"
    ),
    (
      "\"memory\": ¦\"-1 B\"",
      "\"memory\" \(size)the string \"-1 B\""
    ),
    ("\"memory\": ¦\"0 GB\"", "\"memory\" \(size)the string \"0 GB\""),
    (
      "\"retries\": ¦\"2\"",
      "\"retries\" \(times), or an object like {\"times\": 2, \"on\": [\"crash\"]}; found the "
        + "string \"2\"; write it without quotes: 2"
    ),
    (
      "\"retries\": ¦1000001",
      "\"retries\" \(times), or an object like {\"times\": 2, \"on\": [\"crash\"]}; found the "
        + "number 1000001"
    ),
    (
      "\"retries\": ¦{}",
      "\"retries\" has no \"times\"; add \"times\": 1, or write only the number"
    ),
    ("\"retries\": {\"times\": ¦1.5}", "\"times\" \(times); found the number 1.5"),
    (
      "\"retries\": {\"times\": 1, \"delay\": ¦-0.5}", "\"delay\" \(seconds)the number -0.5"
    ),
    ("\"retries\": {¦\"time\": 1}", "unknown key \"time\"; did you mean \"times\"?"),
    (
      "\"retries\": {\"times\": 1, ¦\"xyz\": 1}",
      "unknown key \"xyz\"; \"retries\" has \"times\", \"delay\" and \"on\""
    ),
    (
      "\"retries\": {\"times\": 1, \"on\": ¦\"crash\"}",
      "\"on\" takes an array of statuses and names of error codes; found the string \"crash\"; put it in brackets: [\"crash\"]"
    ),
    (
      "\"retries\": {\"times\": 1, \"on\": [¦7]}",
      "\"on\" takes statuses and names of error codes, which are strings; found the number 7"
    ),
    (
      "\"retries\": {\"times\": 1, \"on\": [\"crash\", ¦\"timeuot\"]}",
      "\"on\": a call cannot be retried for \"timeuot\"; did you mean \"timeout\"?"
    ),
    (
      "\"retries\": {\"times\": 1, \"on\": [¦\"1E\"]}",
      "\"on\": a call cannot be retried for \"1E\"; \"on\" takes the statuses \"error\", \"crash\", \"timeout\", \"memory\" and \"lost\", names of errno values like \"EIO\", of signals like \"SIGSEGV\", and errors that the kernel declares"
    ),
    (
      "\"retries\": {\"times\": 1, \"on\": [¦\"cancelled\"]}",
      "\"on\": a call cannot be retried for the status \"cancelled\"; \"on\" takes the statuses \"error\", \"crash\", \"timeout\", \"memory\" and \"lost\", names of errno values like \"EIO\", of signals like \"SIGSEGV\", and errors that the kernel declares"
    ),
    ("¦\"retrys\": 1", "unknown key \"retrys\"; did you mean \"retries\"?"),
    (
      "\"grace\": 1, ¦\"grace\": 1",
      "the key \"grace\" appears twice in this object, first in line 1, column 24; remove one of "
        + "them"
    ),
  ]

  static let ofManifests: [(member: String, says: String)] = [
    (
      "\"sandbox\": ¦\"strct\"",
      "\"sandbox\" is one of \"none\", \"default\" and \"strict\"; found \"strct\"; "
        + "did you mean \"strict\"?"
    ),
    (
      "\"sandbox\": ¦true",
      "\"sandbox\" takes one of \"none\", \"default\" and \"strict\"; found true"
    ),
    ("\"allow\": ¦[\"a\"]", "\"allow\" takes an object; found an array"),
    (
      "\"allow\": {\"read\": ¦\"a\"}",
      "\"read\" takes an array of paths; found the string \"a\"; put it in brackets: [\"a\"]"
    ),
    ("\"allow\": {\"write\": [¦\"\"]}", "\"write\" is empty; it takes at least one character"),
    ("\"allow\": {\"write\": [¦\"a\\u0000\"]}", "a path cannot contain a NUL character (\\u0000)"),
    (
      "\"allow\": {\"read\": [\"a\", ¦1]}",
      "\"read\" takes paths, which are strings; found the number 1"
    ),
    ("\"allow\": {¦\"raed\": []}", "unknown key \"raed\"; did you mean \"read\"?"),
    ("\"allow\": {¦\"zzz\": []}", "unknown key \"zzz\"; \"allow\" has \"read\" and \"write\""),
    ("\"limits\": ¦7", "\"limits\" takes an object; found the number 7"),
    ("\"limits\": {\"address_space\": ¦true}", "\"address_space\" \(size)true"),
    (
      "\"limits\": {\"cpu\": ¦0}",
      "\"cpu\" takes an integer number of seconds, 1 or more; found the number 0"
    ),
    (
      "\"limits\": {\"cpu\": ¦0.5}",
      "\"cpu\" takes an integer number of seconds, 1 or more; found the number 0.5"
    ),
    ("\"limits\": {\"core\": ¦1}", "\"core\" takes true or false; found the number 1; write true"),
    (
      "\"limits\": {¦\"adress_space\": 1}",
      "unknown key \"adress_space\"; did you mean \"address_space\"?"
    ),
    (
      "\"limits\": {¦\"memory\": 1}",
      "\"memory\" is not a key of this object; it belongs in \"defaults\" or a task"
    ),
    (
      "\"crash_limit\": ¦0",
      "\"crash_limit\" takes an integer, 1 or more; found the number 0"
    ),
    (
      "\"crash_limit\": ¦99999999999999999999",
      "\"crash_limit\" takes an integer, 1 or more; found the number 99999999999999999999"
    ),
    ("¦\"crash-limit\": 1", "unknown key \"crash-limit\"; did you mean \"crash_limit\"?"),
    (
      "¦\"memory\": 1",
      "\"memory\" is not a key of this object; it belongs in \"defaults\" or a task"
    ),
    ("\"defaults\": {\"grace\": ¦-1}", "\"grace\" \(seconds)the number -1"),
    ("\"defaults\": {¦\"retrys\": 1}", "unknown key \"retrys\"; did you mean \"retries\"?"),
    (
      "¦\"xyzzy\": 1",
      "unknown key \"xyzzy\"; a manifest has \"tasks\", \"defaults\", \"plugins\", \"mode\", "
        + "\"jobs\", \"isolation\", \"sandbox\", \"allow\", \"limits\", \"crash_limit\", "
        + "\"metadata\" and \"$schema\""
    ),
  ]

  @Test func complaints() throws {
    let all =
      Self.ofTasks.map { ("[{\"kernel\": \"nothing\", \($0.member)}]", $0.says) }
      + Self.ofManifests.map { ("{\($0.member), \"tasks\": []}", $0.says) }
    for (marked, says) in all {
      let place = try #require(marked.firstIndex(of: "¦"))
      let column = marked.distance(from: marked.startIndex, to: place) + 1
      let found = TestKernels.complaints(marked.replacing("¦", with: ""))
      #expect(found == ["1:\(column): \(says)"], "\(marked)")
    }
  }
}

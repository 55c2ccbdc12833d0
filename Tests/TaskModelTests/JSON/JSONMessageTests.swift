import Testing

@testable import KernelHostModel

/// What is said of a text that is no JSON: each mistake by its own sentence and place.
struct JSONMessageTests {
  static let sentences: [(text: String, says: String)] = [
    ("", "1:1: the manifest is empty; the shortest one is {\"tasks\": []}"),
    (" \n ", "1:1: the manifest is only white space; the shortest one is {\"tasks\": []}"),
    (
      "\u{FEFF}[]",
      "1:1: the manifest begins with a byte order mark, which JSON does not have; save it as UTF-8 without BOM"
    ),
    ("[1,]", "1:3: a comma after the last element; JSON has no trailing comma: remove it"),
    (
      "{\"metadata\": {\"a\": 1,}}",
      "1:21: a comma after the last value; JSON has no trailing comma: remove it"
    ),
    ("[1,,2]", "1:4: a value is missing before \",\""),
    ("[,1]", "1:2: a value is missing before \",\""),
    ("[{} {}]", "1:5: a comma is missing before this element"),
    ("{\"mode\" \"x\"}", "1:9: found a double quote; expected \":\" after the key"),
    ("{\"mode\" = 1}", "1:9: found \"=\"; expected \":\" after the key"),
    ("[1}", "1:3: found \"}\"; expected \"]\", which ends the array"),
    ("{\"jobs\": 1]", "1:11: found \"]\"; expected \"}\", which ends the object"),
    ("{tasks: []}", "1:2: JSON keys take double quotes: write \"tasks\""),
    ("{1: 2}", "1:2: a key is a string in double quotes"),
    ("{'tasks': []}", "1:2: JSON strings take double quotes (\"), not single ones"),
    (
      "{\u{201C}tasks\u{201D}: []}",
      "1:2: JSON strings take straight double quotes (\"), not typographic ones"
    ),
    ("[] // end", "1:4: JSON has no comments; remove it, or keep notes under the key \"metadata\""),
    ("# x\n[]", "1:1: JSON has no comments; remove it, or keep notes under the key \"metadata\""),
    ("[True]", "1:2: \"True\" is not JSON; write true"),
    ("[None]", "1:2: \"None\" is not JSON; write null"),
    ("[NaN]", "1:2: JSON has no NaN; write it as a string: \"NaN\""),
    ("[-Infinity]", "1:2: JSON has no -Infinity; write it as a string: \"-Infinity\""),
    ("[abc]", "1:2: \"abc\" is not a JSON value; a string takes double quotes"),
    ("[\u{A0}1]", "1:2: U+00A0 is not white space in JSON; write a space"),
    ("[+1]", "1:2: JSON numbers have no leading plus; remove it"),
    ("[01]", "1:2: JSON numbers have no leading zeros; found 01"),
    ("[.5]", "1:2: a digit is missing before the point; write 0.5, not .5"),
    ("[1.]", "1:4: a digit is missing after the point; write 1.0, not 1."),
    ("[1e]", "1:4: a digit is missing in the exponent; write 1e5"),
    ("[-]", "1:3: a digit is missing after the sign; write -1, or remove the sign"),
    ("[0x1F]", "1:2: JSON numbers are decimal; found 0x1F"),
    ("[1_000]", "1:3: JSON numbers have no separators between digits; remove the \"_\""),
    ("[\u{2212}1]", "1:2: U+2212 is not a minus sign in JSON; write \"-\""),
    ("[1x]", "1:3: found \"x\" in a number; a string takes double quotes"),
    ("[\"abc", "1:2: the string that begins here does not end; close it with a double quote"),
    (
      "[\"a\nb\"]",
      "1:2: the string that begins here does not end on its line; close it with a double quote, or "
        + "write a line break as \\n"
    ),
    ("[\"a\tb\"]", "1:4: a tab in a string; write it as \\t"),
    ("[\"\u{1B}\"]", "1:3: the control character U+001B in a string; write it as \\u001b"),
    (
      "[\"C:\\dir\"]",
      "1:5: \"d\" after a backslash is not an escape in JSON, which has \\\" \\\\ \\/ \\b \\f \\n \\r \\t "
        + "\\uXXXX, and a backslash itself is \\\\"
    ),
    ("[\"\\u12G4\"]", "1:3: \\u takes four hexadecimal digits, like \\u00e9"),
    (
      "[\"\\ud800\"]",
      "1:3: \\ud800 is one half of a surrogate pair, without the other; a character beyond U+FFFF "
        + "takes both, like \\ud83d\\ude00"
    ),
    ("[1", "1:3: the manifest ends here; expected \",\" or \"]\": is the file cut off?"),
    (
      "[]\n{}",
      "2:1: another value follows the end of the manifest; a file with one task on each line is "
        + "JSON Lines: call it *.jsonl, or add --input jsonl"
    ),
    ("[] 1", "1:4: text follows the end of the manifest; remove it"),
  ]

  @Test func table() {
    for (text, says) in Self.sentences {
      // What the manifest's own form is blamed for may stand before it.
      #expect(TestKernels.complaints(text).last == says, "\(text)")
    }
  }

  @Test func otherEncodings() {
    let text = "{\"tasks\": []}"
    let wide = Array(text.utf16)
    var little: [UInt8] = []
    var big: [UInt8] = []
    for unit in wide {
      little += [UInt8(unit & 255), UInt8(unit >> 8)]
      big += [UInt8(unit >> 8), UInt8(unit & 255)]
    }
    for bytes: [UInt8] in [[0xFF, 0xFE] + little, little, [0xFE, 0xFF] + big, big] {
      #expect(
        TestKernels.complaints(bytes) == [
          "1:1: the manifest is UTF-16; JSON is UTF-8: convert it (iconv -f UTF-16 -t UTF-8)"
        ])
    }
    let utf32: [UInt8] = text.utf8.flatMap { [$0, 0, 0, 0] }
    #expect(TestKernels.complaints(utf32)[0].contains("UTF-32"))
  }

  @Test func binaries() {
    #expect(
      TestKernels.complaints([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0])
        == [
          "1:1: this is an ELF file, a library or a program, not a manifest; if it has kernels, name "
            + "it in a manifest, {\"plugins\": [\"m.json\"], \"tasks\": [{\"kernel\": \"NAME\"}]}"
        ])
    #expect(TestKernels.complaints([0x1F, 0x8B, 8, 0])[0].contains("compressed"))
    #expect(TestKernels.complaints(Array("[1, ".utf8) + [0, 1, 2, 3, 0, 0])[0].contains("binary"))
    #expect(TestKernels.complaints(Array("[1, ".utf8) + [0])[0].contains("NUL byte"))
    let late = Array("[".utf8) + [UInt8](repeating: 0x20, count: 2000) + [0]
    #expect(TestKernels.complaints(late) == ["1:2002: found a NUL byte; JSON is text: remove it"])
  }

  @Test func invalidUTF8() {
    let wrong: [[UInt8]] = [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
      [0xF8, 0x88, 0x80, 0x80, 0x80], [0xE0, 0x80, 0x80],
    ]
    for bytes in wrong {
      let says = TestKernels.complaints(Array("[\"".utf8) + bytes + Array("\"]".utf8))
      #expect(says.count == 1 && says[0].hasPrefix("1:3: the byte 0x"), "\(says)")
      // Outside of a text too.
      #expect(TestKernels.complaints(Array("[".utf8) + bytes + Array("]".utf8)).count == 1)
    }
  }

  @Test func nesting() {
    func nested(_ depth: Int) -> String {
      "{\"tasks\": [], \"metadata\": {\"x\": "
        + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}}"
    }
    #expect(TestKernels.complaints(nested(510)) == [])
    let says = "arrays and objects are nested deeper than 512 levels, the limit"
    #expect(TestKernels.complaints(nested(511)) == ["1:543: " + says])
    for text in ["[", "{\"a\":", "[{\"kernel\":\"for_loop\",\"args\":{\"max\":["] {
      let deep = String(repeating: text, count: 100_000)
      #expect(TestKernels.complaints(deep).count >= 1)
    }
    #expect(TestKernels.complaints(String(repeating: "[", count: 100_000)) != [])
  }

  @Test func linesOfJSONLines() {
    #expect(
      TestKernels.complaints("{\"kernel\": \"nothing\"\n}\n{\"kernel\": \"nothing\"} 1", .jsonl)
        == [
          "1:21: the line ends here; expected \",\" or \"}\": in JSON Lines each task is on one "
            + "line", "2:1: a value is missing before \"}\"",
          "3:23: text follows the task; in JSON Lines each task has a line of its own: remove it",
        ])
  }
}

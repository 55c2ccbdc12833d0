import Testing

@testable import KernelHostModel

/// The schema as a value, and its text. What it allows is held against `host check` in
/// HostTests.
struct ManifestSchemaTests {
  private static let document = ManifestSchema(kernels: TestKernels.all).document

  private static func keys(_ object: JSONTree?) -> [String] {
    object?["properties"]?.members.map { $0.name } ?? []
  }

  /// An object for each section has the keys that are read in it, and no other.
  @Test func everyKey() {
    let root = Self.document
    let defs = root["$defs"]
    let objects: [(Problem.Section, JSONTree?)] = [
      (.manifest, root), (.defaults, root["properties"]?["defaults"]),
      (.task, defs?["task"]), (.bytes, defs?["bytes"]),
      (.allow, root["properties"]?["allow"]), (.limits, root["properties"]?["limits"]),
      (.retries, defs?["retries"]), (.plugin, defs?["plugin"]),
      (.function, defs?["function"]), (.range, defs?["axis"]), (.reference, defs?["reference"]),
      (.request, ManifestSchema(kernels: TestKernels.all).serveDocument["$defs"]?["request"]),
    ]
    #expect(objects.map { $0.0 } == Problem.Section.allCases)
    for (section, object) in objects {
      let read = ManifestKey.known(in: section).map { $0.text }
      #expect(Self.keys(object) == read, "\(section)")
      #expect(object?["additionalProperties"] == false, "\(section)")
      for member in object?["properties"]?.members ?? [] {
        #expect(member.value["description"] != nil, "\(section): \(member.name)")
      }
    }
  }

  @Test func parameters() {
    let arguments = Self.document["$defs"]?["args.logistic_map"]
    #expect(Self.keys(arguments) == ["r", "x0", "steps"])
    // What must be given may be swept, so the task says it.
    var buffer: [UInt8] = []
    Self.document["$defs"]?["task"]?.write(to: &buffer)
    let task = String(decoding: buffer.filter { !" \n".utf8.contains($0) }, as: UTF8.self)
    #expect(task.contains(#""args":{"required":["r"],"minItems":1}"#), "\(task)")
    #expect(arguments?["additionalProperties"] == false && arguments?["items"] == false)
    #expect(
      arguments?["properties"]?["x0"] == [
        "description": "(f64, in K)",
        "anyOf": [["type": "number", "minimum": 0, "maximum": 1], ["$ref": "#/$defs/result"]],
        "default": .value(.null),
      ])
    let nothing = Self.document["$defs"]?["args.nothing"]
    #expect(nothing?["maxItems"] == 0 && nothing?["prefixItems"] == nil)
  }

  /// Ranges that hold infinity, and some that no number is in.
  @Test func unusualRanges() {
    func schema(_ type: ValueType, _ range: ClosedRange<Double>) -> JSONTree? {
      let field = FieldSignature(name: "p", type: type, range: range, isRequired: true)
      let kernels = [KernelSignature(name: "k", parameters: [field])]
      let all = ManifestSchema(kernels: kernels).document["$defs"]?["args.k"]?["properties"]
      // Behind it come references.
      guard case .array(let branches) = all?["p"]?["anyOf"] else { return nil }
      return branches.first
    }
    let greatest = JSONTree.value(.number(.greatestFiniteMagnitude))
    let least = JSONTree.value(.number(-.greatestFiniteMagnitude))
    #expect(
      schema(.f64, -.infinity...2)?["anyOf"] == [
        ["type": "number", "minimum": least, "maximum": 2], ["enum": ["-Infinity"]],
      ])
    #expect(
      schema(.f64, -.infinity...(.infinity))?["anyOf"] == [
        ["type": "number", "minimum": least, "maximum": greatest],
        ["enum": ["Infinity", "-Infinity"]],
      ])
    #expect(schema(.f64, .infinity...(.infinity))?["enum"] == ["Infinity"])
    #expect(schema(.f64, 0x1p53...0x1p54)?["minimum"] == 9007199254740992.0)
    // None at all.
    let none = schema(.i64, 0.25...0.75)
    #expect(none?["minimum"] == 1 && none?["maximum"] == 0)
    #expect(schema(.i64, -0.5...1e300)?["maximum"] == .value(.integer(.max)))
  }

  @Test func references() {
    #expect(ManifestSchema.pointer("$defs", "args.for_loop") == "#/$defs/args.for_loop")
    #expect(ManifestSchema.pointer("a/b~c d%\u{1}é") == "#/a~1b~0c%20d%25%01%C3%A9")
  }

  @Test func layout() {
    let tree: JSONTree = [
      "a": [1, -2.5, true, "x\"y\n"], "b": [], "c": ["d": .value(.numbers([1, .nan]))],
      "e": .object([]), "f": .value(.bytes([1])),
    ]
    var buffer: [UInt8] = []
    tree.write(to: &buffer)
    #expect(
      String(decoding: buffer, as: UTF8.self) == #"""
        {
          "a": [
            1,
            -2.5,
            true,
            "x\"y\n"
          ],
          "b": [],
          "c": {
            "d": [1.0, "NaN"]
          },
          "e": {},
          "f": {"base64": "AQ=="}
        }
        """#)
  }
}

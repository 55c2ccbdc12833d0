import Foundation
import KernelHostTestSupport
import Testing

/// `host schema` itself.
struct SchemaTests {
  private func schema(_ arguments: [String] = []) throws -> [String: Any] {
    let run = try HostBinary.run(["schema"] + arguments)
    #expect(run.end == .exit(0) && run.err == "", "\(run.err)")
    #expect(run.out.hasSuffix("\n}\n"))
    return try JSON.object(run.out)
  }

  @Test func hasEveryKernel() throws {
    let schema = try schema()
    #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    let defs = try #require(schema["$defs"] as? [String: [String: Any]])
    let task = try #require(defs["task"]?["properties"] as? [String: [String: Any]])
    let kernels = try #require(
      try JSON.value(try HostBinary.run(["kernels", "--json"]).out) as? [[String: Any]])
    #expect(task["kernel"]?["enum"] as? [String] == kernels.compactMap { $0["name"] as? String })
    for kernel in kernels {
      let name = try #require(kernel["name"] as? String)
      let arguments = try #require(defs["args.\(name)"])
      let known = try #require(kernel["parameters"] as? [[String: Any]])
      let properties = arguments["properties"] as? [String: [String: Any]] ?? [:]
      #expect(Set(properties.keys) == Set(known.compactMap { $0["name"] as? String }))
      #expect((arguments["prefixItems"] as? [Any])?.count ?? 0 == known.count)
      for parameter in known {
        let property = try #require(properties[parameter["name"] as? String ?? ""])
        let description = try #require(property["description"] as? String)
        #expect(description.contains(parameter["doc"] as? String ?? ""))
        if let unit = parameter["unit"] as? String { #expect(description.contains(unit)) }
        #expect((property["default"] == nil) == (parameter["required"] as? Bool))
      }
    }
  }

  @Test func wrongCommandLines() throws {
    for arguments in [["a", "b"], ["no-such.json"], ["--json"], ["--plugin", "/no-such.so"]] {
      let run = try HostBinary.run(["schema"] + arguments)
      #expect(run.end == .exit(2) && run.out == "", "\(arguments)")
      #expect(run.err.contains("host: error: "), "\(arguments)")
    }
  }

  /// A plugin that is misspelt is not left out in silence; of what is called nothing is said.
  @Test func wrongManifests() throws {
    for (manifest, words) in [
      (#"{"plugins": ["no-such.so"], "tasks": []}"#, "1:14: error: cannot load plugin"),
      (#"{"plugin": ["no-such.so"], "tasks": []}"#, "\"plugins\""), ("[", "1:2: error: "),
    ] {
      let run = try HostBinary.run(["schema", "-"], input: Array(manifest.utf8))
      #expect(run.end == .exit(2) && run.out == "", "\(manifest)")
      #expect(run.err.contains(words), "\(manifest): \(run.err)")
    }
    let unknown = Array(#"[{"kernel": "for_lop"}]"#.utf8)
    let plain = try HostBinary.run(["schema"]).out
    #expect(try HostBinary.run(["schema", "-"], input: unknown).out == plain)
  }

  /// It goes where standard output goes, whole or with an error.
  @Test func standardOutputThatIsFull() throws {
    #expect(try HostBinary.run(["schema"], output: .path("/dev/full")).end == .exit(3))
  }
}

/// The Python package to compare with.
private enum JSONSchemaPackage {
  static let why = "the Python package jsonschema, 4 or newer, and a C compiler are needed"

  static let isThere: Bool = {
    guard let python = Python.path, Plugins.compiler != nil else { return false }
    let script = "from jsonschema import Draft202012Validator"
    return (try? Child(python, ["-c", script]).finish().end) == .exit(0)
  }()

  /// Checks the schema itself and its defaults; of each manifest, what is wrong with it
  /// or null.
  static let script = #"""
    import json, sys
    from jsonschema import Draft202012Validator

    def no_json(text):
        raise ValueError(text + " is no JSON")

    def read(text):
        return json.loads(text, parse_constant=no_json)

    given = json.load(sys.stdin)
    schema = read(given["schema"])
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for name, arguments in schema["$defs"].items():
        for parameter in arguments.get("properties", {}).values():
            if "default" in parameter:
                alone = {"$defs": schema["$defs"], **parameter}
                Draft202012Validator(alone).validate(parameter["default"])

    def complaint(text):
        errors = validator.iter_errors(read(text))
        return next((error.message[:300] for error in errors), None)

    json.dump([complaint(text) for text in given["manifests"]], sys.stdout)
    """#
}

/// The schema, as the Python package `jsonschema` reads it, and `host check` find the
/// same of every manifest, but for what a schema cannot say.
@Suite(.enabled(if: JSONSchemaPackage.isThere, Comment(rawValue: JSONSchemaPackage.why)))
struct SchemaVerdictTests {
  /// What the schema finds wrong with each manifest; nil: nothing.
  private func complaints(_ manifests: [String], schema: String? = nil) throws -> [String?] {
    let python = try #require(Python.path)
    let schema = try schema ?? HostBinary.run(["schema"] + Self.plugin()).out
    let input = try JSONSerialization.data(
      withJSONObject: ["schema": schema, "manifests": manifests] as [String: Any])
    let run = try Child(python, ["-c", JSONSchemaPackage.script], input: Array(input)).finish()
    try #require(run.end == .exit(0), "\(run.err)")
    let found = try JSON.array(run.out).map { $0 as? String }
    try #require(found.count == manifests.count)
    return found
  }

  private static func plugin() throws -> [String] {
    ["--plugin", try Plugins.library("every_type.c")]
  }

  private func expect(_ manifests: [String], schema: Bool, check: Bool, _ why: String = "") throws {
    for (manifest, complaint) in zip(manifests, try complaints(manifests)) {
      #expect((complaint == nil) == schema, "schema: \(manifest): \(complaint ?? "right") \(why)")
      let run = try HostBinary.run(["check"] + Self.plugin() + ["-"], input: Array(manifest.utf8))
      #expect(run.end == .exit(check ? 0 : 2), "check: \(manifest): \(run.err) \(why)")
    }
  }

  @Test func right() throws {
    #expect(SchemaSample.right.count >= 25)
    try expect(SchemaSample.right, schema: true, check: true)
  }

  @Test func wrong() throws {
    #expect(SchemaSample.wrong.count >= 40)
    try expect(SchemaSample.wrong, schema: false, check: false)
  }

  @Test(arguments: SchemaSample.onlyCheckRefuses.indices)
  func onlyCheckRefuses(_ index: Int) throws {
    let difference = SchemaSample.onlyCheckRefuses[index]
    try expect(difference.manifests, schema: true, check: false, difference.reason)
  }

  @Test(arguments: SchemaSample.onlySchemaRefuses.indices)
  func onlySchemaRefuses(_ index: Int) throws {
    let difference = SchemaSample.onlySchemaRefuses[index]
    try expect(difference.manifests, schema: false, check: true, difference.reason)
  }

  /// The examples that ship, each with the kernels of its plugins. Where one cannot be
  /// built, for want of its library, both say so.
  @Test func shippedManifests() throws {
    let folder = Repository.path + "/Sources/Manifests"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".json") }.sorted()
    #expect(names.contains("loops.json"))
    for name in names {
      let schema = try HostBinary.run(["schema", "\(folder)/\(name)"])
      let check = try HostBinary.run(["check", "\(folder)/\(name)"])
      #expect(check.end == schema.end, "\(name): \(check.err)\(schema.err)")
      if schema.end == .exit(0) {
        let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        #expect(try complaints([text], schema: schema.out) == [nil], "\(name)")
      } else {
        #expect(schema.err.contains("cannot load plugin"), "\(name): \(schema.err)")
      }
    }
  }

  /// Kernels of plugins are known if the option or the manifest names them.
  @Test func pluginsOfTheManifestItself() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: try Plugins.library("every_type.c"), toPath: folder.path("lib.so"))
    let manifest = #"""
      { "plugins": ["lib.so", {"library": "libm.so.6", "functions": ["double cbrt(double)"]}],
        "tasks": [{"kernel": "takes_nothing"}, {"kernel": "cbrt", "args": {"x": 8}}] }
      """#
    try folder.write(manifest, to: "m.json")
    let schema = try HostBinary.run(["schema", folder.path("m.json")])
    #expect(schema.end == .exit(0), "\(schema.err)")
    #expect(try complaints([manifest], schema: schema.out) == [nil])
    let plain = try HostBinary.run(["schema"]).out
    #expect(try complaints([manifest], schema: plain) != [nil])
    let wrong = manifest.replacingOccurrences(of: "8", with: "[8]")
    #expect(try complaints([wrong], schema: schema.out) != [nil])
  }
}

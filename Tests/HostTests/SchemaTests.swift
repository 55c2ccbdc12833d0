import Foundation
import Support
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
    for arguments in [
      ["/no-such.json"], ["a", "b"], ["--json"], ["--plugin"], ["--plugin", "/no-such.so"],
    ] {
      let run = try HostBinary.run(["schema"] + arguments)
      #expect(run.end == .exit(2) && run.out == "", "\(arguments)")
      #expect(run.err.contains("host: error: "), "\(arguments)")
    }
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
  /// `path`: of a manifest with plugins of its own.
  private func complaints(_ manifests: [String], of path: String? = nil) throws -> [String?] {
    let python = try #require(Python.path)
    let schema = try HostBinary.run(["schema"] + (path.map { [$0] } ?? Self.plugin()))
    let input = try JSONSerialization.data(
      withJSONObject: ["schema": schema.out, "manifests": manifests] as [String: Any])
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

  /// The examples that ship, where they lie: their paths are relative. Those whose library is
  /// not on this machine have no kernels to compare.
  @Test func shippedManifests() throws {
    let folder = Repository.path + "/Sources/Manifests"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".json") }.sorted()
    #expect(!names.isEmpty)
    for name in names {
      let path = "\(folder)/\(name)"
      let check = try HostBinary.run(["check", path])
      if name != "loops.json", check.err.contains("cannot load plugin") { continue }
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let complaint = try complaints([text], of: path)[0]
      #expect(complaint == nil && check.end == .exit(0), "\(name): \(complaint ?? "")")
    }
  }

  /// Kernels of plugins are known by the option alone.
  @Test func pluginsOfTheManifestItself() throws {
    let library = try Plugins.library("every_type.c")
    let manifest = #"{"plugins": ["\#(library)"], "tasks": [{"kernel": "takes_nothing"}]}"#
    #expect(try complaints([manifest]) == [nil])
    let plain = try HostBinary.run(["schema"]).out
    #expect(!plain.contains("takes_nothing"))
  }
}

/// Joins ES modules to one script without imports, in which each module keeps a scope of its own.
///
/// The page of a report is one file, so that its script cannot import others. The modules keep to
/// a part of the language: `import { a, b } from "./file.js";` on one line, and `export` in front
/// of a declaration at the start of a line.
struct ScriptModules {
  /// Why the modules cannot be joined.
  enum Fault: Error, Hashable {
    case missingModule(String)
    case missingExport(String, of: String)
    /// Modules that import each other, the first one twice.
    case circle([String])
    case unknownForm(String)
  }

  private let sources: [String: String]
  /// Complete modules, each behind all that it imports.
  private var joined = ""
  private var exports: [String: [String]] = [:]
  /// The modules whose imports are being joined.
  private var open: [String] = []

  /// Returns the script that evaluates a module and all that it imports. O(bytes).
  static func join(_ sources: [String: String], from entry: String) throws(Fault) -> String {
    var modules = ScriptModules(sources: sources)
    try modules.add(entry)
    return "\"use strict\";\n(() => {\n\(modules.joined)})();\n"
  }

  /// Returns the modules that an entry needs, itself among them. O(bytes).
  static func names(_ sources: [String: String], from entry: String) throws(Fault) -> Set<String> {
    var modules = ScriptModules(sources: sources)
    try modules.add(entry)
    return Set(modules.exports.keys)
  }

  private init(sources: [String: String]) { self.sources = sources }

  private mutating func add(_ name: String) throws(Fault) {
    if exports[name] != nil { return }
    guard let source = sources[name] else { throw .missingModule(name) }
    if let first = open.firstIndex(of: name) { throw .circle(open[first...] + [name]) }
    open.append(name)
    var body = ""
    var own: [String] = []
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("import ") {
        body += try scope(of: Self.parsed(line))
      } else if line.hasPrefix("export ") {
        let declaration = line.dropFirst("export ".count)
        own.append(try Self.name(declaredBy: declaration))
        body += declaration + "\n"
      } else {
        body += line + "\n"
      }
    }
    open.removeLast()
    exports[name] = own
    let value = "return { \(own.joined(separator: ", ")) };\n"
    joined += "const \(Self.variable(name)) = (() => {\n\(body)\(value)})();\n"
  }

  /// The line that brings imported names into the scope of a module.
  private mutating func scope(of line: (names: [String], module: String)) throws(Fault) -> String {
    try add(line.module)
    for name in line.names where exports[line.module]?.contains(name) != true {
      throw .missingExport(name, of: line.module)
    }
    return "const { \(line.names.joined(separator: ", ")) } = \(Self.variable(line.module));\n"
  }

  private static func parsed(
    _ line: Substring
  ) throws(Fault) -> (names: [String], module: String) {
    let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].hasPrefix("import { "), parts[0].hasSuffix(" } from "),
      parts[1].hasPrefix("./"), parts[2] == ";"
    else { throw .unknownForm(String(line)) }
    let names = parts[0].dropFirst("import { ".count).dropLast(" } from ".count)
    return (
      names.split { $0 == "," || $0 == " " }.map(String.init), String(parts[1].dropFirst(2))
    )
  }

  private static func name(declaredBy line: Substring) throws(Fault) -> String {
    let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "$") }
    let name = words.first == "async" ? words.dropFirst(2).first : words.dropFirst().first
    guard let kind = words.first, let name,
      ["async", "class", "const", "function"].contains(kind)
    else { throw .unknownForm(String(line)) }
    return String(name)
  }

  /// `$time` for `time.js`.
  private static func variable(_ name: String) -> String {
    "$" + name.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
  }
}

/// Where kernels come from.
extension ManifestParser {
  mutating func readPlugins() throws(JSONError) {
    guard try expect(.array, .plugins, of: .plugins) else { return }
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      switch try json.kind() {
      case .text:
        if let (path, place) = try readPath(of: .plugins) {
          manifest.plugins.append(.init(plugin: Plugin(path: path), place: place))
        }
      case .object: try readPlugin()
      default: try refuse { .wrongType(of: "plugins", expected: .plugin, found: $0) }
      }
    }
  }

  /// An object: a file with options, or a library with functions.
  private mutating func readPlugin() throws(JSONError) {
    let place = json.at
    let mistakes = diagnostics.total
    var seen = ManifestKeySet()
    var plugin = Plugin(path: "")
    var pathPlace = place
    var optionsPlace: (key: ManifestKey, place: Int)?
    var isLibrary: Bool?
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      let key = key(text, in: .plugin, &seen, object: place)
      switch key {
      case .path, .library:
        if isLibrary != nil { diagnostics.add(.pathAndLibrary, at: text.place) }
        isLibrary = key == .library
        guard try expect(.text, .text, of: key!) else { continue }
        if let (path, place) = try readPath(of: key!) {
          plugin.path = path
          pathPlace = place
        }
      case .sources:
        optionsPlace = optionsPlace ?? (.sources, text.place)
        plugin.sources = try readTexts(of: .sources)
      case .include:
        optionsPlace = optionsPlace ?? (.include, text.place)
        plugin.include = try readTexts(of: .include)
      case .flags:
        optionsPlace = optionsPlace ?? (.flags, text.place)
        plugin.flags = try readTexts(of: .flags)
      case .libraries:
        optionsPlace = optionsPlace ?? (.libraries, text.place)
        plugin.libraries = try readTexts(of: .libraries)
      case .functions: try readFunctions(&plugin)
      case .`init`: try readInitializers(&plugin)
      default: _ = try json.skipValue()
      }
    }
    if isLibrary == nil, seen.misses(.path), seen.misses(.library) {
      diagnostics.add(.missingPath, at: place)
      return
    }
    if isLibrary == true, plugin.functions.isEmpty, diagnostics.total == mistakes {
      diagnostics.add(.missingFunctions, at: place)
    } else if isLibrary == false, !seen.misses(.functions) || !seen.misses(.`init`) {
      diagnostics.add(.functionsOfPath, at: place)
    }
    if let (key, at) = optionsPlace, plugin.language == nil {
      diagnostics.add(.optionsOfLibrary(key.text), at: at)
    }
    // Half a plugin would be refused for what is missing.
    if diagnostics.total == mistakes {
      manifest.plugins.append(.init(plugin: plugin, place: pathPlace))
    }
  }

  /// Declarations in their order: types are known to the functions behind them.
  private mutating func readFunctions(_ plugin: inout Plugin) throws(JSONError) {
    guard try expect(.array, .functions, of: .functions) else { return }
    var declarations = Declarations()
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      switch try json.kind() {
      case .text:
        let text = try json.readText()
        if let function = declare(text, &declarations) { plugin.functions.append(function) }
      case .object: try readFunction(&plugin, &declarations)
      default: try refuse { .wrongType(of: "functions", expected: .function, found: $0) }
      }
    }
  }

  private mutating func declare(
    _ text: JSONReader.Text, _ declarations: inout Declarations
  ) -> Prototype? {
    do throws(PrototypeProblem) {
      return try declarations.read(json.string(text))
    } catch {
      diagnostics.add(.prototype(error), at: text.place)
      return nil
    }
  }

  /// A declaration with another name for its kernel, or with where its errors are.
  private mutating func readFunction(
    _ plugin: inout Plugin, _ declarations: inout Declarations
  ) throws(JSONError) {
    let place = json.at
    var seen = ManifestKeySet()
    var function: Prototype?
    var name: String?
    var reportsErrno = false
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      let key = key(text, in: .function, &seen, object: place)
      switch key {
      case .function:
        guard try expect(.text, .text, of: .function) else { continue }
        function = declare(try json.readText(), &declarations)
      case .`as`:
        guard try expect(.text, .text, of: .`as`) else { continue }
        let text = try json.readText()
        name = json.string(text)
        if name?.isEmpty == true || name?.contains(where: { $0.isNewline }) == true {
          diagnostics.add(.badKernelName, at: text.place)
        }
      case .error:
        guard try expect(.text, .text, of: .error) else { continue }
        let text = try json.readText()
        reportsErrno = true
        if json.string(text) != "errno" {
          diagnostics.add(.errorOfFunction(json.string(text)), at: text.place)
        }
      default: _ = try json.skipValue()
      }
    }
    if seen.misses(.function) { diagnostics.add(.missingFunction, at: place) }
    guard var function else { return }
    function.name = name ?? function.name
    function.reportsErrno = reportsErrno
    plugin.functions.append(function)
  }

  private mutating func readInitializers(_ plugin: inout Plugin) throws(JSONError) {
    guard try expect(.array, .functions, of: .`init`) else { return }
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      guard try expect(.text, .function, of: .`init`) else { continue }
      let text = try json.readText()
      do throws(PrototypeProblem) {
        plugin.initializers.append(try Initializer(json.string(text)))
      } catch {
        diagnostics.add(.prototype(error), at: text.place)
      }
    }
  }

  private mutating func readTexts(of key: ManifestKey) throws(JSONError) -> [String] {
    guard try expect(.array, .texts, of: key) else { return [] }
    var texts: [String] = []
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      guard try expect(.text, .text, of: key) else { continue }
      if let (text, _) = try readPath(of: key) { texts.append(text) }
    }
    return texts
  }
}

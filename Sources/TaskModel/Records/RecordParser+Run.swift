/// Reads the record of a run. Unknown or wrong parts are ignored, because the records of the calls
/// do not depend on them.
extension RecordParser {
  /// Returns nil if the record is not an object.
  mutating func origin() throws(JSONError) -> RunOrigin? {
    guard try reader.kind() == .object else {
      _ = try reader.skipValue()
      return nil
    }
    var origin = RunOrigin(manifest: nil, fingerprint: "", input: .json)
    origin.version = 1
    try members { (parser, key) throws(JSONError) in
      switch key {
      case "version": origin.version = try parser.count()
      case "host": origin.host = try parser.word()
      case "build": origin.build = try parser.word()
      case "abi": origin.abi = try parser.word()
      case "command": origin.command = try parser.words()
      case "folder": origin.folder = try parser.word()
      case "began": origin.began = try parser.word()
      case "manifest":
        let path = try parser.word()
        origin.manifest = path.isEmpty ? nil : path
      case "fingerprint": origin.fingerprint = try parser.word()
      case "set":
        var settings: [Setting] = []
        try parser.members { (parser, name) throws(JSONError) in
          let range = try parser.reader.skipValue()
          let json = String(decoding: parser.reader.bytes[range], as: UTF8.self)
          settings.append(Setting(name: name, json: json))
        }
        origin.settings = settings
      case "input": origin.input = ManifestFormat(rawValue: try parser.word()) ?? .json
      case "metadata": origin.metadata = try parser.json()
      case "mode": origin.mode = try parser.word()
      case "lanes": origin.lanes = try parser.count()
      case "isolation": origin.isolation = try parser.word()
      case "sandbox": origin.sandbox = try parser.word()
      case "machine": origin.machine = try parser.machine()
      case "plugins":
        var plugins: [PluginOrigin] = []
        try parser.elements { (parser) throws(JSONError) in
          if let plugin = try parser.plugin() { plugins.append(plugin) }
        }
        origin.plugins = plugins
      case "kernels":
        var kernels: [KernelFields] = []
        try parser.elements { (parser) throws(JSONError) in
          if let kernel = try parser.kernelFields() { kernels.append(kernel) }
        }
        origin.kernels = kernels
      default: _ = try parser.reader.skipValue()
      }
    }
    return origin
  }

  private mutating func machine() throws(JSONError) -> MachineFacts {
    var machine = MachineFacts()
    try members { (parser, key) throws(JSONError) in
      switch key {
      case "processors": machine.processors = try parser.count()
      case "processor": machine.processor = try parser.word()
      case "system": machine.system = try parser.word()
      case "release": machine.release = try parser.word()
      case "machine": machine.machine = try parser.word()
      default: _ = try parser.reader.skipValue()
      }
    }
    return machine
  }

  /// Records of version 1 have the paths of the command line's plugins alone.
  private mutating func plugin() throws(JSONError) -> PluginOrigin? {
    if try reader.kind() == .text { return PluginOrigin(path: try word(), isOfCommand: true) }
    var plugin = PluginOrigin(path: "", isOfCommand: false)
    try members { (parser, key) throws(JSONError) in
      switch key {
      case "path": plugin.path = try parser.word()
      case "from": plugin.isOfCommand = try parser.word() == "command"
      case "kernels": plugin.kernels = try parser.words()
      case "functions": plugin.functions = try parser.words()
      case "library": plugin.library = try parser.file()
      case "compiler": plugin.compiler = try parser.word()
      case "flags": plugin.flags = try parser.words()
      case "sources":
        var files: [PluginOrigin.File] = []
        try parser.elements { (parser) throws(JSONError) in
          if let file = try parser.file() { files.append(file) }
        }
        plugin.sources = files
      default: _ = try parser.reader.skipValue()
      }
    }
    return plugin.path.isEmpty ? nil : plugin
  }

  private mutating func kernelFields() throws(JSONError) -> KernelFields? {
    var kernel = KernelFields(name: "")
    try members { (parser, key) throws(JSONError) in
      switch key {
      case "name": kernel.name = try parser.word()
      case "parameters": kernel.parameters = try parser.fieldUnits()
      case "results": kernel.results = try parser.fieldUnits()
      default: _ = try parser.reader.skipValue()
      }
    }
    return kernel.name.isEmpty ? nil : kernel
  }

  private mutating func fieldUnits() throws(JSONError) -> [KernelFields.Field] {
    var fields: [KernelFields.Field] = []
    try elements { (parser) throws(JSONError) in
      var field = KernelFields.Field(name: "")
      try parser.members { (parser, key) throws(JSONError) in
        switch key {
        case "name": field.name = try parser.word()
        case "unit":
          let unit = try parser.word()
          field.unit = unit.isEmpty ? nil : unit
        default: _ = try parser.reader.skipValue()
        }
      }
      fields.append(field)
    }
    return fields
  }

  private mutating func file() throws(JSONError) -> PluginOrigin.File? {
    var file = PluginOrigin.File(path: "")
    try members { (parser, key) throws(JSONError) in
      switch key {
      case "path": file.path = try parser.word()
      case "bytes": file.bytes = try parser.number() ?? -1
      case "sha256": file.sha256 = try parser.word()
      default: _ = try parser.reader.skipValue()
      }
    }
    return file.path.isEmpty ? nil : file
  }

  // MARK: Values

  /// Gives `body` each member of an object; anything else is passed over.
  mutating func members(
    _ body: (inout RecordParser, _ key: String) throws(JSONError) -> Void
  ) throws(JSONError) {
    guard try reader.kind() == .object else {
      _ = try reader.skipValue()
      return
    }
    try reader.enter()
    var isFirst = true
    while let key = try reader.nextMember(&isFirst) { try body(&self, reader.string(key)) }
  }

  /// The same of an array's elements.
  mutating func elements(
    _ body: (inout RecordParser) throws(JSONError) -> Void
  ) throws(JSONError) {
    guard try reader.kind() == .array else {
      _ = try reader.skipValue()
      return
    }
    try reader.enter()
    var isFirst = true
    while try reader.nextElement(&isFirst) { try body(&self) }
  }

  mutating func word() throws(JSONError) -> String {
    guard try reader.kind() == .text else {
      _ = try reader.skipValue()
      return ""
    }
    return reader.string(try reader.readText())
  }

  mutating func words() throws(JSONError) -> [String] {
    var words: [String] = []
    try elements { (parser) throws(JSONError) in words.append(try parser.word()) }
    return words
  }

  mutating func number() throws(JSONError) -> Int? {
    guard try reader.kind() == .number else {
      _ = try reader.skipValue()
      return nil
    }
    return try reader.readNumber().asInteger.flatMap { $0 >= 0 ? Int($0) : nil }
  }

  mutating func count() throws(JSONError) -> Int { try number() ?? 0 }

  mutating func json() throws(JSONError) -> [UInt8] {
    if try reader.kind() == .null {
      try reader.readNull()
      return []
    }
    let range = try reader.skipValue()
    return Array(reader.bytes[range])
  }
}

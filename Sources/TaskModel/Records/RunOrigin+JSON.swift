/// The record of a run as JSON.
extension RunOrigin {
  /// Appends the record, `{"run":{...}}`, without a line feed. O(size).
  public func writeRecord(to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"run\":", to: &buffer)
    write(to: &buffer)
    JSONWriter.raw("}", to: &buffer)
  }

  /// Appends what the record's one member holds. O(size).
  public func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"version\":\(version)", to: &buffer)
    Self.text("host", host, to: &buffer)
    Self.text("build", build, to: &buffer)
    Self.text("abi", abi, to: &buffer)
    Self.texts("command", command, to: &buffer)
    Self.text("folder", folder, to: &buffer)
    Self.text("began", began, to: &buffer)
    Self.text("manifest", manifest, to: &buffer)
    Self.text("fingerprint", fingerprint, to: &buffer)
    Self.text("input", input.rawValue, to: &buffer)
    JSONWriter.raw(",\"metadata\":", to: &buffer)
    if metadata.isEmpty { JSONWriter.raw("null", to: &buffer) } else { buffer += metadata }
    Self.text("mode", mode, to: &buffer)
    JSONWriter.raw(",\"lanes\":\(lanes)", to: &buffer)
    Self.text("isolation", isolation, to: &buffer)
    Self.text("sandbox", sandbox, to: &buffer)
    JSONWriter.raw(",\"machine\":{", to: &buffer)
    JSONWriter.raw("\"processors\":\(machine.processors)", to: &buffer)
    Self.text("processor", machine.processor, to: &buffer)
    Self.text("system", machine.system, to: &buffer)
    Self.text("release", machine.release, to: &buffer)
    Self.text("machine", machine.machine, to: &buffer)
    JSONWriter.raw("},\"plugins\":[", to: &buffer)
    for (index, plugin) in plugins.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      plugin.write(to: &buffer)
    }
    JSONWriter.raw("]}", to: &buffer)
  }

  fileprivate static func text(_ key: String, _ text: String?, to buffer: inout [UInt8]) {
    JSONWriter.raw(",\"\(key)\":", to: &buffer)
    // What is not known is null.
    JSONWriter.value(text.flatMap { $0.isEmpty ? nil : .text($0) } ?? .null, to: &buffer)
  }

  fileprivate static func texts(_ key: String, _ texts: [String], to buffer: inout [UInt8]) {
    JSONWriter.raw(",\"\(key)\":[", to: &buffer)
    for (index, text) in texts.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      JSONWriter.text(text, to: &buffer)
    }
    JSONWriter.raw("]", to: &buffer)
  }
}

extension PluginOrigin {
  fileprivate func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"path\":", to: &buffer)
    JSONWriter.text(path, to: &buffer)
    RunOrigin.text("from", isOfCommand ? "command" : "manifest", to: &buffer)
    RunOrigin.texts("kernels", kernels, to: &buffer)
    RunOrigin.texts("functions", functions, to: &buffer)
    JSONWriter.raw(",\"library\":", to: &buffer)
    if let library { library.write(to: &buffer) } else { JSONWriter.raw("null", to: &buffer) }
    RunOrigin.text("compiler", compiler, to: &buffer)
    RunOrigin.texts("flags", flags, to: &buffer)
    JSONWriter.raw(",\"sources\":[", to: &buffer)
    for (index, source) in sources.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      source.write(to: &buffer)
    }
    JSONWriter.raw("]}", to: &buffer)
  }
}

extension PluginOrigin.File {
  fileprivate func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"path\":", to: &buffer)
    JSONWriter.text(path, to: &buffer)
    JSONWriter.raw(",\"bytes\":\(bytes < 0 ? "null" : String(bytes))", to: &buffer)
    RunOrigin.text("sha256", sha256, to: &buffer)
    JSONWriter.raw("}", to: &buffer)
  }
}

extension JSONWriter {
  /// Sound JSON without the white space between its parts; nothing else of it changes. O(length).
  public static func compact(_ json: ArraySlice<UInt8>, to buffer: inout [UInt8]) {
    var isInText = false
    var isEscaped = false
    for byte in json {
      if isInText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInText = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInText = true
      } else if byte <= 0x20 {
        continue
      }
      buffer.append(byte)
    }
  }
}

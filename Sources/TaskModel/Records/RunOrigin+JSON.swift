/// The record of a run as JSON.
extension RunOrigin {
  /// Appends the record, `{"run":{...}}`, without a line feed. O(size).
  public func writeRecord(to buffer: inout [UInt8]) {
    JSONWriter.object(to: &buffer) { record in record.write("run") { write(to: &$0) } }
  }

  /// Appends the value of the record's one member. O(size).
  public func write(to buffer: inout [UInt8]) {
    JSONWriter.object(to: &buffer) { run in
      run.integer("version", version)
      run.known("host", host)
      run.known("build", build)
      run.known("abi", abi)
      run.texts("command", command)
      run.known("folder", folder)
      run.known("began", began)
      run.known("manifest", manifest)
      run.known("fingerprint", fingerprint)
      if !settings.isEmpty {
        run.object("set") { set in
          for setting in settings {
            set.write(setting.name) { JSONWriter.raw(setting.json, to: &$0) }
          }
        }
      }
      run.known("input", input.rawValue)
      run.write("metadata") { buffer in
        if metadata.isEmpty { JSONWriter.raw("null", to: &buffer) } else { buffer += metadata }
      }
      run.known("mode", mode)
      run.integer("lanes", lanes)
      run.known("isolation", isolation)
      run.known("sandbox", sandbox)
      run.object("machine") { object in
        object.integer("processors", machine.processors)
        object.known("processor", machine.processor)
        object.known("system", machine.system)
        object.known("release", machine.release)
        object.known("machine", machine.machine)
      }
      run.array("plugins", plugins) { $0.write(to: &$1) }
      // A journal of an older host does not have them.
      if !kernels.isEmpty { run.array("kernels", kernels) { $0.write(to: &$1) } }
    }
  }
}

extension JSONObject {
  /// Adds a text; what is not known, nil or empty, is null.
  fileprivate mutating func known(_ name: String, _ text: String?) {
    self.text(name, text?.isEmpty == true ? nil : text)
  }
}

extension PluginOrigin {
  fileprivate func write(to buffer: inout [UInt8]) {
    JSONWriter.object(to: &buffer) { plugin in
      plugin.text("path", path)
      plugin.text("from", isOfCommand ? "command" : "manifest")
      plugin.texts("kernels", kernels)
      plugin.texts("functions", functions)
      plugin.write("library") { buffer in
        if let library { library.write(to: &buffer) } else { JSONWriter.raw("null", to: &buffer) }
      }
      plugin.known("compiler", compiler)
      plugin.texts("flags", flags)
      plugin.array("sources", sources) { $0.write(to: &$1) }
    }
  }
}

extension KernelFields {
  fileprivate func write(to buffer: inout [UInt8]) {
    JSONWriter.object(to: &buffer) { kernel in
      kernel.text("name", name)
      kernel.array("parameters", parameters) { $0.write(to: &$1) }
      kernel.array("results", results) { $0.write(to: &$1) }
    }
  }
}

extension KernelFields.Field {
  fileprivate func write(to buffer: inout [UInt8]) {
    JSONWriter.object(to: &buffer) { field in
      field.text("name", name)
      field.text("unit", unit)
    }
  }
}

extension PluginOrigin.File {
  fileprivate func write(to buffer: inout [UInt8]) {
    JSONWriter.object(to: &buffer) { file in
      file.text("path", path)
      file.integer("bytes", bytes < 0 ? nil : bytes)
      file.known("sha256", sha256)
    }
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

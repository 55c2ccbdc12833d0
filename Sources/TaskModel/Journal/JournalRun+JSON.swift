/// `run.json`: one line, a JSON object with a checksum as its last member.
extension JournalRun {
  /// What each version of the file begins with; the version follows, and a quote.
  public static let beginning = "{\"kernelhost_journal\":\""

  /// Appends the object without its closing brace: the checksum follows. O(size).
  public func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("\(Self.beginning)\(JournalFormat.major).\(minor)\",\"run\":", to: &buffer)
    JSONWriter.text(id, to: &buffer)
    JSONWriter.raw(",\"calls\":\(callCount)", to: &buffer)
    if let deal {
      JSONWriter.raw(",\"deal\":", to: &buffer)
      deal.write(to: &buffer)
    }
    JSONWriter.raw(",\"origin\":", to: &buffer)
    origin.write(to: &buffer)
    JSONWriter.raw(",\"kernels\":[", to: &buffer)
    for (index, kernel) in kernels.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      kernel.signature.write(content: kernel.content, to: &buffer)
    }
    // Few bytes a task: a manifest can hold a million.
    JSONWriter.raw("],\"tasks\":[", to: &buffer)
    for (index, task) in tasks.enumerated() {
      JSONWriter.raw(index > 0 ? ",[\"" : "[\"", to: &buffer)
      Self.hexadecimal(task.fingerprint, to: &buffer)
      JSONWriter.raw("\",", to: &buffer)
      JSONWriter.unsigned(UInt64(task.calls), to: &buffer)
      buffer.append(UInt8(ascii: "]"))
    }
    JSONWriter.raw("],\"points\":[", to: &buffer)
    for (index, file) in points.enumerated() {
      JSONWriter.raw(index > 0 ? ",{\"path\":" : "{\"path\":", to: &buffer)
      JSONWriter.text(file.path, to: &buffer)
      Self.write(file.bytes, to: &buffer)
      buffer.append(UInt8(ascii: "}"))
    }
    JSONWriter.raw(
      "],\"manifest\":{\"standard_input\":\(isFromStandardInput),\"name\":", to: &buffer)
    JSONWriter.text(manifest.name, to: &buffer)
    Self.write(manifest.bytes, to: &buffer)
    buffer.append(UInt8(ascii: "}"))
  }

  /// Bytes as a text if that brings them back, else in base64.
  private static func write(_ bytes: [UInt8], to buffer: inout [UInt8]) {
    let isText = String(validating: bytes, as: UTF8.self) != nil
    JSONWriter.raw(isText ? ",\"text\":" : ",\"base64\":", to: &buffer)
    if isText { return JSONWriter.text(bytes[...], to: &buffer) }
    buffer.append(UInt8(ascii: "\""))
    Base64.encode(bytes, to: &buffer)
    buffer.append(UInt8(ascii: "\""))
  }

  private static func hexadecimal(_ number: UInt64, to buffer: inout [UInt8]) {
    for shift in stride(from: 60, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15
      buffer.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
  }

  /// Why a file is no `run.json`.
  public enum Problem: Error, Sendable, Hashable {
    /// Another program's.
    case foreign
    case newer(String)
    /// Its version is one of this host's, and the rest is not as it was written.
    case damaged
  }

  /// Reads the file's one line. `isWhole`: its checksum is right. O(bytes).
  public init(reading bytes: [UInt8], isWhole: Bool) throws(Problem) {
    guard bytes.starts(with: Self.beginning.utf8) else {
      // What was cut off is ours as far as it goes.
      throw bytes.isEmpty || Self.beginning.utf8.starts(with: bytes) ? .damaged : .foreign
    }
    let version = bytes.dropFirst(Self.beginning.utf8.count).prefix { $0 != UInt8(ascii: "\"") }
      .prefix(20)
    let text = String(decoding: version, as: UTF8.self)
    guard let major = Int(text.prefix { $0 != "." }) else { throw .damaged }
    if major > JournalFormat.major { throw .newer(text) }
    guard isWhole else { throw .damaged }
    var parser = RecordParser(JSONReader(bytes))
    guard let run = try? parser.journalRun(), parser.failure == nil else { throw .damaged }
    self = run
    minor = Int(text.drop { $0 != "." }.dropFirst()) ?? 0
  }
}

extension RecordParser {
  fileprivate mutating func journalRun() throws(JSONError) -> JournalRun? {
    var run = JournalRun(id: "", origin: RunOrigin(manifest: nil, fingerprint: "", input: .json))
    var hasOrigin = false
    try members { (parser, key) throws(JSONError) in
      switch key {
      case "run": run.id = try parser.word()
      case "calls": run.callCount = try parser.count()
      case "deal": run.deal = try parser.deal()
      case "origin":
        guard let origin = try parser.origin() else { return }
        run.origin = origin
        hasOrigin = true
      case "kernels":
        try parser.elements { (parser) throws(JSONError) in
          let kernel = try parser.kernel()
          run.kernels.append(.init(signature: kernel.signature, content: kernel.content))
        }
      case "tasks":
        try parser.elements { (parser) throws(JSONError) in
          if let task = try parser.task() { run.tasks.append(task) }
        }
      case "points":
        try parser.elements { (parser) throws(JSONError) in
          let file = try parser.keptFile("path")
          run.points.append(.init(path: file.name, bytes: file.bytes))
        }
      case "manifest":
        let file = try parser.keptFile("name")
        run.manifest = SourceText(name: file.name, bytes: file.bytes)
      default: _ = try parser.reader.skipValue()
      }
    }
    try reader.finish()
    return hasOrigin && !run.id.isEmpty ? run : nil
  }

  private mutating func task() throws(JSONError) -> JournalRun.Task? {
    var fingerprint: UInt64?
    var calls: Int?
    var index = 0
    try elements { (parser) throws(JSONError) in
      switch index {
      case 0: fingerprint = UInt64(try parser.word(), radix: 16)
      case 1: calls = try parser.number()
      default: _ = try parser.reader.skipValue()
      }
      index += 1
    }
    guard let fingerprint, let calls else { return nil }
    return .init(fingerprint: fingerprint, calls: calls)
  }

  private mutating func keptFile(_ nameKey: String) throws(JSONError) -> (
    name: String, bytes: [UInt8]
  ) {
    var file = (name: "", bytes: [UInt8]())
    try members { (parser, key) throws(JSONError) in
      switch key {
      case nameKey: file.name = try parser.word()
      case "text", "base64":
        guard try parser.reader.kind() == .text else {
          _ = try parser.reader.skipValue()
          return
        }
        let text = try parser.reader.readText()
        file.bytes.removeAll()
        parser.reader.append(text, to: &file.bytes)
        if key == "base64" { _ = Base64.decode(in: &file.bytes, from: 0) }
      default: _ = try parser.reader.skipValue()
      }
    }
    return file
  }
}

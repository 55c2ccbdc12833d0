/// The table that says what made a run.
extension Wording {
  /// A row of the table: a name and its value.
  public typealias OriginRow = (name: String, text: String)

  /// Further lines are only counted, because a record may name any number of files.
  private static let mostRows = 500

  /// Returns all rows, the most interesting first.
  public static func rows(_ origin: RunOrigin) -> [OriginRow] {
    var rows: [OriginRow] = []
    func add(_ name: String, _ text: String?) {
      if let text, !text.isEmpty { rows.append((name, text)) }
    }
    add("began", origin.began)
    add("command", origin.command.joined(separator: " "))
    add("folder", origin.folder)
    add("manifest", origin.manifest ?? "standard input")
    add("fingerprint of the manifest", origin.fingerprint)
    add("values set", origin.settings.map { $0.text }.joined(separator: ", "))
    add("metadata", String(decoding: origin.metadata, as: UTF8.self))
    add("host", host(origin))
    let mode = [
      origin.mode,
      origin.lanes == 0
        ? "" : origin.lanes == 1 ? "1 lane" : "\(grouped(origin.lanes)) lanes",
      origin.isolation.isEmpty ? "" : "isolation \(origin.isolation)",
      origin.sandbox.isEmpty ? "" : "sandbox \(origin.sandbox)",
    ]
    add("mode", mode.filter { !$0.isEmpty }.joined(separator: ", "))
    add("machine", system(origin.machine))
    add("processor", processor(origin.machine))
    for plugin in origin.plugins {
      add("plugin", plugin.path)
      add("its kernels", plugin.kernels.joined(separator: ", "))
      add("its functions", plugin.functions.joined(separator: "; "))
      add("its library", plugin.library.map(file))
      add("its compiler", plugin.compiler)
      add("its flags", plugin.flags.joined(separator: " "))
      for source in plugin.sources { add("its source", file(source)) }
    }
    if rows.count <= mostRows { return rows }
    return rows.prefix(mostRows) + [("more", "\(grouped(rows.count - mostRows)) lines")]
  }

  private static func host(_ origin: RunOrigin) -> String {
    let parts = [
      origin.host, origin.build.isEmpty ? "" : "build \(origin.build)",
      origin.abi.isEmpty ? "" : "kernel ABI \(origin.abi)",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private static func system(_ machine: MachineFacts) -> String {
    [machine.system, machine.release, machine.machine].filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  private static func processor(_ machine: MachineFacts) -> String {
    let count = machine.processors > 0 ? "\(grouped(machine.processors)) usable" : ""
    return [machine.processor, count].filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private static func file(_ file: PluginOrigin.File) -> String {
    let size = file.bytes >= 0 ? ", \(grouped(file.bytes)) bytes" : ""
    return file.path + size + (file.sha256.isEmpty ? "" : ", SHA-256 \(file.sha256)")
  }

  public static func severalRuns(_ count: Int) -> String {
    "The file has the records of \(grouped(count)) runs. How results were made is shown for the "
      + "first run."
  }

  public static func lostArrays(_ count: Int, limit: Int) -> String {
    "The page draws curves of at most \(grouped(limit)) numbers. \(grouped(count)) arrays have no "
      + "curve."
  }

  public static func newerRecords(_ version: Int) -> String {
    "A newer host wrote the records: they are of version \(version), and this host knows "
      + "\(RunOrigin.version). Parts that it does not know are left out."
  }
}

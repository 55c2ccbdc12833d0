import TaskModel

/// Options of `run` that change what the manifest says of its calls.
struct OverrideOptions {
  static let options = [
    Option("set", value: "NAME=VALUE", isRepeatable: true),
    Option("timeout", value: "SECONDS"),
    Option("retries", value: "N"),
  ]

  private let values: [(name: String, value: Value)]
  private let timeout: Double?
  private let retries: Int?
  private let grace: Double?

  init(_ parsed: OptionParser) throws(CommandError) {
    var values: [(name: String, value: Value)] = []
    for word in parsed.repeated["set"] ?? [] {
      let (name, text) = try GivenValues.split(word, option: "--set")
      values.append((name, GivenValues.value(text)))
    }
    self.values = values
    timeout = try parsed.seconds("timeout")
    retries = try parsed.number("retries", RunBounds.retries)
    grace = try parsed.seconds("grace")
  }

  /// Whether what the calls do differs from the manifest.
  var changesArguments: Bool { !values.isEmpty }

  /// Changes the limits of a manifest.
  func applyLimits(to manifest: inout Manifest) {
    if let grace { manifest.setDefaultGrace(grace) }
    if let timeout { manifest.setDefaultTimeout(timeout) }
    if let retries { manifest.setDefaultRetries(retries) }
  }

  /// Changes the arguments of a manifest, once its kernels are known.
  func applyValues(
    to manifest: inout Manifest, _ signatures: [KernelSignature]
  ) throws(CommandError) {
    for one in values {
      guard let problem = manifest.set(one.name, to: one.value, signatures) else { continue }
      switch problem {
      case .unknown(let known):
        let near = NearName.nearest(to: one.name, among: known)
        throw .usage(Messages.setUnknown(one.name, near: near, known))
      case .swept(let task): throw .usage(Messages.setSwept(one.name, task: task))
      }
    }
  }
}

extension Messages {
  fileprivate static func setUnknown(_ name: String, near: String?, _ known: [String]) -> String {
    "option --set: no kernel of the manifest has a parameter \(quoted(name)); "
      + (near.map { "did you mean \(quoted($0))?" }
        ?? (known.isEmpty ? "its kernels have none" : "they have \(Wording.names(known))"))
  }

  fileprivate static func setSwept(_ name: String, task: Int) -> String {
    "option --set: task \(task) sweeps the parameter \(quoted(name)), which has several values there; "
      + "change the sweep in the manifest, or select points with --calls"
  }

  static let setWithJournal =
    "option --set changes calls, and a journal is of the calls of its manifest; write the value into "
    + "the manifest, or remove --set or --journal"
}

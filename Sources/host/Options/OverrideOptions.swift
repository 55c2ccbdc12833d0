import KernelHostModel

/// Options of `run` that change what the manifest says of its calls.
struct OverrideOptions {
  static let options = [
    Option("set", value: "NAME=VALUE", isRepeatable: true),
    Option("timeout", value: "SECONDS"),
    Option("retries", value: "N"),
  ]

  /// The values of `--set`, in the order of their names.
  let settings: [Setting]
  /// Whether calls get other arguments than the manifest gives them.
  var changesArguments: Bool { !settings.isEmpty }
  private let timeout: Double?
  private let retries: Int?
  private let grace: Double?

  init(_ parsed: OptionParser) throws(CommandError) {
    var settings: [Setting] = []
    for word in parsed.repeated["set"] ?? [] {
      let (name, text) = try GivenValues.split(word, option: "--set")
      // The last value counts, as with all options.
      settings.removeAll { $0.name == name }
      settings.append(Setting(name: name, json: GivenValues.json(text)))
    }
    // Two lines that mean the same are the same run.
    self.settings = settings.sorted { $0.name < $1.name }
    timeout = try parsed.seconds("timeout")
    retries = try parsed.number("retries", RunBounds.retries)
    grace = try parsed.seconds("grace")
  }

  /// Changes the limits of a manifest.
  func applyLimits(to manifest: inout Manifest) {
    if let grace { manifest.setDefaultGrace(grace) }
    if let timeout { manifest.setDefaultTimeout(timeout) }
    if let retries { manifest.setDefaultRetries(retries) }
  }

  /// Gives parameters of a manifest their values, once its kernels are known.
  static func apply(
    _ settings: [Setting], to manifest: inout Manifest, _ signatures: [KernelSignature]
  ) throws(CommandError) {
    for one in settings {
      guard let problem = manifest.set(one, signatures) else { continue }
      switch problem {
      case .unknown(let known):
        let near = NearName.nearest(to: one.name, among: known)
        throw .usage(Messages.setUnknown(one.name, near: near, known))
      case .refused(let problem, let kernel):
        let sentence = Wording.argument(problem, parameter: one.name, kernel: kernel)
        throw .usage("option --set: " + sentence)
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
}

import KernelHost
import KernelHostModel

/// `--no-plugins` of check, plan and schema, for manifests of other people: nothing that the
/// manifest names is compiled, loaded or run.
enum WithoutPlugins {
  static let option = Option("no-plugins")

  /// Shows the known calls, the plugins that a run would compile and load, and how the manifest
  /// reduces the protection. `overview` describes the plan if all kernels are known.
  static func show(
    _ parsed: OptionParser, _ console: Console,
    overview: (Plan) throws(CommandError) -> String
  ) throws(CommandError) -> ExitCode {
    guard parsed.operands.count == 1 else {
      throw .usage(Messages.oneManifest(parsed.operands))
    }
    let operand = parsed.operands[0]
    let input: ManifestFormat? = try parsed.choice("input")
    let options = try KernelOptions(parsed)
    let reading = try ManifestLoader.read(operand, input)
    let setup = options.setup(reading.manifest, at: operand)
    let result = Planner.planWithoutPlugins(
      reading, catalogue: CallHost.builtInKernels, hasPlugins: !setup.plugins.isEmpty)
    switch result {
    case .failure(let diagnostics):
      throw .input([
        diagnostics.rendered(in: reading.manifest.source, columns: TerminalStyle.columns)
      ])
    case .success(let partial):
      var text = ""
      if let plan = partial.plan {
        text = try overview(plan)
      } else {
        let selects = ["call", "only", "calls"].first {
          parsed.values[$0] != nil || parsed.repeated[$0] != nil
        }
        if let selects { throw .usage(Messages.notKnownWithoutPlugins(selects)) }
        text =
          "\(Messages.quoted(operand)) is valid, as far as it can be checked without its plugins: "
        text += partial.callCount == 1 ? "1 call\n" : "\(partial.callCount) calls\n"
        text += "kernels that are unknown without them:\n"
        text += list(partial.missing.map(Wording.plain))
      }
      return console.show(text + describe(setup, reading.manifest))
    }
  }

  /// Returns what a run would load, and what it would allow.
  private static func describe(_ setup: WorkerSetup, _ manifest: Manifest) -> String {
    var text = ""
    if !setup.plugins.isEmpty {
      text += "plugins, neither compiled nor loaded:\n" + list(setup.plugins.map(describe))
    }
    var changes: [String] = []
    if setup.isolation == .none { changes.append("isolation none: calls run inside the host") }
    if setup.isolation != .none, setup.sandbox == .none {
      changes.append("sandbox none: workers have all your rights")
    }
    changes += setup.allowed.read.map { "allow read \(Messages.quoted($0))" }
    changes += setup.allowed.write.map { "allow write \(Messages.quoted($0))" }
    if setup.limits.allowsCore { changes.append("limits core: workers may write core files") }
    if !changes.isEmpty { text += "the protection is reduced:\n" + list(changes) }
    return text
  }

  private static func describe(_ plugin: Plugin) -> String {
    var text = Wording.plain(plugin.path)
    let words = plugin.flags + plugin.libraries.map { "-l\($0)" }
    if plugin.language != nil {
      text += ", compiled" + (words.isEmpty ? "" : " with")
      text += words.map { " " + Messages.quoted($0) }.joined()
    }
    if !plugin.functions.isEmpty {
      text +=
        ", functions " + plugin.functions.map { Wording.plain($0.name) }.joined(separator: ", ")
    }
    return text
  }

  private static func list(_ lines: [String]) -> String {
    lines.map { "  \($0)\n" }.joined()
  }
}

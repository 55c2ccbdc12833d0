import KernelBridge
import KernelHost
import KernelHostModel

/// `host check MANIFEST`: all checks of a run, and no call.
enum CheckCommand: Subcommand {
  static let form = "check MANIFEST"
  static let summary = "find every mistake, run nothing"
  static let help = """
    host check - find every mistake of a manifest, run nothing

    usage: host check [--input json|jsonl] [--verbose] [--resume] MANIFEST
           host check [--input json|jsonl] --no-plugins MANIFEST

    Reports the first 20 mistakes, each with file, line, column, the line itself
    and what to do. Exit code 0: a run would begin; 2: it would not. Plugins are
    compiled and loaded, in a process of their own: code in them runs. --input,
    --isolation, --sandbox, --allow-read, --allow-write and --plugin are as for
    run.

      --verbose  also show how calls would be isolated, and which parts of the
                 sandbox are in force on this machine
      --no-plugins
                 compile, load and run nothing that the manifest names. Check what
                 can be checked without plugins; list the plugins, the kernels
                 that are not known, and what the manifest allows. For files that
                 you do not trust
      --resume   run the first call of each kernel, stop it between two steps, let
                 it continue in another process, and compare the results. Says
                 which kernel has the flag KH_FLAT and cannot continue, and where
                 its pointer is. Exit code 4: there is one

    example: host check Sources/Manifests/loops.json

    """

  static let options =
    [
      Option("input", choices: ManifestFormat.self), Option("verbose"), WithoutPlugins.option,
      Option("resume"),
    ]
    + KernelOptions.options

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let isVerbose = parsed.flags.contains("verbose")
    if parsed.flags.contains("no-plugins") {
      if isVerbose { throw .usage(Messages.verboseLoads) }
      if parsed.flags.contains("resume") { throw .usage(Messages.resumeRuns) }
      return try WithoutPlugins.show(parsed, console) { sound(parsed.operands[0], $0) }
    }
    let loaded = try ManifestLoader.load(parsed, console)
    let details = isVerbose ? inForce(loaded.kernels) : ""
    let text = sound(parsed.operands[0], loaded.plan) + details
    guard parsed.flags.contains("resume") else { return console.show(text) }
    guard loaded.kernels.setup.isolation != .none else {
      throw .usage(Messages.resumeNeedsWorkers)
    }
    let results: [ResumeCheck.Result]
    do throws(SystemError) {
      results = try ResumeCheck.results(loaded.plan, loaded.kernels)
    } catch {
      throw .input([Messages.error(Wording.system(error.action, error.path, error.reason))])
    }
    let shown = console.show(text + results.map(line).joined())
    return shown == .ok && !results.allSatisfy { $0.finding.isGood } ? .differs : shown
  }

  /// What was found of a kernel.
  private static func line(_ result: ResumeCheck.Result) -> String {
    let text =
      switch result.finding {
      case .continues(let steps): Wording.Resume.continues(after: steps.map { Int($0) })
      case .isNotFlat: Wording.Resume.isNotFlat
      case .isOneStep: Wording.Resume.isOneStep
      case .stray(let stray):
        Wording.strayPointer(result.kernel, offset: stray.offset, block: stray.block)
      case .differs(let steps, let fields):
        Wording.Resume.differs(after: Int(steps), fields: fields)
      case .isTooLong(let seconds): Wording.Resume.isTooLong(seconds)
      case .died: Wording.Resume.died
      case .isRefused: Wording.Resume.isRefused
      }
    return "  \(Wording.plain(result.kernel)): \(text)\n"
  }

  /// The text about a manifest without mistakes.
  private static func sound(_ name: String, _ plan: Plan) -> String {
    let kernels = plan.callsByKernel(Selection(allOf: plan)).map {
      "  \($0.count) \(Wording.plain($0.name))\n"
    }.joined()
    let calls = plan.callCount == 1 ? "1 call" : "\(plan.callCount) calls"
    return "\(Messages.quoted(name)) is valid: \(calls)\n" + kernels
  }

  /// The text of `--verbose`: how this machine isolates calls from each other.
  private static func inForce(_ kernels: LoadedKernels) -> String {
    let setup = kernels.setup
    var text = "isolation: \(setup.isolation.rawValue)\n"
    if setup.isolation == .none { return text }
    text += "sandbox: \(setup.sandbox.rawValue)\n"
    let parts: [(SandboxParts, String)] = [
      (.noNewPrivileges, "no new privileges"),
      (.files, "files (Landlock)"),
      (.calls, "network, programs, processes, signals (seccomp)"),
      (.signals, "signals (Landlock)"),
    ]
    for (part, name) in parts {
      text += "  \(name): \(kernels.inForce.contains(part) ? "in force" : "not in force")\n"
    }
    text += "all processes that workers start end with them (PID namespace): "
    return text + (kernels.hasNamespace ? "yes\n" : "no, they may leave processes behind\n")
  }
}

extension Messages {
  fileprivate static let resumeRuns =
    "--resume runs kernels, and --no-plugins loads none; remove one of them"
  fileprivate static let resumeNeedsWorkers =
    "--resume compares calls in two worker processes; remove --isolation none"
  fileprivate static let verboseLoads =
    "--verbose loads plugins, to show what is in force for them; remove --verbose or --no-plugins"
}

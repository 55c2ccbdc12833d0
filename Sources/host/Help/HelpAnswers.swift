import KernelBridge
import KernelHost
import TaskModel

/// What commands answer that have nothing else to show.
extension Help {
  /// What `host new` has made, and what comes next.
  static func made(_ name: String, _ files: [String]) -> String {
    let program = HostProcess.name.contains("/") ? HostProcess.name : "host"
    return """
      made \(files.joined(separator: ", "))
      run it:     \(program) \(name).json
      change it:  \(name).c

      """
  }

  /// What `host check` says of a sound manifest.
  static func checked(_ name: String, _ plan: Plan) -> String {
    let kernels = plan.callsByKernel(Selection(allOf: plan)).map {
      "  \($0.count) \(Wording.plain($0.name))\n"
    }.joined()
    let calls = plan.callCount == 1 ? "1 call" : "\(plan.callCount) calls"
    return "\(Messages.quoted(name)) is sound: \(calls)\n" + kernels
  }

  /// What `host check --verbose` adds: how calls are kept apart on this machine.
  static func inForce(_ kernels: LoadedKernels) -> String {
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
    text += "all that workers start dies with them (PID namespace): "
    return text + (kernels.hasNamespace ? "yes\n" : "no, they may leave processes behind\n")
  }
}

import KernelHost
import KernelHostModel

/// `host plan MANIFEST`: which calls a run would make.
enum PlanCommand: Subcommand {
  static let form = "plan MANIFEST"
  static let summary = "show which calls a run would make"
  static let help = """
    host plan - show which calls a run would make

    usage: host plan [--input json|jsonl] [--call K] [--only NAME] [--calls K..L]
                     [--no-plugins] MANIFEST

    Shows the number of calls of each kernel. For each task with a sweep or a repeat
    it shows the parameters and the first and last point. Mistakes are reported as
    by check.
    --input, --isolation, --sandbox, --allow-read, --allow-write and --plugin are
    as for run.

      --call K      show call K (from 0, as in the results): its task, its kernel
                    and all arguments
      --only NAME   only the calls of tasks with this name, as for run
      --calls K..L  only these calls, as for run
      --no-plugins  compile, load and run nothing that the manifest names, as for
                    check

    example: host plan study.json --call 1000

    """

  static let options =
    [
      Option("input", choices: ManifestFormat.self), Option("call", value: "K"),
      WithoutPlugins.option,
    ]
    + SelectionOptions.options
    + KernelOptions.options

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    if parsed.flags.contains("no-plugins") {
      return try WithoutPlugins.show(parsed, console) { plan throws(CommandError) in
        try shown(parsed, plan)
      }
    }
    return console.show(try shown(parsed, try ManifestLoader.load(parsed, console).plan))
  }

  private static func shown(
    _ parsed: OptionParser, _ plan: Plan
  ) throws(CommandError) -> String {
    guard let wanted = parsed.values["call"] else {
      return overview(plan, try SelectionOptions(parsed).selection(plan))
    }
    guard let call = Int(wanted), (0..<plan.callCount).contains(call) else {
      throw .usage(Messages.noSuchCall(wanted, count: plan.callCount))
    }
    return describe(call, plan)
  }

  /// The largest number of tasks with sweeps that are shown one by one.
  private static let most = 50

  static func overview(_ plan: Plan, _ selected: (Selection, added: Int)?) -> String {
    let selection = selected?.0 ?? Selection(allOf: plan)
    var text = "\(selection.count) \(selection.count == 1 ? "call" : "calls")"
    if selection.count < plan.callCount { text += " of \(plan.callCount)" }
    if let added = selected?.added, added > 0 { text += ", \(added) that others wait for" }
    text += "\n"
    for kernel in plan.callsByKernel(selection) {
      text += "  \(kernel.count) \(Wording.plain(kernel.name))\n"
    }
    let swept = plan.sweptTasks.filter { !selection.calls(in: plan.calls(ofTask: $0)).isEmpty }
    for task in swept.prefix(most) { text += describe(task: task, plan) }
    if swept.count > most { text += "and \(swept.count - most) more tasks with sweeps\n" }
    return text
  }

  private static func describe(task: Int, _ plan: Plan) -> String {
    let calls = plan.calls(ofTask: task)
    guard let first = calls.first, let last = calls.last,
      let (isZipped, repeats) = plan.multiplicity(ofTask: task)
    else { return "" }
    var parts = plan.axes(ofTask: task).map { "\(Wording.plain($0.name)) (\($0.count))" }
    if isZipped { parts = [parts.joined(separator: " with ")] }
    if repeats > 1 { parts.append("repeat (\(repeats))") }
    var text = "task \(task)\(name(ofCall: first, plan)), \(kernel(ofCall: first, plan)): "
    text += "\(calls.count) calls = \(parts.joined(separator: " x "))\n"
    for call in first == last ? [first] : [first, last] {
      text += "  call \(call): \(point(call, plan))\n"
    }
    return text
  }

  private static func describe(_ call: Int, _ plan: Plan) -> String {
    let task = plan.task(ofCall: call)
    var text = "call \(call) of task \(task)\(name(ofCall: call, plan)), "
    text += "\(kernel(ofCall: call, plan))\n"
    if plan.isSwept(call: call) { text += "point: \(point(call, plan))\n" }
    var buffer: [UInt8] = []
    plan.writeArguments(ofCall: call, to: &buffer)
    return text + "arguments: \(String(decoding: buffer, as: UTF8.self))\n"
  }

  private static func point(_ call: Int, _ plan: Plan) -> String {
    var buffer: [UInt8] = []
    CallRecordWriter.writePoint(ofCall: call, plan, to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  private static func kernel(ofCall call: Int, _ plan: Plan) -> String {
    Wording.plain(plan.signature(ofCall: call).name)
  }

  private static func name(ofCall call: Int, _ plan: Plan) -> String {
    plan.taskName(ofCall: call).map { " " + Messages.quoted($0) } ?? ""
  }
}

extension Messages {
  fileprivate static func noSuchCall(_ found: String, count: Int) -> String {
    "option --call: found \(quoted(found)), expected a call's number, "
      + (count == 0 ? "but there are no calls" : "0 to \(count - 1)")
  }
}

import KernelHost
import TaskModel

/// `host plan MANIFEST`: which calls a run would make.
enum PlanCommand: Subcommand {
  static let options =
    [
      Option("input", choices: ManifestFormat.self), Option("call", value: "K"),
      WithoutPlugins.option,
    ]
    + SelectionOptions.options
    + KernelOptions.options

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      if parsed.flags.contains("no-plugins") {
        return try WithoutPlugins.show(parsed, console) { plan throws(OptionParser.UsageError) in
          try answer(parsed, plan)
        }
      }
      guard let plan = try ManifestLoader.load(parsed, console)?.plan else { return .usage }
      return console.show(try answer(parsed, plan))
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }

  private static func answer(
    _ parsed: OptionParser, _ plan: Plan
  ) throws(OptionParser.UsageError) -> String {
    guard let wanted = parsed.values["call"] else {
      return overview(plan, try SelectionOptions(parsed).selection(plan))
    }
    guard let call = Int(wanted), (0..<plan.callCount).contains(call) else {
      throw .init(message: Messages.noSuchCall(wanted, count: plan.callCount))
    }
    return describe(call, plan)
  }

  /// Tasks with sweeps that are shown one by one.
  private static let most = 50

  static func overview(_ plan: Plan, _ selected: (Selection, added: Int)?) -> String {
    let selection = selected?.0 ?? Selection(allOf: plan)
    var text = "\(selection.count) \(selection.count == 1 ? "call" : "calls")"
    if selection.count < plan.callCount { text += " of \(plan.callCount)" }
    if let added = selected?.added, added > 0 { text += ", \(added) for others to wait for" }
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
    TokenRecord.writePoint(ofCall: call, plan, to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  private static func kernel(ofCall call: Int, _ plan: Plan) -> String {
    Wording.plain(plan.signature(ofCall: call).name)
  }

  private static func name(ofCall call: Int, _ plan: Plan) -> String {
    plan.taskName(ofCall: call).map { " " + Messages.quoted($0) } ?? ""
  }
}

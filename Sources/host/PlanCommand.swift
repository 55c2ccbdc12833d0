import KernelHost
import TaskModel

/// `host plan MANIFEST`: which calls a run would make.
enum PlanCommand: Subcommand {
  static let options =
    [Option("input", choices: ManifestFormat.self), Option("call", value: "K")]
    + KernelOptions.options

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      guard let plan = try ManifestLoader.load(parsed, console)?.plan else { return .usage }
      guard let wanted = parsed.values["call"] else { return console.show(overview(plan)) }
      guard let call = Int(wanted), (0..<plan.callCount).contains(call) else {
        throw .init(message: Messages.noSuchCall(wanted, count: plan.callCount))
      }
      return console.show(describe(call, plan))
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }

  /// Tasks with sweeps that are shown one by one.
  private static let most = 50

  private static func overview(_ plan: Plan) -> String {
    var text = "\(plan.callCount) \(plan.callCount == 1 ? "call" : "calls")\n"
    for kernel in plan.callsByKernel { text += "  \(kernel.count) \(kernel.name)\n" }
    let swept = plan.sweptTasks
    for task in swept.prefix(most) { text += describe(task: task, plan) }
    if swept.count > most { text += "and \(swept.count - most) more tasks with sweeps\n" }
    return text
  }

  private static func describe(task: Int, _ plan: Plan) -> String {
    let calls = plan.calls(ofTask: task)
    guard let first = calls.first, let last = calls.last,
      let (isZipped, repeats) = plan.multiplicity(ofTask: task)
    else { return "" }
    var parts = plan.axes(ofTask: task).map { "\($0.name) (\($0.count))" }
    if isZipped { parts = [parts.joined(separator: " with ")] }
    if repeats > 1 { parts.append("repeat (\(repeats))") }
    var text = "task \(task)\(name(ofCall: first, plan)), \(plan.signature(ofCall: first).name): "
    text += "\(calls.count) calls = \(parts.joined(separator: " x "))\n"
    for call in first == last ? [first] : [first, last] {
      text += "  call \(call): \(point(call, plan))\n"
    }
    return text
  }

  private static func describe(_ call: Int, _ plan: Plan) -> String {
    let task = plan.task(ofCall: call)
    var text = "call \(call) of task \(task)\(name(ofCall: call, plan)), "
    text += "\(plan.signature(ofCall: call).name)\n"
    if plan.isSwept(call: call) { text += "point: \(point(call, plan))\n" }
    let arguments = plan.arguments(ofCall: call)
    text += "arguments: {"
    for (index, argument) in arguments.enumerated() {
      var buffer: [UInt8] = []
      JSONWriter.text(argument.name, to: &buffer)
      buffer += ": ".utf8
      JSONWriter.value(argument.value, to: &buffer)
      text += (index == 0 ? "" : ", ") + String(decoding: buffer, as: UTF8.self)
    }
    return text + "}\n"
  }

  private static func point(_ call: Int, _ plan: Plan) -> String {
    var buffer: [UInt8] = []
    TokenRecord.writePoint(ofCall: call, plan, to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  private static func name(ofCall call: Int, _ plan: Plan) -> String {
    plan.taskName(ofCall: call).map { " " + Messages.quoted($0) } ?? ""
  }
}

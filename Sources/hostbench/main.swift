import KernelBridge

/// Runs the chosen parts and returns the exit code.
func run() async -> Int32 {
  if !Set(HostProcess.arguments).isDisjoint(with: ["--help", "-h"]) {
    return Results.write(Command.help) ? 0 : 3
  }
  let command: Command
  do throws(Command.UsageError) {
    command = try Command(HostProcess.arguments)
  } catch {
    Command.complain(error.message + "; see --help")
    return 2
  }
  // A path that cannot be written is reported before minutes are spent.
  var drawing: OutputFile?
  if let path = command.plot {
    do throws(SystemError) {
      drawing = try OutputFile(path: path)
    } catch {
      Command.complain(error)
      return 3
    }
  }
  #if DEBUG
    Command.complain("this is a debug build; its figures are useless (swift run -c release)")
  #endif
  var rows: [Row] = []
  for part in Command.Part.allCases where command.parts.contains(part) {
    let before = rows.count
    switch part {
    case .manifest: rows += ManifestBench.rows(isQuick: command.isQuick)
    case .check: rows += CheckBench.rows(isQuick: command.isQuick)
    case .loops: rows += LoopsBench.rows(isQuick: command.isQuick)
    case .journal: rows += JournalBench.rows(isQuick: command.isQuick)
    case .calls: rows += await CallBench.rows(isQuick: command.isQuick)
    case .steps: rows += await StepBench.rows(isQuick: command.isQuick)
    case .isolation: rows += await IsolationBench.rows(isQuick: command.isQuick)
    case .parallel: rows += ParallelBench.rows(isQuick: command.isQuick)
    case .serve: rows += ServeBench.rows(isQuick: command.isQuick)
    }
    if rows.count == before { rows.append(.missing("\(part)")) }
  }
  var isWritten = true
  if let drawing {
    let (call, step) = await LiveBench.curves(upTo: command.plotLimit, isQuick: command.isQuick)
    rows += call.rows + step.rows
    do throws(SystemError) {
      try drawing.write(Plot.svg([call, step]))
      try drawing.commit()
    } catch {
      Command.complain(error)
      isWritten = false
    }
  }
  isWritten = Results.write(command.isJSON ? Report.json(rows) : Report.text(rows)) && isWritten
  return !isWritten ? 3 : rows.allSatisfy { $0.holds } ? 0 : 1
}

/// Standard output.
enum Results {
  /// Returns false, after a message, if not all was written.
  static func write(_ text: String) -> Bool {
    let output = OutputFile(descriptor: 1, name: "standard output")
    do throws(SystemError) {
      try output.write(text)
      try output.flush()
      return true
    } catch {
      Command.complain(error)
      return false
    }
  }
}

HostProcess.ignoreFailedWrites()
HostProcess.exitNow(await run())

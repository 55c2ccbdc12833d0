import Glibc

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") || arguments.contains("-h") {
  print(Report.help, terminator: "")
  exit(0)
}
let parts = ["calls", "steps", "isolation", "seed"]
let known: Set<String> = ["--json", "--quick"]
if let unknown = arguments.first(where: { !known.contains($0) && !parts.contains($0) }) {
  Report.complain("hostbench: unknown option \(unknown); see --help")
  exit(2)
}
#if DEBUG
  Report.complain(
    "hostbench: this is a debug build; its figures mean nothing (swift run -c release)")
#endif

let isQuick = arguments.contains("--quick")
var rows: [Row] = []
let wanted = parts.filter { arguments.contains($0) }
func wants(_ part: String) -> Bool { wanted.isEmpty || wanted.contains(part) }
// Memory first: the peak of a process only grows.
if wants("calls") { rows += await CallBench.rows(isQuick: isQuick) }
if wants("steps") { rows += await StepBench.rows(isQuick: isQuick) }
if wants("isolation") { rows += await IsolationBench.rows(isQuick: isQuick) }
if wants("seed") { rows += SeedBench.rows(isQuick: isQuick) }
print(arguments.contains("--json") ? Report.json(rows) : Report.text(rows), terminator: "")
exit(rows.allSatisfy { $0.holds } ? 0 : 1)

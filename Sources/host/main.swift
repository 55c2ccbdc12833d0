import KernelBridge
import KernelHost

// Before any thread exists: what is printed by kernels themselves must not mix
// into the results, and a closed pipe must be an error and not a death.
let results = HostProcess.takeStandardOutput()
HostProcess.ignoreFailedWrites()
HostProcess.adoptOrphans()

let console = Console(results: results)
HostProcess.exitNow(Command.run(HostProcess.arguments, console).rawValue)

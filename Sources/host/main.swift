import KernelBridge
import KernelHost

// Before any thread exists: what is printed by kernels themselves must not mix
// into the results, and a closed pipe must be an error and not a death.
let results = HostProcess.takeStandardOutput()
HostProcess.ignoreFailedWrites()
HostProcess.adoptOrphans()
ProgramName.adopt()

let console = Console(results: results)
let code = Command.run(HostProcess.arguments, console)
if code == .ok || code == .notOK { HostProcess.writePluginsBuffers() }
HostProcess.exitNow(code.rawValue)

import KernelBridge
import KernelHost
import TaskModel

/// From an operand of the command line to a plan, or to messages.
struct ManifestLoader {
  /// Offsets in a manifest are 32 bits wide.
  static let largest = Int(UInt32.max) - 1

  enum Failure: Error {
    /// Why, for a person; already complete.
    case said([String])
  }

  /// Reads, checks and plans. `input` is `json` or `jsonl`; nil: by the name.
  static func plan(_ operand: String, input: ManifestFormat?) throws(Failure) -> Plan {
    let isStandardInput = operand == "-"
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileReader.read(path: isStandardInput ? nil : operand, limit: largest)
    } catch {
      throw .said([Messages.error(Messages.system(error))])
    }
    let source = SourceText(name: isStandardInput ? "<stdin>" : operand, bytes: bytes)
    let format = input ?? (operand.hasSuffix(".jsonl") ? .jsonl : .json)
    switch Planner.plan(source, format: format, catalogue: Host.builtInKernels) {
    case .success(let plan): return plan
    case .failure(let diagnostics): throw .said([diagnostics.rendered(in: source)])
    }
  }
}

import CKernelHostLanes
import Glibc
public import KernelHostModel

/// The parts of a worker's sandbox, as bits of `kh_sandbox_parts`.
public struct SandboxParts: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let noNewPrivileges = SandboxParts(rawValue: 1)
  /// Files, by Landlock.
  public static let files = SandboxParts(rawValue: 2)
  /// System calls, by seccomp.
  public static let calls = SandboxParts(rawValue: 4)
  /// Signals, by Landlock; seccomp does the same.
  public static let signals = SandboxParts(rawValue: 8)
}

extension SandboxLevel {
  /// The number of `enum kh_sandbox_level`.
  fileprivate var level: UInt32 {
    switch self {
    case .none: 0
    case .default: 1
    case .strict: 2
    }
  }
}

/// What all workers of a guard may do. Paths are absolute.
public struct WorkerRules: Sendable {
  public var sandbox = RunDefaults.sandbox
  public var allowed = AllowedPaths()
  public var limits = WorkerLimits()
  /// Closes the pages behind each call's state and memory, and those of calls that do not run.
  public var checksMemory = false
  /// Libraries are to compute in one thread, unless the user says otherwise.
  public var hasOneThread = false

  public init() {}
}

/// A fork server, from which workers descend, and the thread that receives its messages.
///
/// The C supervisor has a lock of its own, so threads may share this object.
@safe public final class WorkerSupervisor: @unchecked Sendable {
  let handle: OpaquePointer

  /// Starts a fork server and returns at once. `waitUntilReady` tells whether it runs. `preload`:
  /// the path of a library that it loads first.
  public init(preload: String? = nil) throws(SystemError) {
    var error: Int32 = 0
    guard let handle = unsafe kh_supervisor_open(preload, &error) else {
      throw SystemError("start a worker process", path: nil, code: error)
    }
    unsafe self.handle = handle
  }

  deinit { unsafe kh_supervisor_close(handle) }

  public func waitUntilReady() throws(SystemError) {
    let error = unsafe kh_supervisor_wait(handle, RunDefaults.startingTime)
    if error != 0 { throw SystemError("start a worker process", path: nil, code: error) }
  }

  /// Sets the rules, before plugins are loaded and lanes are opened. Returns the parts that hold.
  public func set(_ rules: WorkerRules) throws(SystemError) -> SandboxParts {
    var raw = unsafe kh_supervisor_rules()
    unsafe raw.sandbox = rules.sandbox.level
    unsafe raw.core = rules.limits.allowsCore ? 1 : 0
    unsafe raw.check_memory = rules.checksMemory ? 1 : 0
    unsafe raw.address_space = rules.limits.addressSpace ?? 0
    unsafe raw.processor_seconds = rules.limits.processorSeconds ?? 0
    unsafe raw.one_thread = rules.hasOneThread ? 1 : 0
    unsafe raw.read_count = UInt32(rules.allowed.read.count)
    unsafe raw.write_count = UInt32(rules.allowed.write.count)
    let read = unsafe rules.allowed.read.map { unsafe UnsafePointer(strdup($0)) }
    let write = unsafe rules.allowed.write.map { unsafe UnsafePointer(strdup($0)) }
    defer {
      for index in unsafe read.indices { unsafe free(UnsafeMutablePointer(mutating: read[index])) }
      for index in unsafe write.indices {
        unsafe free(UnsafeMutablePointer(mutating: write[index]))
      }
    }
    var parts: UInt32 = 0
    var why = [CChar](repeating: 0, count: 512)
    let error = unsafe read.withUnsafeBufferPointer { read in
      unsafe write.withUnsafeBufferPointer { write in
        unsafe raw.read = read.baseAddress
        unsafe raw.write = write.baseAddress
        return unsafe kh_supervisor_set_rules(handle, &raw, &parts, &why, why.count)
      }
    }
    if error != 0 {
      let text = String(
        decoding: why.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw SystemError(
        text.isEmpty ? "set up the sandbox" : "set up the sandbox (\(text))", path: nil, code: error
      )
    }
    return SandboxParts(rawValue: parts)
  }

  /// Loads a plugin into the fork server. Returns notes about it.
  public func load(
    _ source: PluginSource, patience: Double
  ) throws(PluginRefusal) -> [PluginNote] {
    var result = kh_load_result()
    switch source {
    case .library(let path): unsafe kh_supervisor_load(handle, path, patience, &result)
    case .function(let lines): unsafe kh_supervisor_declare(handle, lines, patience, &result)
    }
    if let refusal = PluginRefusal(source.path, result) { throw refusal }
    return PluginNote.all(result)
  }

  /// Returns the kernels that workers have. `folder`: the folder of relative paths in arguments.
  public func catalogue(
    origins: [String: String] = [:], folder: String = ""
  ) throws(CatalogueError) -> Catalogue {
    var size = 0
    guard let bytes = unsafe kh_supervisor_describe(handle, &size) else { throw .forkServerIsGone }
    defer { unsafe free(bytes) }
    if size > DescriptorDecoder.largest {
      throw .kernel(KernelFault(kernel: "", origin: "", problem: .tooLarge(size)))
    }
    let description = unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: size))
    do throws(KernelFault) {
      return try Catalogue(description: description, origins: origins, folder: folder)
    } catch {
      throw .kernel(error)
    }
  }

  /// Whether all processes that workers start end with them.
  public var hasNamespace: Bool { unsafe kh_supervisor_has_namespace(handle) }

  /// The parts that the kernel of this machine can enforce.
  public static var available: SandboxParts { SandboxParts(rawValue: kh_sandbox_parts()) }
}

/// Why the kernels are unknown.
public enum CatalogueError: Error, Sendable {
  case kernel(KernelFault)
  case forkServerIsGone
}

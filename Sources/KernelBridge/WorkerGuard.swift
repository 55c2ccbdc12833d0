import CLanes
import Glibc
public import TaskModel

/// The parts of a worker's sandbox, as bits of `kh_sandbox`.
public struct SandboxParts: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let noNewPrivileges = SandboxParts(rawValue: 1)
  /// Files, by Landlock.
  public static let files = SandboxParts(rawValue: 2)
  /// System calls, by seccomp.
  public static let calls = SandboxParts(rawValue: 4)
  /// Signals, by Landlock; seccomp serves as well.
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

/// A spawner, from which workers descend, and the thread that hears of their deaths.
///
/// The C guard locks for itself, so the box may be shared between threads.
@safe public final class WorkerGuard: @unchecked Sendable {
  let handle: OpaquePointer

  /// Starts a spawner and goes on; `waitUntilReady` tells whether it came up. `preload`: the path
  /// of a library that it loads before all else.
  public init(preload: String? = nil) throws(SystemError) {
    var error: Int32 = 0
    guard let handle = unsafe kh_guard_open(preload, &error) else {
      throw SystemError("start a worker process", path: nil, code: error)
    }
    unsafe self.handle = handle
  }

  deinit { unsafe kh_guard_close(handle) }

  public func waitUntilReady() throws(SystemError) {
    let error = unsafe kh_guard_wait(handle, RunDefaults.startingTime)
    if error != 0 { throw SystemError("start a worker process", path: nil, code: error) }
  }

  /// Before plugins are loaded and lanes are opened. Answers what is in force.
  public func set(_ rules: WorkerRules) throws(SystemError) -> SandboxParts {
    var raw = unsafe kh_guard_rules()
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
        return unsafe kh_guard_set_rules(handle, &raw, &parts, &why, why.count)
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

  /// Loads a plugin into the process that workers descend from.
  /// Returns what there is to say of it.
  public func load(_ path: String, patience: Double) throws(PluginRefusal) -> [PluginNote] {
    var answer = kh_load_answer()
    unsafe kh_guard_load(handle, path, patience, &answer)
    if let refusal = PluginRefusal(path, answer) { throw refusal }
    return PluginNote.all(answer)
  }

  /// The kernels that workers have. `folder`: what relative paths of arguments mean.
  public func catalogue(
    origins: [String: String] = [:], folder: String = ""
  ) throws(CatalogueError) -> Catalogue {
    var size = 0
    guard let bytes = unsafe kh_guard_describe(handle, &size) else { throw .spawnerIsGone }
    defer { unsafe free(bytes) }
    if size > DescriptionReader.largest {
      throw .kernel(KernelFault(kernel: "", origin: "", problem: .tooLarge(size)))
    }
    let description = unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: size))
    do throws(KernelFault) {
      return try Catalogue(description: description, origins: origins, folder: folder)
    } catch {
      throw .kernel(error)
    }
  }

  /// Whether all that workers start dies with them.
  public var hasNamespace: Bool { unsafe kh_guard_has_namespace(handle) }

  /// What this machine's kernel can enforce.
  public static var available: SandboxParts { SandboxParts(rawValue: kh_sandbox_parts()) }
}

/// Why the kernels are not known.
public enum CatalogueError: Error, Sendable {
  case kernel(KernelFault)
  case spawnerIsGone
}

import KernelBridge
public import KernelHostModel

/// A host for kernel calls: kernels, and lanes to run them on.
///
/// A lane is a thread of its own, outside the Swift pool, so a kernel that computes for a second
/// delays no Swift task. Calls of one lane take turns, one step each; several lanes run at the same
/// time. By default calls run inside this process, which ends if a kernel crashes. With `plugins`,
/// or with `LoadedKernels.open`, they run in worker processes, and a crash costs one token.
///
/// A host ends its live calls when the last reference to it is released.
public final class CallHost: Sendable {
  /// Where text that kernels print is written.
  public enum Printing: Sendable {
    /// To descriptor 1; warnings, and what kernels write themselves, to descriptor 2.
    case standardOutput
    /// Nowhere.
    case discard
    /// To a closure: pieces of UTF-8 in the order of printing, on threads of the host, never two
    /// at the same time.
    case handler(@Sendable ([UInt8]) -> Void)
  }

  let executors: [HostExecutor]
  let catalogue: Catalogue

  /// The host of the built-in kernels and of the program's own, with one lane in this process. Ends
  /// the program if the system has no memory or thread for it.
  public static let shared: CallHost = {
    do { return try CallHost() } catch { fatalError("\(error)") }
  }()

  /// Starts lanes. Fails if the system has no memory, thread or process for them.
  ///
  /// - Parameters:
  ///   - kernels: the kernels, and whether they run in this process (the built-in ones,
  ///     by default) or in workers.
  ///   - lanes: how many calls run at the same time, each on a processor.
  ///   - liveLimit: how many calls may be live in a lane; the others wait their turn. 131,072 if
  ///     nil.
  ///   - crashLimit: crashes of one kernel after which its other calls are skipped.
  public init(
    _ kernels: LoadedKernels = .builtIn, lanes: Int = 1, printing: Printing = .standardOutput,
    liveLimit: Int? = nil, crashLimit: Int = 100
  ) throws(HostError) {
    try HostError.check("lanes", lanes, least: 1, most: 1_024)
    try HostError.check("crashLimit", crashLimit, least: 1)
    if let liveLimit {
      try HostError.check(
        "liveLimit", liveLimit, least: RunBounds.live.lowerBound, most: RunBounds.live.upperBound)
    }
    do throws(SystemError) {
      catalogue = kernels.catalogue
      var settings = kernels.settings(crashLimit: crashLimit, liveLimit: liveLimit)
      settings.lanes = lanes
      settings.dedicatedLimit = max(settings.dedicatedLimit / lanes, 1)
      settings.breaker = CrashBreaker(
        kernelCount: catalogue.signatures.count, limit: settings.crashLimit)
      let printer = Printer(printing)
      var executors: [HostExecutor] = []
      for lane in 0..<lanes {
        executors.append(
          try HostExecutor(kernels.lanes, settings.another(number: lane), printer))
      }
      self.executors = executors
    } catch {
      throw HostError.cannotStart(reason: Wording.system(error.action, error.path, error.reason))
    }
  }

  /// Starts lanes in worker processes, with plugins: libraries, or C and C++ files, which are
  /// compiled. Relative paths begin at the working folder. See `LoadedKernels.open`.
  public convenience init(
    plugins: [String], lanes: Int = 1, printing: Printing = .standardOutput
  ) throws(HostError) {
    var setup = WorkerSetup()
    let folder = currentFolder()
    setup.plugins = plugins.map { Plugin(path: $0).placed(in: folder) }
    setup.isParallel = lanes > 1
    let kernels: LoadedKernels
    do throws(LoadError) {
      kernels = try LoadedKernels.open(setup)
    } catch {
      throw .cannotLoad(reason: error.description)
    }
    try self.init(kernels, lanes: lanes, printing: printing)
  }

  deinit {
    for executor in executors { executor.quit() }
  }

  /// The number of lanes.
  public var lanes: Int { executors.count }

  /// The signatures of all known kernels, sorted by name.
  public var kernels: [KernelSignature] { catalogue.signatures }

  /// Returns the kernel with a name. O(log n).
  public func kernel(_ name: String) throws(HostError) -> Kernel {
    guard let index = catalogue.index(of: name) else {
      throw HostError.unknownKernel(
        name: name, near: NearName.nearest(to: name, among: kernels.lazy.map { $0.name }))
    }
    return Kernel(host: self, index: index)
  }

  /// The lane with the fewest calls. O(lanes).
  var freest: HostExecutor {
    executors.dropFirst().reduce(executors[0]) { $1.load < $0.load ? $1 : $0 }
  }

  /// Runs calls as one batch. The tokens are in call order.
  func run<Source: CallSource & Sendable>(_ source: Source) async -> [Token<Value>] {
    if executors.count == 1 || source.callCount < 2 { return await freest.run(source) }
    return await SharedBatch(source, executors).run()
  }
}

extension CallHost {
  /// The kernels of this executable, sorted by name. No host has to be started for them.
  public static var builtInKernels: [KernelSignature] { Catalogue.builtIn.signatures }
}

/// The version that `host --version` prints.
public enum KernelHostVersion {
  public static let host = "0.1.0"
  /// The date of that version, for the manual page. Change the two together.
  public static let date = "2026-11-24"
  /// The major and minor version of the ABI, from the header in use.
  public static let abi = kernelABI
}

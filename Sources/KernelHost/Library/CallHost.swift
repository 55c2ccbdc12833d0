import KernelBridge
public import TaskModel

/// A host for kernel calls: the built-in kernels and a lane to run them on.
///
/// The lane is a thread of its own, outside the Swift pool, so a kernel that computes for a second
/// delays no Swift task. Calls of one host take turns, one step each; two hosts run at the same
/// time. By default calls run inside this process, which ends if a kernel crashes. With
/// `LoadedKernels.open` they run in worker processes, and a crash costs one token.
///
/// A host ends its live calls when the last reference to it is released.
public final class CallHost: Sendable {
  /// Where text that kernels print is written.
  public enum Printing: Sendable {
    case standardOutput
    case discard
    /// To a closure: pieces of UTF-8 in the order of printing, on a thread of the host.
    case handler(@Sendable ([UInt8]) -> Void)
  }

  private let executor: HostExecutor
  let catalogue: Catalogue

  /// The host that `gather` and `Kernel` use by default.
  public static let shared: CallHost = {
    do { return try CallHost() } catch { fatalError("\(error)") }
  }()

  /// Starts a lane. Fails if the system has no memory, thread or process for it.
  ///
  /// - Parameters:
  ///   - kernels: the kernels, and whether they run in this process (the built-in ones,
  ///     by default) or in workers.
  ///   - liveLimit: how many calls may be live at the same time; the others wait
  ///     their turn. `RunDefaults.liveLimit` if nil.
  ///   - crashLimit: crashes of one kernel after which its other calls are skipped.
  public init(
    _ kernels: LoadedKernels = .builtIn, printing: Printing = .standardOutput,
    liveLimit: Int? = nil, crashLimit: Int = RunDefaults.crashLimit
  ) throws(HostError) {
    do throws(SystemError) {
      catalogue = kernels.catalogue
      executor = try HostExecutor(
        kernels.lanes,
        kernels.settings(crashLimit: crashLimit, liveLimit: liveLimit), printing: printing)
    } catch {
      throw HostError.cannotStart(reason: Wording.system(error.action, error.path, error.reason))
    }
  }

  deinit {
    executor.quit()
  }

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

  /// Runs calls as one batch. The tokens are in call order.
  func run(_ source: any CallSource & Sendable) async -> [Token<Value>] {
    await executor.run(source)
  }

  func start(
    _ source: any CallSource & Sendable, _ ticket: HostExecutor.Ticket,
    _ delivery: HostExecutor.Delivery
  ) {
    executor.start(source, ticket, delivery)
  }

  func cancel(_ ticket: HostExecutor.Ticket) { executor.cancel(ticket) }
}

/// Why a host could not do something.
public enum HostError: Error, Sendable, Hashable, CustomStringConvertible {
  case cannotStart(reason: String)
  case unknownKernel(name: String, near: String?)

  public var description: String {
    switch self {
    case .cannotStart(let reason): reason
    case .unknownKernel(let name, let near): Wording.unknownKernel(name, near: near)
    }
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

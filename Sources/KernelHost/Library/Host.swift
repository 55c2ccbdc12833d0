import KernelBridge
public import TaskModel

/// A host for kernel calls: the built-in kernels and a lane to run them on.
///
/// The lane is a thread of the host's own, never one of the Swift pool, so a
/// kernel that computes for a second delays no Swift task. Calls of one host
/// take turns, one step each; two hosts run at the same time. By default calls run inside
/// this process, and a kernel that crashes takes it along; with `LoadedKernels.open` they
/// run in worker processes, and a crash costs one token.
///
/// A host ends its live calls when the last reference to it goes.
public final class Host: Sendable {
  /// Where the text goes that kernels print.
  public enum Printing: Sendable {
    case standardOutput
    case discard
    /// UTF-8, a piece at a time, in the order of printing, on a thread of the host's.
    case handler(@Sendable ([UInt8]) -> Void)
  }

  private let executor: HostExecutor
  let catalogue: Catalogue

  /// The host that `gather` and `Kernel` use when they are given none.
  public static let shared: Host = {
    do { return try Host() } catch { fatalError("\(error)") }
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

  /// What every known kernel says of itself, sorted by name.
  public var kernels: [KernelSignature] { catalogue.signatures }

  /// The kernel of a name. O(log n).
  public func kernel(_ name: String) throws(HostError) -> Kernel {
    guard let index = catalogue.index(of: name) else {
      throw HostError.unknownKernel(
        name: name, near: NearName.nearest(to: name, among: kernels.lazy.map { $0.name }))
    }
    return Kernel(host: self, index: index)
  }

  /// Runs calls as one batch; the tokens are in call order.
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

/// Why a host could not do what it was asked for.
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

extension Host {
  /// The kernels of this executable, sorted by name; needs no host to be started.
  public static var builtInKernels: [KernelSignature] { Catalogue.builtIn.signatures }
}

/// What `host --version` says.
public enum KernelHostVersion {
  public static let host = "0.1.0"
  /// The day of that version, for the manual page; the two change together.
  public static let date = "2026-11-24"
  /// Major and minor of the ABI that the header in use declares.
  public static let abi = kernelABI
}

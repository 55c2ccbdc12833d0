import KernelHostModel

/// Why a host could not do something. No call has run because of it.
public enum HostError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The system has no memory, thread or process for it.
  case cannotStart(reason: String)
  case unknownKernel(name: String, near: String?)
  /// A number, a timeout or a call that cannot be what it is given for.
  case wrongInput(reason: String)
  /// Plugins cannot be loaded: a line for each.
  case cannotLoad(reason: String)
  /// The mistakes of a manifest with their places, as `host check` prints them.
  case wrongManifest(mistakes: String)

  public var description: String {
    switch self {
    case .cannotStart(let reason), .wrongInput(let reason), .cannotLoad(let reason): reason
    case .unknownKernel(let name, let near): Wording.unknownKernel(name, near: near)
    case .wrongManifest(let mistakes): mistakes
    }
  }
}

extension HostError {
  /// Checks that a number is in its range.
  static func check(
    _ name: String, _ number: Int, least: Int, most: Int? = nil
  ) throws(HostError) {
    if number < least || number > most ?? .max {
      throw .wrongInput(reason: Wording.wrongNumber(name, number, least: least, most: most))
    }
  }
}

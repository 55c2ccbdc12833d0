/// Why a call did not end well: the third part of its token.
///
/// One pointer wide, so that the tokens of a million calls that end well do not
/// carry the room for an error.
public struct CallError: Error, Sendable, Hashable, CustomStringConvertible {
  private let box: Box

  /// - Parameters:
  ///   - status: how the call ended; never `ok`.
  ///   - code: negative, as a kernel returns it; 0 if there is none.
  ///   - name: "EINVAL", or what the kernel declared for the code.
  ///   - message: for a person, one line.
  public init(status: Status, code: Int32, name: String, message: String) {
    box = Box(status: status, code: code, name: name, message: message)
  }

  public var status: Status { box.status }
  public var code: Int32 { box.code }
  public var name: String { box.name }
  public var message: String { box.message }

  /// "EINVAL: increment must not be 0".
  public var description: String {
    message.isEmpty ? name : name.isEmpty ? message : "\(name): \(message)"
  }

  public static func == (left: CallError, right: CallError) -> Bool {
    left.box === right.box
      || left.status == right.status && left.code == right.code && left.name == right.name
        && left.message == right.message
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(status)
    hasher.combine(code)
    hasher.combine(name)
    hasher.combine(message)
  }

  private final class Box: Sendable {
    let status: Status
    let code: Int32
    let name: String
    let message: String

    init(status: Status, code: Int32, name: String, message: String) {
      self.status = status
      self.code = code
      self.name = name
      self.message = message
    }
  }
}

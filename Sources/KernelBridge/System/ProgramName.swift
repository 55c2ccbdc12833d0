/// The name by which messages call this program.
public enum ProgramName {
  /// The name in texts. Installed, the program is `kernelhost`, because `host` is a DNS tool of most
  /// systems.
  public static let usual = "host"

  private static let own = Locked(usual)

  /// The name that the program was called by, without a folder. An embedding program that does not
  /// call `adopt` keeps the usual one.
  public static var current: String { own.withLock { $0 } }

  /// Takes the name from the command line.
  public static func adopt() {
    let name = HostProcess.name.split(separator: "/").last.map(String.init) ?? usual
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: "-_.+".utf8.contains(byte)
      }
    }
    if isPlain, !name.hasPrefix("-"), !name.isEmpty { own.withLock { $0 = name } }
  }
}

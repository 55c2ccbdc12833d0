import CKernelHostLanes
import Glibc

/// Describes the machine that the process runs on, except its name, which results do not need.
public enum Machine {
  /// Returns what `uname` says.
  public static func names() -> (system: String, release: String, machine: String) {
    var names = utsname()
    guard unsafe uname(&names) == 0 else { return ("", "", "") }
    return (
      PluginRefusal.text(names.sysname), PluginRefusal.text(names.release),
      PluginRefusal.text(names.machine)
    )
  }

  /// Returns the model of the first processor; "": the system does not tell.
  public static func processor() -> String {
    // The first piece is enough. The text of all processors may be long, and is slow to read.
    guard let file = try? InputFile(path: "/proc/cpuinfo"),
      let bytes = try? file.read(most: 1 << 12)
    else { return "" }
    return processor(in: String(decoding: bytes, as: UTF8.self))
  }

  /// Finds the model in the text of /proc/cpuinfo. x86 has a name for it, arm64 has numbers of its
  /// maker and its part.
  static func processor(in text: String) -> String {
    func value(_ key: String) -> String? {
      for line in text.split(separator: "\n") where line.hasPrefix(key) {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        return parts[1].split { $0 == " " || $0 == "\t" }.joined(separator: " ")
      }
      return nil
    }
    if let name = value("model name") { return name }
    guard let part = value("CPU part"), let maker = value("CPU implementer") else { return "" }
    return "implementer \(maker), part \(part)"
  }
}

extension HostProcess {
  /// The build ID that the linker wrote to this executable, in hexadecimal digits; "" without a
  /// build ID.
  public static let build: String = {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe kh_build_id(&bytes, bytes.count)
    return bytes[..<min(count, bytes.count)].map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }()
}

/// How much memory this process has, by what the kernel says in /proc/self/status.
public struct MemoryUse: Sendable {
  /// Bytes in memory now, shared ones too.
  public let resident: Int
  /// The most that there ever were.
  public let peak: Int

  /// Zeros where there is no /proc.
  public static var now: MemoryUse {
    let bytes = (try? FileReader.read(path: "/proc/self/status", limit: 1 << 20)) ?? []
    func figure(_ key: String) -> Int {
      let lines = bytes.split(separator: 10)
      let line = lines.first { $0.starts(with: key.utf8) } ?? []
      let digits = line.filter { (0x30...0x39).contains($0) }
      return (Int(String(decoding: digits, as: UTF8.self)) ?? 0) * 1024
    }
    return MemoryUse(resident: figure("VmRSS:"), peak: figure("VmHWM:"))
  }
}

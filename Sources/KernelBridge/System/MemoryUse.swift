/// The memory of this process, as /proc/self/status reports it.
public struct MemoryUse: Sendable {
  /// Bytes in memory now, with shared ones.
  public let resident: Int
  /// The most bytes so far.
  public let peak: Int

  /// Zeros without /proc.
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

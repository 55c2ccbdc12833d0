import CLanes
import Glibc

/// The processors of this machine, as far as this process may use them.
public enum Processors {
  /// By its affinity, and by the share that its control group has (cgroup v2, `cpu.max`, and
  /// v1), rounded up; at least 1.
  public static let usable: Int = {
    let affinity = max(Int(kh_usable_processors()), 1)
    return min(affinity, share ?? affinity)
  }()

  private static var share: Int? {
    if let words = numbers("/sys/fs/cgroup/cpu.max"), words.count == 2 {
      return words[0] > 0 && words[1] > 0 ? rounded(words[0], words[1]) : nil
    }
    guard let quota = numbers("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")?.first,
      let period = numbers("/sys/fs/cgroup/cpu/cpu.cfs_period_us")?.first, quota > 0, period > 0
    else { return nil }
    return rounded(quota, period)
  }

  private static func rounded(_ quota: Int, _ period: Int) -> Int {
    max((quota + period - 1) / period, 1)
  }

  /// The words of a file as numbers; "max" is -1.
  private static func numbers(_ path: String) -> [Int]? {
    guard let bytes = try? FileReader.read(path: path, limit: 4096) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
      .map { Int($0) ?? -1 }
  }
}

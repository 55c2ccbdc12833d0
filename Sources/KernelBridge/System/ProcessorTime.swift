import Glibc

/// The processor time of this process and of all its descendants.
public enum ProcessorTime {
  /// Returns seconds in user and system mode, of this process and its descendants, with those that
  /// were reaped. It reads every process of the system, which takes some milliseconds. Without
  /// /proc, living descendants do not count.
  public static var ofTree: Double {
    let own = seconds(RUSAGE_SELF.rawValue) + seconds(RUSAGE_CHILDREN.rawValue)
    let processes = all()
    var family: Set<Int> = [Int(getpid())]
    var ticks = 0
    // A process may be listed before or after its children: repeat until none is added.
    var grows = true
    while grows {
      grows = false
      for process in processes where family.contains(process.parent) {
        if !family.insert(process.id).inserted { continue }
        ticks += process.ticks
        grows = true
      }
    }
    return own + Double(ticks) / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
  }

  private static func seconds(_ whose: Int32) -> Double {
    var usage = rusage()
    guard unsafe getrusage(whose, &usage) == 0 else { return 0 }
    let times = [usage.ru_utime, usage.ru_stime]
    return times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6 }
  }

  private struct Process {
    let id: Int
    let parent: Int
    /// In user and system mode, with reaped children.
    let ticks: Int
  }

  private static func all() -> [Process] {
    Folders.names("/proc").compactMap { name in
      guard let id = Int(name),
        let bytes = try? FileReader.read(path: "/proc/\(name)/stat", limit: 4096),
        // The program's name is in parentheses, and may contain anything.
        let end = bytes.lastIndex(of: UInt8(ascii: ")"))
      else { return nil }
      let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
      guard fields.count > 14, let parent = Int(fields[1]) else { return nil }
      return Process(
        id: id, parent: parent, ticks: fields[11...14].compactMap { Int($0) }.reduce(0, +))
    }
  }
}

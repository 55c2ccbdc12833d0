import Glibc
import KernelBridge
import Synchronization

/// A program and all processes that descend from it.
enum ProcessTree {
  /// The most memory of all of them together, shared memory once (PSS), in bytes, as seen
  /// every few milliseconds while `command` runs; nil: the system does not tell.
  static func peakMemory(_ command: [String], _ scratch: Scratch) -> Double? {
    let note = scratch.file("process")
    Folders.remove(note)
    let isDone = Flag()
    let shell = ["/bin/sh", "-c", "echo $$ > \"$0\" && exec \"$@\"", note] + command
    let started = HostThread.start {
      _ = try? Program.run(shell, errors: .discarded)
      isDone.raise()
    }
    guard started else { return nil }
    var root: Int?
    var peak = 0.0
    while !isDone.isUp {
      if root == nil, let text = words(note), text.count == 1 { root = Int(text[0]) }
      if let root { peak = max(peak, memory(of: root)) }
      usleep(5_000)
    }
    return peak > 0 ? peak : nil
  }

  /// Returns the memory of a process and its descendants, at this moment.
  private static func memory(of process: Int) -> Double {
    var bytes = 0.0
    if let text = words("/proc/\(process)/smaps_rollup"),
      let index = text.firstIndex(of: "Pss:"), let pages = Double(text[index + 1])
    {
      bytes = pages * 1024
    }
    // The children of its first thread: `host` starts no process from another thread.
    for child in words("/proc/\(process)/task/\(process)/children") ?? [] {
      if let child = Int(child) { bytes += memory(of: child) }
    }
    return bytes
  }

  private static func words(_ path: String) -> [String]? {
    guard let bytes = try? FileReader.read(path: path, limit: 1 << 20) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split { " \n\t".contains($0) }.map(String.init)
  }

  private final class Flag: Sendable {
    private let flag = Atomic<Bool>(false)
    var isUp: Bool { flag.load(ordering: .acquiring) }
    func raise() { flag.store(true, ordering: .releasing) }
  }
}

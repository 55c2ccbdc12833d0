import Foundation
public import Glibc

extension Child {
  /// The processes below it, as far as they can be seen: the one that workers descend from, and
  /// the workers.
  public var descendants: [pid_t] { Self.descendants(of: id) }

  private static func descendants(of process: pid_t) -> [pid_t] {
    let tasks = "/proc/\(process)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return threads.flatMap { thread -> [pid_t] in
      let text = try? String(contentsOfFile: "\(tasks)/\(thread)/children", encoding: .utf8)
      let children = (text ?? "").split(separator: " ").compactMap { pid_t($0) }
      return children + children.flatMap { descendants(of: $0) }
    }
  }
}

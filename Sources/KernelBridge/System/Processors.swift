import CKernelHostLanes
import Glibc

/// The processors of this machine that this process may use.
public enum Processors {
  /// Their number by affinity, by the quota of its control groups, rounded up, and by what an
  /// engine says that the process may use: the least of them, and at least 1.
  public static let usable: Int = {
    let affinity = max(Int(kh_usable_processors()), 1)
    return [affinity, share(read), granted(environmentVariable)].compactMap { $0 }.min() ?? 1
  }()

  /// Returns the number of processors that an engine has granted to the process, by its environment.
  /// Nil: no engine says. Kubernetes says it by the quota of the control group.
  static func granted(_ variable: (String) -> String?) -> Int? {
    // Slurm for each task, SGE and LSF for the job.
    let numbers = ["SLURM_CPUS_PER_TASK", "NSLOTS", "LSB_DJOB_NUMPROC"].compactMap {
      variable($0).flatMap { Int($0) }
    }
    // HyperQueue lists them: "0,2,5".
    let listed = variable("HQ_CPUS").map { $0.split(separator: ",").count }
    return (numbers + [listed].compactMap { $0 }).filter { $0 > 0 }.min()
  }

  /// Returns the least quota of the process's control group and its parents. Version 2 has
  /// `cpu.max`, version 1 `cpu.cfs_quota_us`. Nil: no limit. `read` returns the text of a file.
  static func share(_ read: (String) -> String?) -> Int? {
    let groups = (read("/proc/self/cgroup") ?? "").split(separator: "\n")
    let mounts = (read("/proc/self/mountinfo") ?? "").split(separator: "\n")
    var least: Int?
    for mount in mounts.compactMap(Mount.init) {
      let own = groups.lazy.compactMap { mount.group(in: $0) }.first ?? mount.root
      for folder in mount.folders(upFrom: own) {
        guard let share = mount.isUnified ? unified(folder, read) : older(folder, read) else {
          continue
        }
        least = min(least ?? share, share)
      }
    }
    return least
  }

  /// A hierarchy of control groups that may limit processors.
  private struct Mount {
    /// The group that is mounted at `point`.
    let root: String
    let point: String
    let isUnified: Bool

    /// A line of mountinfo: "31 23 0:28 ROOT POINT OPTIONS ... - TYPE SOURCE OPTIONS".
    init?(_ line: Substring) {
      let words = line.split(separator: " ")
      guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 3 else {
        return nil
      }
      let type = words[dash + 1]
      isUnified = type == "cgroup2"
      let controllers = words[dash + 3].split(separator: ",")
      guard isUnified || type == "cgroup" && controllers.contains("cpu") else { return nil }
      root = Self.plain(words[3])
      point = Self.plain(words[4])
    }

    /// The system writes spaces in names as numbers.
    private static func plain(_ word: Substring) -> String {
      word.split(separator: "\\040", omittingEmptySubsequences: false).joined(separator: " ")
    }

    /// Returns the process's group here, from a line of its groups: "0::/a/b", "4:cpu,cpuacct:/a".
    func group(in line: Substring) -> String? {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      let isHere =
        isUnified
        ? parts[0] == "0" && parts[1].isEmpty
        : parts[1].split(separator: ",").contains("cpu")
      return isHere ? String(parts[2]) : nil
    }

    /// Returns the folders of a group and its parents, as far as they are visible here.
    func folders(upFrom group: String) -> [String] {
      let above = root == "/" ? "" : root
      guard group == root || group.hasPrefix(above + "/"), !group.contains("/../") else {
        return [point]
      }
      var names = group.dropFirst(above.count).split(separator: "/")
      var folders: [String] = []
      while !names.isEmpty {
        folders.append(point + "/" + names.joined(separator: "/"))
        names.removeLast()
      }
      return folders + [point]
    }
  }

  /// "200000 100000", or "max 100000".
  private static func unified(_ folder: String, _ read: (String) -> String?) -> Int? {
    guard let words = read(folder + "/cpu.max").map(numbers), words.count == 2 else { return nil }
    return share(words[0], words[1])
  }

  private static func older(_ folder: String, _ read: (String) -> String?) -> Int? {
    guard let quota = read(folder + "/cpu.cfs_quota_us").map(numbers)?.first,
      let period = read(folder + "/cpu.cfs_period_us").map(numbers)?.first
    else { return nil }
    return share(quota, period)
  }

  private static func share(_ quota: Int, _ period: Int) -> Int? {
    guard quota > 0, period > 0 else { return nil }
    return max(quota / period + (quota % period == 0 ? 0 : 1), 1)
  }

  /// Returns the words of a text as numbers; "max" is -1.
  private static func numbers(_ text: String) -> [Int] {
    text.split { $0 == " " || $0 == "\n" }.map { Int($0) ?? -1 }
  }

  private static func read(_ path: String) -> String? {
    guard let bytes = try? FileReader.read(path: path, limit: 1 << 20) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Names one thing that makes a call's result and has changed between a run and now.
public enum OriginDifference: Sendable, Hashable {
  case newerRecords(Int)
  case host(then: String, now: String)
  case abi(then: String, now: String)
  /// Values that the command line gave parameters, in the manifest's place.
  case settings(then: [Setting], now: [Setting])
  case machine(then: String, now: String)
  case pluginMissing(String)
  case pluginNew(String)
  /// A source or a header of a plugin; nil: it was not one, or is not one now.
  case source(String, plugin: String, then: PluginOrigin.File?, now: PluginOrigin.File?)
  case compiler(plugin: String, then: String, now: String)
  case flags(plugin: String, then: [String], now: [String])
  case functions(plugin: String, gone: [String], new: [String])
  /// Not where it was compiled, and a source, the compiler or a flag says why.
  case library(plugin: String, then: PluginOrigin.File, now: PluginOrigin.File)
}

extension RunOrigin {
  /// Returns what differs from what it was `then`. What is not known of either is passed over. O(size).
  public func differences(from then: RunOrigin) -> [OriginDifference] {
    var found: [OriginDifference] = []
    if then.version > Self.version { found.append(.newerRecords(then.version)) }
    if Self.differ(then.host, host) || Self.differ(then.build, build) {
      found.append(.host(then: then.hostText, now: hostText))
    }
    if Self.differ(then.abi, abi) { found.append(.abi(then: then.abi, now: abi)) }
    if then.settings != settings {
      found.append(.settings(then: then.settings, now: settings))
    }
    found += machine.differences(from: then.machine)
    // Older records name the plugins of the command line alone.
    guard then.version > 1 else { return found }
    for plugin in then.plugins {
      if let now = plugins.first(where: { $0.path.hasBytes(of: plugin.path) }) {
        found += now.differences(from: plugin)
      } else {
        found.append(.pluginMissing(plugin.path))
      }
    }
    for plugin in plugins where !then.plugins.contains(where: { $0.path == plugin.path }) {
      found.append(.pluginNew(plugin.path))
    }
    return found
  }

  private var hostText: String {
    [host, build.isEmpty ? "" : "build \(build)"].filter { !$0.isEmpty }.joined(separator: ", ")
  }

  fileprivate static func differ(_ then: String, _ now: String) -> Bool {
    !then.isEmpty && !now.isEmpty && then != now
  }
}

extension MachineFacts {
  fileprivate func differences(from then: MachineFacts) -> [OriginDifference] {
    let parts = [
      (then.system, system), (then.release, release), (then.machine, machine),
      (then.processor, processor),
    ]
    return parts.filter { RunOrigin.differ($0.0, $0.1) }.map { .machine(then: $0.0, now: $0.1) }
  }
}

extension PluginOrigin {
  fileprivate func differences(from then: PluginOrigin) -> [OriginDifference] {
    var found: [OriginDifference] = []
    for source in then.sources {
      let now = sources.first { $0.path.hasBytes(of: source.path) }
      if let now, !now.isOther(than: source) { continue }
      found.append(.source(source.path, plugin: path, then: source, now: now))
    }
    for source in sources where !then.sources.contains(where: { $0.path == source.path }) {
      found.append(.source(source.path, plugin: path, then: nil, now: source))
    }
    if RunOrigin.differ(then.compiler, compiler) {
      found.append(.compiler(plugin: path, then: then.compiler, now: compiler))
    }
    if then.flags != flags {
      found.append(.flags(plugin: path, then: then.flags, now: flags))
    }
    let (old, new) = (Set(then.functions), Set(functions))
    if old != new {
      found.append(
        .functions(
          plugin: path, gone: then.functions.filter { !new.contains($0) },
          new: functions.filter { !old.contains($0) }))
    }
    let isExplained = !found.isEmpty && !sources.isEmpty
    if !isExplained, let past = then.library, let library, library.isOther(than: past) {
      found.append(.library(plugin: path, then: past, now: library))
    }
    return found
  }
}

extension PluginOrigin.File {
  /// Whether it holds something else, as far as both are known.
  fileprivate func isOther(than then: PluginOrigin.File) -> Bool {
    RunOrigin.differ(then.sha256, sha256) || then.bytes >= 0 && bytes >= 0 && then.bytes != bytes
  }
}

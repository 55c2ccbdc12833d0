import KernelHost
import KernelHostModel

/// What is said of shards.
extension Messages {
  /// With more shards than this, those that do the same are one line.
  private static let mostLines = 40
  /// A shard that runs and has written nothing for this number of seconds is shown alone.
  private static let silence = 30.0

  /// The process that runs, how fast it is, and how long it will take.
  static func pace(_ holder: JournalSegmentHead?, _ rate: Double?, _ eta: Double?) -> String {
    let who = holder.map {
      "process \($0.process) on \(Wording.plain($0.host)), since \(Wording.plain($0.began))"
    }
    return [who, rate.map(Wording.rate), eta.map(Wording.left)].compactMap { $0 }
      .joined(separator: ", ")
  }

  /// A line for each shard; of many, those that do the same are one.
  static func shards(_ status: JournalStatus) -> [String] {
    guard let count = status.shardCount else { return [] }
    let begun = status.shards.reduce(0) { $0 + $1.shards.count }
    var lines = ["\(Wording.grouped(count)) shards, \(Wording.grouped(count - begun)) not begun"]
    if status.shards.count <= mostLines {
      return lines + status.shards.map(line)
    }
    for state in ShardStatus.State.allCases {
      let some = status.shards.filter { $0.state == state }
      if some.isEmpty { continue }
      let all = ShardSet(some.lazy.flatMap { $0.shards.ranges.lazy.flatMap { $0 } })
      lines.append(
        "\(Wording.grouped(all.count)) \(state.rawValue): \(brief(all))")
    }
    // The slowest, and those of which nothing is heard.
    let running = status.shards.filter { $0.isRunning }
    let silent = running.filter { $0.age > silence }.sorted { $0.age > $1.age }
    let slow = running.filter { $0.age <= silence }.sorted {
      $0.eta ?? .infinity > $1.eta ?? .infinity
    }
    return lines + (silent.prefix(mostLines / 2) + slow.prefix(5)).map(line)
  }

  /// The first of many ranges.
  private static func brief(_ shards: ShardSet) -> String {
    let text = shards.description
    guard text.count > 60, let end = text.prefix(60).lastIndex(of: ",") else { return text }
    return text[..<end] + ",..."
  }

  private static func line(_ shard: ShardStatus) -> String {
    let part = shard.planned > 0 ? Double(shard.counts.total) / Double(shard.planned) : 1
    var words = [
      "shard \(shard.shards): \(Wording.done(shard.counts.total, of: shard.planned)) "
        + "(\(Wording.percent(part)))"
    ]
    if let failed = Wording.notOK(shard.counts.occurred) { words.append(failed) }
    words.append(shard.state.rawValue)
    if shard.isRunning {
      let pace = pace(shard.holder, shard.rate, shard.eta)
      if !pace.isEmpty { words.append(pace) }
    }
    if shard.state != .complete { words.append("last record \(Wording.duration(shard.age)) ago") }
    return words.joined(separator: ", ")
  }
}

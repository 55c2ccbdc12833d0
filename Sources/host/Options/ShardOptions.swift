import KernelBridge
import KernelHost
import KernelHostModel

/// The options of `run` for the shards of a run.
struct ShardOptions {
  static let options = [
    Option("shard", value: "i/n|auto", completion: .words(["auto"])),
    Option("deal", choices: Deal.Style.self),
    Option("reshard", value: "M"),
    Option("explain-shard"),
  ]

  /// Nil: the process makes the run as a whole.
  private let request: ShardRequest?
  private let style: Deal.Style?
  private let count: Int?
  let explains: Bool

  init(_ parsed: OptionParser, _ run: Run.Options) throws(CommandError) {
    style = try parsed.choice("deal")
    count = try parsed.number("reshard", 1...Deal.mostShards - 1)
    explains = parsed.flags.contains("explain-shard")
    guard let text = parsed.values["shard"] else {
      request = nil
      for name in Self.options.map({ $0.long })
      where parsed.values[name] != nil || parsed.flags.contains(name) {
        throw .usage(Messages.needsShard(name))
      }
      return
    }
    guard let request = ShardRequest(text) else {
      throw .usage(
        Messages.wrongValue("--shard", found: text, expected: ShardRequest.expected))
    }
    self.request = request
    if parsed.values["journal"] == nil, !explains { throw .usage(Messages.shardNeedsJournal) }
    for name in ["output", "format"] where parsed.values[name] != nil {
      throw .usage(Messages.noResultsOfShard(name))
    }
    if parsed.flags.contains("dry-run") { throw .usage(Messages.dryShard) }
    if let count, let other = Self.count(request), count != other {
      throw .usage(Messages.otherReshard(count, other))
    }
  }

  private static func count(_ request: ShardRequest) -> Int? {
    switch request {
    case .shards(_, let count): count
    case .automatic(let count): count
    }
  }

  var isGiven: Bool { request != nil }

  /// The shards that the process is to make; nil: it makes the run as a whole. `folder`: of the
  /// journal, which may not exist yet.
  func part(_ folder: String?) throws(CommandError) -> ShardPart? {
    switch request {
    case nil: return nil
    case .shards(let shards, let count): return part(shards, of: count)
    case .automatic(let asked):
      let decision = EngineDecision(Self.environment)
      do throws(EngineDecision.Refusal) {
        let (shard, count) = try decision.shard(
          asked: count ?? asked, journal: try Self.count(ofJournal: folder))
        return part(ShardSet(shard), of: count)
      } catch {
        throw .usage(Wording.noShard(error))
      }
    }
  }

  private func part(_ shards: ShardSet, of count: Int) -> ShardPart {
    ShardPart(shards, of: count, style: style, isDealtAnew: self.count != nil)
  }

  /// A journal that cannot be read is refused when it is opened.
  private static func count(ofJournal folder: String?) throws(EngineDecision.Refusal) -> Int? {
    guard let folder, let journal = try? JournalFolder(reading: folder) else { return nil }
    return (try? journal.shardCount()) ?? nil
  }

  private static var environment: [String: String] {
    var found: [String: String] = [:]
    for name in EngineDecision.names { found[name] = environmentVariable(name) }
    return found
  }

  /// `--explain-shard`: what was seen and decided.
  func explain(_ folder: String?, _ console: Console) throws(CommandError) -> ExitCode {
    var lines: [String] = []
    if case .automatic = request {
      lines = Wording.seenVariables(EngineDecision(Self.environment))
    }
    do throws(CommandError) {
      guard let part = try part(folder) else { return .usage }
      lines.append(Wording.decidedShard(part.shards, of: part.count, calls: nil))
    } catch {
      _ = console.show(lines.map { $0 + "\n" }.joined())
      throw error
    }
    return console.show(lines.map { $0 + "\n" }.joined())
  }
}

/// What exit code 0 of a run means.
enum ExitRule: String, CaseIterable {
  /// Each call's token is ok.
  case tokens
  /// Each call has its token.
  case done
}

extension Messages {
  fileprivate static func needsShard(_ name: String) -> String {
    "option --\(name) is for a shard of a run; add --shard i/n, or remove --\(name)"
  }

  fileprivate static let shardNeedsJournal =
    "option --shard is for a run with a journal, which all shards share; add --journal DIR"

  fileprivate static func noResultsOfShard(_ name: String) -> String {
    "option --\(name) has no effect with --shard, for the results are those of all shards; remove it, "
      + "and write them by host results DIR when the shards are done"
  }

  fileprivate static let dryShard =
    "option --dry-run shows the calls of all shards; remove --shard"

  fileprivate static func otherReshard(_ count: Int, _ other: Int) -> String {
    "options --reshard \(count) and --shard have different numbers of shards: \(count) and \(other); "
      + "write the same number in both"
  }
}

import KernelBridge
import KernelHost
import KernelHostModel

/// `host merge DIR...`: the results of a run from all journals of it.
enum MergeCommand: Subcommand {
  static let form = "merge DIR..."
  static let summary = "make one file of the results of journals"
  static let help = """
    host merge - make one file of results from the journals of a run

    usage: host merge [options] DIR...

    Reads one journal, or several of the same run: that all shards write, or one of
    each machine. Each call is written exactly once, in the order of the calls, as
    host results would write it. Nothing is written unless each call has a record.
    Records of another manifest, kernel or ABI are refused, with what differs.

      -o, --output FILE  where they are written (default: standard output); complete
                         or absent
      --format FORMAT    as for run (default: by the ending of FILE, else text);
                         --nan, --csv-units and --csv-elements, too
      --check            write nothing, only look whether all is there
      --missing FILE     write the numbers of the shards with missing calls to FILE,
                         one a line; for a run without shards, ranges of calls.
                         FILE is empty if all is there
    Of several records of a call, one counts:
      equal ones         the first; they are counted
      a better one       what the kernel itself said, instead of a crash, a timeout,
                         or a loss of the call in another process
      unequal ones       are a conflict: a call of a kernel has one result. Both are
                         shown, with the machines that made them

    exit code 0: every token is ok; 1: some token is not ok; 2: no journals of one
    run, or a file of one cannot be read; 3: the results could not be written;
    4: calls have no record; they are listed as engines take them; 5: records of a
    call contradict each other

    example: host merge node1.kh node2.kh -o results.jsonl

    """

  static let options =
    [
      Option("output", short: "o", value: "FILE"),
      Option("format", value: "FORMAT", choices: Format.self),
      Option("check"),
      Option("missing", value: "FILE"),
    ] + RecordOptions.options
  static let operands = [Completion.folder]
  static let moreOperands = Completion.folder

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    if parsed.operands.isEmpty { throw .usage(Messages.oneJournal("merge", found: 0)) }
    let isCheck = parsed.flags.contains("check")
    let options = isCheck ? nil : try RecordOptions.ofJournal(parsed, console)
    if isCheck, let name = ["output", "format"].first(where: { parsed.values[$0] != nil }) {
      throw .usage(Messages.checkWrites(name))
    }
    var folders: [JournalFolder] = []
    for path in parsed.operands { folders.append(try JournalLoader.folder(path)) }
    try checkPlaces(parsed)
    let merge: JournalMerge
    do throws(JournalError) {
      merge = try JournalMerge(folders)
    } catch {
      var lines = error.lines
      lines[0] = Messages.error(lines[0])
      throw .input(lines)
    }
    if merge.damageCount > 0 {
      console.say(Messages.warning(Messages.damage(merge.damage, count: merge.damageCount)))
    }
    let summary: JournalMerge.Summary
    do throws(SystemError) {
      summary = try merge.write(options)
      if let failure = summary.failure { throw failure }
      if let path = parsed.values["missing"] { try write(summary.missing, to: path) }
    } catch {
      throw CommandError(error, output: parsed.values["output"])
    }
    for line in Messages.merged(summary, folders, isCheck: isCheck) { console.say(line) }
    if summary.conflictCount > 0 { return .conflict }
    if summary.missing.count > 0 { return .incomplete }
    return summary.counts[.ok] == summary.callCount ? .ok : .notOK
  }

  /// Two files that are written must not be one.
  private static func checkPlaces(_ parsed: OptionParser) throws(CommandError) {
    let named = ["output", "missing"].compactMap { name in
      parsed.values[name].map { (name: name, path: $0) }
    }
    if named.count == 2, let first = FileFacts.identity(named[0].path),
      first == FileFacts.identity(named[1].path)
    {
      throw .usage(Messages.sameFile("--output", "--missing", named[1].path))
    }
  }

  /// One a line: shards, or calls of a run without shards.
  private static func write(_ missing: MissingCalls, to path: String) throws(SystemError) {
    let file = try OutputFile(path: path, action: "write the missing shards to")
    if let shards = missing.shards {
      for range in shards.ranges { for shard in range { try file.write("\(shard)\n") } }
    } else {
      for range in missing.ranges { try file.write(Wording.callList([range]) + "\n") }
    }
    try file.commit()
  }
}

extension Messages {
  fileprivate static func checkWrites(_ name: String) -> String {
    "--check writes no results, so --\(name) has no effect; remove one of them"
  }

  /// What was found, a line each.
  fileprivate static func merged(
    _ summary: JournalMerge.Summary, _ folders: [JournalFolder], isCheck: Bool
  ) -> [String] {
    var lines: [String] = []
    if let text = Wording.mergeRepeats(equal: summary.duplicates, replaced: summary.replaced) {
      lines.append(note(text))
    }
    if summary.conflictCount > 0 {
      lines.append(error(Wording.mergeConflicts(summary.conflictCount, isCheck: isCheck)))
      lines += summary.conflicts.map { conflict in
        Wording.conflict(
          ofCall: conflict.call,
          [conflict.first, conflict.second].map { ($0.end.token.triple, $0.machine, $0.path) })
      }
    }
    let missing = summary.missing
    if missing.count > 0 {
      let journal = shellWord(folders[0].path)
      let manifest = shellWord(folders[0].run.manifest.name)
      lines.append(
        error(Wording.mergeIncomplete(missing.count, of: summary.callCount, isCheck: isCheck)))
      if let shards = missing.shards, let count = missing.shardCount {
        if !shards.isEmpty {
          lines += Wording.missingShards(shards, of: count, journal: journal, manifest: manifest)
        }
        if missing.waiting > 0 {
          lines.append(Wording.missingWaiting(missing.waiting, journal: journal))
        }
      } else {
        lines += Wording.missingCalls(
          missing.ranges, hasMore: missing.hasMoreRanges, journal: journal, manifest: manifest)
      }
    } else if summary.conflictCount == 0, summary.counts.notOK > 0 {
      lines.append(notOK(summary.counts.occurred, of: summary.callCount))
    }
    return lines
  }
}

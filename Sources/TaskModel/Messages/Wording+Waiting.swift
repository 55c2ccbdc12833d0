/// The messages about tasks that wait for others.
extension Wording {
  static func waiting(_ problem: WaitingProblem, in source: SourceText) -> String {
    switch problem {
    case .unknownTask(let name, let near):
      return "no task has the name \(quoted(name))"
        + (near.map(didYouMean)
          ?? "; add \"name\": \(quoted(name)) to the task that it should wait for")
    case .twoKinds:
      return
        "\"result\" is the result of one call, \"results\" those of all calls; remove one of them"
    case .inSweep:
      return
        "a sweep's values must be known before the run, and this one comes from another task; move "
        + "it to \"args\""
    case .inRequest:
      return
        "a request is one task and cannot wait for others; take the results from their records, or "
        + "run all tasks as a manifest with `host run`"
    case .resultsInArray:
      return "\"results\" is an array itself; write it in place of the array"
    case .severalCalls(let task, let written, let count):
      return "the task \(quoted(task)) makes \(counted(count, "call")); write "
        + "{\"results\": \(quoted(written))} for the array of their results"
    case .tooManyResults(let task, let count, let most):
      return
        "the task \(quoted(task)) makes \(counted(count, "call")), and an array takes the results "
        + "of at most \(grouped(most)); split the task, or give its sweep fewer values"
    case .noResult(let task, let kernel):
      return
        "the task \(quoted(task)) has no result, because kernel \(quoted(kernel)) returns nothing; to "
        + "wait for the task only, write \"after\": \(quoted(task))"
    case .whichResult(let task, let kernel, let field, let near, let known):
      let found =
        field.map { "kernel \(quoted(kernel)) has no result \(quoted($0))" }
        ?? "kernel \(quoted(kernel)) of the task has several results"
      return found
        + (near.map(didYouMean)
          ?? "; it has \(list(known)): write \(quoted(task + "." + (known.first ?? "")))")
    case .wrongType(
      let parameter, let kernel, let expected, let isElement, let found, let isAll,
      let task):
      return "argument \(quoted(parameter)) of \(quoted(kernel)) is \(type(expected)); "
        + (isElement ? "its element, the result of" : isAll ? "the results of" : "the result of")
        + " \(quoted(task)), \(isAll ? "are each" : "is") \(type(found))"
    case .cycle(let links, let count): return cycle(links, count, in: source)
    }
  }

  private static func cycle(
    _ links: [WaitingProblem.Link], _ count: Int, in source: SourceText
  ) -> String {
    guard let first = links.first else { return "" }
    if count == 1 { return "the task \(quoted(first.task)) waits for itself; remove this" }
    let text = links.enumerated().map { index, link in
      let next = index + 1 < links.count ? quoted(links[index + 1].task) : nil
      return "\(quoted(link.task)) (\(line(link.place, in: source))) for "
        + (next ?? (count > links.count ? "another" : quoted(first.task)))
    }.joined(separator: ", ")
    let more = count > links.count ? ", and so on over \(counted(count, "task"))" : ""
    return "these tasks wait for each other, so they can never start: \(text)\(more); remove one "
      + "of these dependencies"
  }

  // MARK: Tokens

  /// The message of a call that is skipped because a dependency failed. `chain` has the tasks in
  /// between, the nearest first. `hidden` is how many of them are not listed, and `cause` is the
  /// first failure.
  public static func skipped(chain: [String], hidden: Int, cause: String) -> String {
    var text = ""
    for (index, name) in chain.enumerated() {
      text += index == 0 ? "waited for " : ", which waited for "
      if hidden > 0, index == chain.count - 1 {
        text += "\(counted(hidden, "more task")) and finally for "
      }
      text += quoted(name)
    }
    return text + ", " + cause
  }

  /// The first failure of a chain: "which failed (call 5): EIO: no".
  public static func failedFirst(call: Int?, error: String) -> String {
    "which failed" + (call.map { " (call \($0))" } ?? "") + ": \(error)"
  }

  /// The message of a call whose parameter does not allow the result that it takes.
  public static func badResult(_ reason: String) -> String {
    "\(reason), which is the result of another task"
  }

  /// The message of a call that `--halt` skips. `limit` is like "3" or "5%".
  public static func halted(after limit: String) -> String {
    "not called: --halt ended the run after "
      + (limit == "1"
        ? "the first failed call"
        : limit.hasSuffix("%") ? "\(limit) of the calls had failed" : "\(limit) failed calls")
  }
}

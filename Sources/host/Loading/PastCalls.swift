import KernelBridge
import KernelHost
import KernelHostModel

/// The results of a run, of which some calls are made again.
struct PastCalls {
  /// The manifest of the results.
  let manifest: String
  /// How it is written, if the results say so.
  let input: ManifestFormat?
  let path: String
  let origin: RunOrigin?
  private var failed: [Int] = []
  private var lost: [Int] = []

  /// Reads results. `operands` are the manifest and the results, or only the results, which then
  /// name the manifest. O(bytes).
  init(_ operands: [String]) throws(CommandError) {
    guard let path = operands.last, operands.count <= 2, path != "-" else {
      throw .usage(Messages.rerunOperands)
    }
    var origin: RunOrigin?
    var ends: [Int: Status] = [:]
    do throws(CommandError) {
      _ = try RecordLoader.read(path) {
        origin = $0
        // A file may hold several runs: the last one counts.
        ends = [:]
      } _: { record in
        ends[record.call] = record.status == .ok ? nil : record.status
      }
    } catch {
      // A manifest alone has no results.
      throw origin == nil && operands.count == 1 ? .usage(Messages.rerunOperands) : error
    }
    self.path = path
    self.origin = origin
    for (call, status) in ends {
      if status == .lost { lost.append(call) } else { failed.append(call) }
    }
    guard let manifest = operands.count == 2 ? operands[0] : origin?.manifest else {
      throw .usage(origin == nil ? Messages.rerunOperands : Messages.rerunWithoutManifest(path))
    }
    self.manifest = manifest
    input = operands.count == 2 ? nil : origin?.input
  }

  /// Whether the manifest is another than that of the results.
  func isOther(_ manifest: RunOrigin) -> Bool {
    origin.map { $0.fingerprint != manifest.fingerprint } ?? false
  }

  /// Throws if one of the calls now has other arguments than its record: records of both would be
  /// taken for one study. `known`: results that calls wait for. O(bytes).
  func checkArguments(
    of calls: Selection, _ plan: Plan, known: [Int: Value]
  ) throws(CommandError) {
    var first: (call: Int, difference: PastArguments.Difference)?
    _ = try RecordLoader.read(path) { record in
      guard first == nil, record.call < plan.callCount,
        !calls.calls(in: record.call..<record.call + 1).isEmpty
      else { return }
      let now = Run.arguments(ofCall: record.call, plan, known: known)
      let past = PastArguments(
        record.args, plan.signature(ofCall: record.call).parameters, now: now)
      // A parameter that the kernel did not have, or has no more, is a change of its code.
      let other = past.differences.first {
        switch $0 {
        case .changed, .otherHash, .unfit: true
        case .gone, .new: false
        }
      }
      first = other.map { (record.call, $0) }
    }
    if let first { throw .usage(Messages.rerunArguments(first.call, first.difference, manifest)) }
  }

  /// Returns the calls to make again, and results of others that they wait for.
  func selection(
    _ rerun: String, _ plan: Plan
  ) throws(CommandError) -> (selection: Selection, known: [Int: Value]) {
    let asked: Selection
    switch rerun {
    case "failed": asked = try chosen(failed, rerun, plan)
    case "lost": asked = try chosen(lost, rerun, plan)
    default: asked = try SelectionOptions(named: rerun, option: "--rerun").selected(plan)
    }
    let all = plan.closed(asked)
    if all.count == asked.count { return (asked, [:]) }
    var known: [Int: Value] = [:]
    _ = try RecordLoader.read(path) { record in
      guard record.status == .ok, record.call < plan.callCount,
        !all.calls(in: record.call..<record.call + 1).isEmpty,
        asked.calls(in: record.call..<record.call + 1).isEmpty
      else { return }
      known[record.call] = record.result.read(as: plan.signature(ofCall: record.call).results)
    }
    let made = all.ranges.flatMap { $0 }.filter { known[$0] == nil }
    return (Selection(made.map { $0..<$0 + 1 }), known)
  }

  private func chosen(
    _ calls: [Int], _ rerun: String, _ plan: Plan
  ) throws(CommandError) -> Selection {
    if calls.isEmpty { throw .usage(Messages.nothingToRerun(path, rerun)) }
    guard let last = calls.max(), last < plan.callCount else {
      throw .usage(Messages.rerunOther(path, manifest))
    }
    return Selection(calls.sorted().map { $0..<$0 + 1 })
  }
}

extension Messages {
  fileprivate static let rerunOperands =
    "option --rerun needs a journal or the results of a run; add --journal DIR, or write "
    + "host run --rerun failed [MANIFEST] RESULTS.jsonl"

  fileprivate static func rerunWithoutManifest(_ path: String) -> String {
    "option --rerun: the manifest of \(quoted(path)) was no file, but standard input or host call; "
      + "name one: host run --rerun failed MANIFEST \(shellWord(path))"
  }

  fileprivate static func nothingToRerun(_ path: String, _ what: String) -> String {
    "option --rerun: \(quoted(path)) has no call that is \(what); nothing ran"
  }

  fileprivate static func rerunOther(_ path: String, _ manifest: String) -> String {
    "option --rerun: \(quoted(path)) has calls that the manifest \(quoted(manifest)) does not have; "
      + "name the manifest of these results"
  }

  fileprivate static func rerunArguments(
    _ call: Int, _ difference: PastArguments.Difference, _ manifest: String
  ) -> String {
    let (name, then, now) =
      switch difference {
      case .changed(let name, let then, let now), .otherHash(let name, let then, let now),
        .unfit(let name, let then, _, let now):
        (name, then, now)
      case .gone(let name, let then): (name, then, "no such parameter")
      case .new(let name, let now): (name, "no such parameter", now)
      }
    return
      "option --rerun: call \(call) had \(name)=\(then) when these results were written, and the "
      + "manifest \(quoted(manifest)) now has \(name)=\(now); undo that change, or run the study anew"
  }

  static func rerunChanged(_ manifest: String) -> String {
    "the manifest \(quoted(manifest)) has changed since these results were written"
  }
}

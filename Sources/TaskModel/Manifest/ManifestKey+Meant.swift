/// Names that are no keys and stand for one: what other programs call it, and options of the
/// command line.
extension ManifestKey {
  /// The key that a name probably stands for in a section; nil: no key is near.
  static func meant(by name: String, in section: Problem.Section) -> ManifestKey? {
    let folded = fold(name)
    let known = known(in: section)
    if let key = synonyms[folded]?.first(where: known.contains) { return key }
    return NearName.nearest(to: name, among: known.map { $0.text }).flatMap { near in
      known.first { $0.text == near }
    }
  }

  /// The sections that a key belongs into which a name stands for, whatever the section that it
  /// was found in.
  static func sections(of name: String) -> (key: ManifestKey, sections: [Problem.Section])? {
    let folded = fold(name)
    guard let key = allCases.first(where: { fold($0.text) == folded }) else { return nil }
    let sections = Problem.Section.ofManifests.filter { known(in: $0).contains(key) }
    return sections.isEmpty ? nil : (key, sections)
  }

  private static func fold(_ name: String) -> String {
    name.utf8.count > 64 ? "" : name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
  }

  /// By names without "_" and "-".
  private static let synonyms: [String: [ManifestKey]] = {
    let words: [(ManifestKey, String)] = [
      (.from, "start begin first min minimum low lower lo"),
      (.to, "stop end last max maximum high upper hi until"),
      (.count, "num n number points size length"), (.step, "by increment delta stride"),
      (.log, "logarithmic logscale logspace geometric"),
      (.args, "arguments params parameters parameter input inputs kwargs"),
      (.kernel, "function func call run task kernelname type"), (.name, "id title label task"),
      (.tasks, "calls jobs kernels steps work"),
      (.after, "dependson depends needs requires waits wait"),
      (.retries, "attempts tries retrycount maxretries"), (.times, "count max n attempts"),
      (.delay, "wait backoff pause"), (.on, "for status statuses errors"),
      (.timeout, "timelimit limit maxtime seconds"), (.deadline, "walltime wall"),
      (.memory, "ram mem memorylimit maxmemory"), (.cpu, "cputime processor"),
      (.jobs, "workers threads lanes processes parallelism cores n"), (.mode, "parallel execution"),
      (.plugins, "libraries plugin modules sources"), (.sweep, "grid range ranges vary matrix"),
      (.repeat, "repeats repetitions times replicates"), (.include, "includes includedirs headers"),
      (.flags, "cflags options compilerflags"), (.libraries, "libs link"),
      (.path, "file source src"), (.functions, "function prototypes declarations"),
      (.read, "reads readonly ro input"), (.write, "writes readwrite rw output"),
      (.addressSpace, "memory as vmem"), (.crashLimit, "crashes maxcrashes"),
      (.metadata, "meta comment comments description notes title"), (.result, "value output"),
      (.defaults, "default global globals common"), (.function, "prototype declaration"),
      (.`as`, "name alias"), (.error, "errors errno"), (.zip, "zipped pair paired"),
      (.allow, "allowread allowwrite"),
    ]
    var table: [String: [ManifestKey]] = [:]
    for (key, names) in words {
      for name in names.split(separator: " ") { table[String(name), default: []].append(key) }
    }
    return table
  }()
}

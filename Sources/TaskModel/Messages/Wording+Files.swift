/// The messages about files that are not manifests.
extension Wording {
  /// The message about a file of another kind. `name` is the file's name as it was given.
  static func foreign(_ file: ForeignFile, name: String) -> String {
    let isHere = name.hasPrefix("<")
    let shown = isHere ? "FILE.c" : name
    switch file {
    case .source:
      return "this is C or C++ source, not a manifest; name it in one, "
        + "{\"plugins\": [\(path(shown))], \"tasks\": [{\"kernel\": \"NAME\"}]}; "
        + "`host kernels --plugin \(Printable.plain(shown))` lists its kernels, and `host new NAME` makes "
        + "an example of both files"
    case .library:
      return "this is an ELF file, a library or a program, not a manifest; if it has kernels, name "
        + "it in a manifest, {\"plugins\": [\(path(isHere ? "./libNAME.so" : name))], \"tasks\": "
        + "[{\"kernel\": \"NAME\"}]}"
    case .results(.jsonl):
      return
        "these are results of `host run`, not a manifest; `host report FILE -o run.html` makes "
        + "a page of them, and `host replay FILE --call K` repeats call K"
    case .results(.json), .results(.csv):
      return "these are results of `host run`, not a manifest; name the manifest of that run"
    case .results(.events):
      return "these are events of `host run --events`, not a manifest; name the manifest of the run"
    case .table:
      return "this is a table, not a manifest; a manifest is JSON, like "
        + "{\"tasks\": [{\"kernel\": \"for_loop\"}]}"
    case .language(let name):
      return "this is \(name), not a manifest; a manifest is JSON, like "
        + "{\"tasks\": [{\"kernel\": \"for_loop\"}]}"
    }
  }

  static func allowedPath(_ problem: AllowedPathProblem) -> String {
    "\"allow\": cannot \(problem.key) \(path(problem.written))"
      + allowedPath(problem.written, problem.absolute, problem.reason)
  }

  /// The message about a path that the command line allows.
  public static func allowedPath(
    option: String, _ written: String, absolute: String, reason: String
  ) -> String {
    "option --\(option): found \(path(written))"
      + allowedPath(written, absolute, reason)
  }

  private static func allowedPath(
    _ written: String, _ absolute: String, _ reason: String
  ) -> String {
    let place = written == absolute ? "" : ", which is \(path(absolute))"
    let advice =
      written.hasPrefix("~")
      ? "\"~\" is not expanded here: write the whole path"
      : written.contains("$")
        ? "variables are not expanded here: write the path itself"
        : "create it, or remove it from the list"
    return "\(place): \(reason); \(advice)"
  }

  /// The message about records in place of a manifest.
  public static func records(_ name: String) -> String {
    "\(path(name)) has the results of a run, and is not a manifest; host report, host replay and "
      + "host run --rerun take it"
  }

  /// The message about a folder in place of a manifest.
  public static func folder(_ name: String) -> String {
    "\(path(name)) is a folder, not a manifest; name a file in it"
  }
}

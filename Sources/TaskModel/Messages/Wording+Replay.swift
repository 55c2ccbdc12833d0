/// The texts of `host replay`: what has changed since the run, and whether the call ended as
/// before.
extension Wording {
  public static func changed(_ difference: OriginDifference) -> String {
    switch difference {
    case .newerRecords(let version): newerRecords(version)
    case .host(let then, let now): "the host has changed: then \(plain(then)); now \(plain(now))"
    case .settings(let then, let now):
      "values that --set gives: then \(values(then)), now \(values(now))"
    case .abi(let then, let now): "the kernel ABI: then \(plain(then)), now \(plain(now))"
    case .machine(let then, let now):
      "the machine has changed: then \(path(then)), now \(path(now))"
    case .pluginMissing(let path): "plugin \(self.path(path)) was loaded then, and is not now"
    case .pluginNew(let path): "plugin \(self.path(path)) was not loaded then"
    case .source(let path, let plugin, let then, let now):
      source(path, of: plugin, then, now)
    case .compiler(let plugin, let then, let now):
      "plugin \(path(plugin)): the compiler has changed: then \(path(then)), now \(path(now))"
    case .flags(let plugin, let then, let now):
      "plugin \(path(plugin)): the compiler's flags: then \(words(then)); now \(words(now))"
    case .functions(let plugin, let gone, let new):
      "plugin \(path(plugin)): "
        + [declarations("not declared any more", gone), declarations("not declared then", new)]
        .filter { !$0.isEmpty }.joined(separator: "; ")
    case .library(let plugin, let then, let now):
      "plugin \(path(plugin)): the library has changed: then \(content(then)); now \(content(now))"
    }
  }

  private static func values(_ settings: [Setting]) -> String {
    settings.isEmpty ? "no value" : plain(settings.map { $0.text }.joined(separator: " "))
  }

  private static func source(
    _ path: String, of plugin: String, _ then: PluginOrigin.File?, _ now: PluginOrigin.File?
  ) -> String {
    let start = "plugin \(self.path(plugin)): "
    guard let then else { return start + "it was not compiled from \(self.path(path)) then" }
    guard let now else { return start + "it is not compiled from \(self.path(path)) any more" }
    return start + "\(self.path(path)) has changed: then \(content(then)), now \(content(now))"
  }

  private static func content(_ file: PluginOrigin.File) -> String {
    let size = file.bytes < 0 ? "unknown" : "\(grouped(file.bytes)) bytes"
    return size
      + (file.sha256.isEmpty ? "" : " (SHA-256 \(plain(String(file.sha256.prefix(12))))...)")
  }

  private static func declarations(_ what: String, _ functions: [String]) -> String {
    functions.isEmpty ? "" : "\(what): \(plain(functions.joined(separator: "; ")))"
  }

  private static func words(_ words: [String]) -> String {
    words.isEmpty ? "no flags" : plain(words.joined(separator: " "))
  }

  public static func changed(_ difference: PastArguments.Difference) -> String {
    switch difference {
    case .changed(let name, let then, let now):
      "argument \(quoted(name)) was \(then), and would be \(now) now; the call is made with \(then)"
    case .otherHash(let name, let then, let now):
      "argument \(quoted(name)) was different: the record has its hash (\(then)), and now it is \(now); the "
        + "call is made with the value of now"
    case .unfit(let name, let then, let reason, let now):
      "argument \(quoted(name)) was \(then), which is not allowed now (\(reason)); the call is made "
        + "with \(now)"
    case .gone(let name, let then):
      "argument \(quoted(name)) was \(then), and the kernel has no such parameter now"
    case .new(let name, let now):
      "the kernel had no parameter \(quoted(name)) then; the call is made with \(now)"
    }
  }

  public static func other(_ difference: ResultDifference) -> String {
    switch difference {
    case .ending(let then, let now):
      return "it did not end as recorded: then \(then); now \(now)"
    case .otherResult(let then, let now):
      return "the record has a result that the kernel does not return now: then \(then), now \(now)"
    case .value(let name, let then, let now, let relative):
      return "\(subject(name)) differs from the record: then \(then), now \(now)"
        + (relative.map { " (relative difference \(short($0)))" } ?? "")
    case .count(let name, let then, let now):
      return "\(subject(name)) differs from the record: then \(grouped(then)) elements, now "
        + grouped(now)
    case .elements(let name, let count, let total, let first, let then, let now, let relative):
      return
        "\(subject(name)) differs from the record: \(grouped(count)) of \(grouped(total)) elements "
        + "differ, first element \(grouped(first)) (from 0): then \(then), now \(now) (largest "
        + "relative difference \(short(relative)))"
    }
  }

  public static let asRecorded = "it ended as recorded"

  private static func subject(_ name: String?) -> String {
    name.map { "the result \(quoted($0))" } ?? "the result"
  }

  /// Returns a number with three digits.
  private static func short(_ number: Double) -> String {
    guard number.isFinite, number > 0 else { return number.description }
    var exponent = 0
    var value = number
    while value < 1, exponent > -400 {
      value *= 10
      exponent -= 1
    }
    let rounded = (value * 100).rounded() / 100
    return exponent == 0 ? rounded.description : "\(rounded)e\(exponent)"
  }
}

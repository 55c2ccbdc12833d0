/// The sentences about kernels, calls and the system, for the other modules.
extension Wording {
  /// `known`: a few of the `count` kernels there are, to be named if none is near.
  public static func unknownKernel(
    _ name: String, near: String?, known: [String] = [], count: Int = 0
  ) -> String {
    let start = "kernel \(quoted(name)) is unknown"
    if let near { return start + didYouMean(near) }
    if known.isEmpty {
      return start + "; `host kernels` lists all, and with --plugin PATH those of a plugin"
    }
    return start + "; known kernels are " + list(known, count: count)
      + "; if a plugin has it, name the plugin in \"plugins\" or with --plugin"
  }

  public static func unknownParameter(
    _ name: String, kernel: String, known: [String]
  ) -> String {
    unknownParameter(
      name, kernel: kernel, near: NearName.nearest(to: name, among: known), known: known)
  }

  static func unknownParameter(
    _ name: String, kernel: String, near: String?, known: [String]
  ) -> String {
    "kernel \(quoted(kernel)) has no parameter \(quoted(name))"
      + (near.map { didYouMean($0) + " Its parameters are " }
        ?? (known.isEmpty ? "; it takes no arguments" : "; its parameters are "))
      + (known.isEmpty ? "" : list(known))
  }

  public static func tooManyPositional(kernel: String, found: Int, most: Int) -> String {
    "kernel \(quoted(kernel)) takes "
      + (most == 0 ? "no arguments" : "at most \(counted(most, "argument"))") + "; found \(found)"
  }

  public static func argumentTwice(_ name: String, kernel: String) -> String {
    "argument \(quoted(name)) of kernel \(quoted(kernel)) is given twice; give it once, "
      + "by position or by name"
  }

  public static func missingArgument(_ name: String, kernel: String) -> String {
    "kernel \(quoted(kernel)) needs the argument \(quoted(name)), which has no default"
  }

  /// What a call with wrong arguments throws.
  public static func badArgument(_ reason: String) -> CallError {
    CallError(status: .error, .invalidArgument, message: reason)
  }

  /// `own`: the seconds that the call itself took, its steps and sleeps.
  public static func timeout(seconds: Double, steps: Int64, own: Double) -> String {
    "did not end within \(plain(seconds)) s: stopped after \(counted(Int(steps), "step")), "
      + "\(ownTime(own))"
  }

  public static func deadline(seconds: Double, steps: Int64, own: Double) -> String {
    "did not end within \(plain(seconds)) s of its start, its deadline: stopped after "
      + "\(counted(Int(steps), "step")), \(ownTime(own))"
  }

  public static func cancelled(steps: Int64) -> String {
    steps == 0
      ? "cancelled before its first step" : "cancelled after \(counted(Int(steps), "step"))"
  }

  /// Behind the message of a call that a system call was refused to, by its `errno`; empty
  /// where no sandbox refuses in this way.
  public static func perhapsSandboxed(error: Int32, _ sandbox: SandboxLevel) -> String {
    if sandbox == .none { return "" }
    let allows = "; \"sandbox\": \"none\" in the manifest allows it"
    switch Errno(error) {
    case .notPermitted:
      return "; the sandbox refuses network, new processes, signals and priorities of others, and "
        + "owners, modes and times of files" + allows
    case .noAccess, .readOnly:
      let reads = sandbox == .strict ? " and reads only below \"allow\": {\"read\": [...]}" : ""
      return "; the sandbox lets a call write only below the paths of the manifest's "
        + "\"allow\": {\"write\": [...]} (--allow-write)\(reads), and lets no call read a terminal"
    default: return ""
    }
  }

  public static let taskCancelled = "the Swift task was cancelled"

  public static let argumentsTooLarge =
    "the call's state and arguments are larger than the memory that calls live in"

  public static func undeclaredName(code: Int32) -> String { "CODE_\(code.magnitude)" }

  public static func undeclared(code: Int32) -> String {
    "the kernel returned \(code), a code that it does not declare"
  }

  /// A failed system call: cannot open x.json: No such file or directory.
  /// `path` may be what a person calls it, like "standard output".
  public static func system(_ action: String, _ path: String?, _ reason: String) -> String {
    "cannot \(action)\(path.map { " \(Printable.plain($0))" } ?? ""): \(reason)"
  }
}

/// Parts of sentences.
extension Wording {
  /// A name or text in double quotes, with nothing in it that a terminal would obey.
  public static func quoted(_ text: String) -> String { Printable.quoted(text) }

  /// The same of a path, which is worth its room: cut, nobody could find it.
  public static func path(_ path: String) -> String { Printable.quoted(path, most: 1000) }

  /// 1234567 as 1,234,567.
  public static func grouped(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var index = digits.endIndex
    while digits.distance(from: digits.startIndex, to: index) > 3 {
      index = digits.index(index, offsetBy: -3)
      digits.insert(",", at: index)
    }
    return (number < 0 ? "-" : "") + digits
  }

  static func didYouMean(_ near: String) -> String { "; did you mean \(quoted(near))?" }

  /// "a", "b" and 11 more.
  static func list(_ names: [String], count: Int = 0, most: Int = 8) -> String {
    let shown = names.prefix(most).map(quoted)
    let hidden = max(names.count, count) - shown.count
    if hidden > 0 { return shown.joined(separator: ", ") + " and \(grouped(hidden)) more" }
    guard let last = shown.last, shown.count > 1 else { return shown.first ?? "none" }
    return shown.dropLast().joined(separator: ", ") + " and " + last
  }

  /// The same for other modules.
  public static func names(_ names: [String]) -> String { list(names) }

  /// "1 step", "1,234 steps".
  static func counted(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
    number == 1 ? "1 \(noun)" : "\(grouped(number)) \(plural ?? noun + "s")"
  }

  /// A number without ".0" where it is whole and not too long.
  public static func plain(_ number: Double) -> String {
    guard number.magnitude < 1e15, let whole = Int64(exactly: number) else {
      return number.description
    }
    return String(whole)
  }
}

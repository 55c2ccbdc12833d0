import KernelHost
import KernelHostModel

/// `host call KERNEL NAME=VALUE ...`: one kernel without a manifest.
enum CallCommand: Subcommand {
  static let form = "call KERNEL ..."
  static let summary = "call a kernel without a manifest"
  static let help = """
    host call - call a kernel without a manifest

    usage: host call KERNEL [NAME=VALUE ...] [--sweep NAME=VALUES ...] [options]

    Makes a manifest of one task from the command line and runs it. A VALUE is a
    JSON value; any other word is a string. VALUES are one of

        FROM:TO:COUNT        COUNT values with both ends
        FROM:TO:COUNT:log    the same, evenly spaced on a logarithmic scale
        FROM:TO:step=STEP    as far as whole steps lead
        A,B,C                these values

      --sweep NAME=VALUES  call the kernel with each of these values; several sweeps
                           give each combination, the first parameter slowest
      --repeat N           call each point N times
      --show-manifest      print the manifest and call nothing

    --format, -o, --output, --calls, --halt, -j, --jobs, -q, --quiet, --timeout,
    --retries, --grace and --check-memory are as for run. So are --summary,
    --progress, --report, --dry-run, --isolation, --sandbox, --allow-read,
    --allow-write and --plugin.

    example: host call logistic_map x0=0.2 --sweep r=2.5:4:1001 --format csv

    """

  private static let taken: Set<String> = [
    "format", "output", "calls", "jobs", "quiet", "timeout", "retries", "grace", "halt", "summary",
    "progress", "report", "dry-run", "check-memory",
  ]

  static let options =
    [
      Option("sweep", value: "NAME=VALUES", isRepeatable: true), Option("repeat", value: "N"),
      Option("show-manifest"),
    ] + RunCommand.options.filter { taken.contains($0.long) } + KernelOptions.options
  static let operands = [Completion.kernel]
  static let moreOperands = Completion.parameter

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let text = try manifest(parsed)
    if parsed.flags.contains("show-manifest") { return console.show(text + "\n", isData: true) }
    let stopper = Stopper(console)
    return try RunCommand.run(try RunRequest(parsed, console, text: text), stopper, console)
  }

  /// Returns the manifest that the command line stands for.
  private static func manifest(_ parsed: OptionParser) throws(CommandError) -> String {
    guard let kernel = parsed.operands.first else { throw .usage(Messages.noKernelToCall) }
    var task = "\"kernel\": \(quoted(kernel))"
    let args = try fields(parsed.operands.dropFirst(), "argument") { value, _ in
      GivenValues.json(value)
    }
    if !args.isEmpty { task += ", \"args\": {\(args)}" }
    let sweep = try fields((parsed.repeated["sweep"] ?? [])[...], "--sweep") {
      value, option throws(CommandError) in
      try GivenValues.sweep(value, option: option)
    }
    if !sweep.isEmpty { task += ", \"sweep\": {\(sweep)}" }
    if let count = try parsed.number("repeat", RunBounds.count) { task += ", \"repeat\": \(count)" }
    return "[{\(task)}]"
  }

  private static func fields(
    _ words: ArraySlice<String>, _ option: String,
    _ value: (String, String) throws(CommandError) -> String
  ) throws(CommandError) -> String {
    var parts: [String] = []
    for word in words {
      let (name, text) = try GivenValues.split(word, option: option)
      parts.append("\(quoted(name)): \(try value(text, option))")
    }
    return parts.joined(separator: ", ")
  }

  private static func quoted(_ text: String) -> String {
    var buffer: [UInt8] = []
    JSONWriter.text(text, to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }
}

extension Messages {
  fileprivate static let noKernelToCall =
    "no kernel given: host call KERNEL NAME=VALUE ...; `host kernels` lists them"
}

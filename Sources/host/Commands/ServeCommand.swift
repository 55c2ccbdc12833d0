import KernelBridge
import KernelHost
import KernelHostModel

/// `host serve`: calls for one client, which writes requests and reads records.
enum ServeCommand: Subcommand {
  static let form = "serve"
  static let summary = "make calls for a program, over pipes"
  static let help = """
    host serve - make calls for a program, over pipes

    usage: host serve [options]

    Reads requests from standard input, a JSON object a line, and writes records to
    standard output while calls end. A request is a task of a manifest with an "id",
    an integer or a string, which its records have, too:

        {"id": 1, "kernel": "primes", "args": {"limit": 100}, "timeout": 2}
        {"id": "s", "kernel": "logistic_map", "sweep": {"r": [3.2, 3.7]}}

    A request with a sweep, or a repeat above 1, has a record for each call, and at
    last {"id": "s", "done": true, ...}. With "compact": true, the results of calls
    that end well come together, as {"id": "s", "call": 0, "results": [...]}. A line
    that is no request gets a line with "refused", which says why. Other lines that
    the server takes:

        {"cancel": ID}  {"kernels": true}  {"stats": true}
        {"shutdown": "drain"}  {"shutdown": "now"}

    At the end of its input the server makes the calls that are left, and ends. It
    ends at once if its output has no reader any more. Without -j all open requests
    take turns, a step each. `host schema serve` prints a JSON Schema of the lines;
    `host client python` prints a client for Python.

      -j, --jobs N         lanes that run at the same time (default: 1)
      --timeout SECONDS    for requests without one of their own
      --live N             the largest number of calls live in a lane at a time
      --crash-limit N      skip a kernel after this number of crashes (default: no
                           limit)
      -q, --quiet          do not send what kernels print

    --grace, --check-memory, --plugin, --isolation, --sandbox, --allow-read and
    --allow-write are as for run.

    exit code 0: all requests are done; 3: the client reads no more; 128 and more: a
    signal ended the server

    example: host serve --plugin mine.c -j 2 < requests.jsonl > records.jsonl

    """

  static let options =
    [
      Option("jobs", short: "j", value: "N"),
      Option("timeout", value: "SECONDS"),
      Option("grace", value: "SECONDS"),
      Option("live", value: "N"),
      Option("crash-limit", value: "N"),
      Option("check-memory"),
      Option("quiet", short: "q"),
    ] + KernelOptions.options
  static let operands: [Completion] = []

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    // Signals first: every thread that starts later leaves them to the stopper.
    let stopper = Stopper(console)
    if let operand = parsed.operands.first { throw .usage(Messages.noOperand(operand)) }
    guard let output = console.results else {
      throw .notWritten("cannot write to standard output: it is closed")
    }
    var options = Server.Options(output: output)
    options.lanes = try parsed.number("jobs", 1...1024) ?? 1
    options.liveLimit = try parsed.number("live", RunBounds.live)
    options.crashLimit = try parsed.number("crash-limit", RunBounds.count)
    options.timeout = try parsed.seconds("timeout").flatMap { $0 > 0 ? $0 : nil }
    options.grace = try parsed.seconds("grace")
    options.sendsPrints = !parsed.flags.contains("quiet")
    options.readPoints = { ManifestLoader.readPoints(of: &$0, at: "-") }
    let kernels = try KernelOptions(parsed)
    let started = kernels.startEarly()
    var setup = kernels.setup(nil, at: nil)
    setup.isParallel = options.lanes > 1
    let (loaded, warnings) = try KernelOptions.open(setup, started)
    for warning in warnings { console.say(warning) }
    let server = Server(loaded, options)
    stopper.watch(server, nil)
    let summary: Server.Summary
    do throws(RunError) {
      summary = try server.run()
    } catch {
      switch error {
      case .cannotWrite(let reason): throw .notWritten(Messages.nothingRan(reason))
      case .cannotStart(let reason): throw .usage(Messages.nothingRan(reason))
      }
    }
    if let signal = stopper.signal { return .signal(signal) }
    if let failure = summary.failure { throw .notWritten(failure) }
    return .ok
  }
}

import KernelBridge
import KernelHostModel

/// The parts and options from the command line.
struct Command {
  /// The parts run in this order. Whole processes come first: their peak memory is unknown if it is
  /// below the peak of this process (`Program.Ended.peakMemory`). Calls come next, because they use
  /// the memory of this process, which must not be filled by others before.
  enum Part: String, CaseIterable {
    case manifest, check, loops, journal, calls, steps, isolation, parallel, serve
  }

  var parts: Set<Part> = []
  var isQuick = false
  var isJSON = false
  /// The path of the drawing; nil: nothing is drawn.
  var plot: String?
  /// The largest number of live calls in the drawing.
  var plotLimit = 1_000_000

  struct UsageError: Error {
    let message: String
  }

  init(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    func value(_ option: String, _ what: String) throws(UsageError) -> String {
      guard let value = rest.popFirst(), !value.isEmpty else {
        throw UsageError(message: "\(option) needs \(what)")
      }
      return value
    }
    var live: Int?
    while let argument = rest.popFirst() {
      switch argument {
      case "--json": isJSON = true
      case "--quick": isQuick = true
      case "--plot": plot = try value(argument, "a file")
      case "--live":
        let text = try value(argument, "a number")
        guard let number = Int(text), (1...1_000_000).contains(number) else {
          throw UsageError(message: "--live must be a number from 1 to 1,000,000, not \"\(text)\"")
        }
        live = number
      default:
        guard let part = Part(rawValue: argument) else { throw Self.unknown(argument) }
        parts.insert(part)
      }
    }
    if let live {
      if plot == nil { throw UsageError(message: "--live works only with --plot") }
      plotLimit = live
    }
    // A drawing alone takes its own measurements.
    if parts.isEmpty, plot == nil { parts = Set(Part.allCases) }
  }

  private static func unknown(_ argument: String) -> UsageError {
    let isOption = argument.hasPrefix("-")
    let names =
      isOption
      ? ["--json", "--quick", "--plot", "--live", "--help"] : Part.allCases.map { $0.rawValue }
    var message = "there is no \(isOption ? "option" : "part") \"\(argument)\""
    if let near = NearName.nearest(to: argument, among: names) {
      message += "; did you mean \(near)?"
    } else {
      message += "; there are " + names.joined(separator: ", ")
    }
    return UsageError(message: message)
  }

  static let help = """
    hostbench - what steps, calls, crashes and whole runs cost, against hand-written C,
                CPython and others in one run

    usage: swift run -c release hostbench [options] [PART ...]

    parts (all of them, if none is named):
      manifest   1,000,000 tasks in a manifest of 64 MB, and a sweep of as many points,
                 to a file of tokens: seconds and memory of the whole process
      check      1,000,000 tasks with names, and arrays of numbers: read and checked
      loops      four loops, the whole process
      calls      1,000,000 calls, gathered: time and memory of each
      steps      a step with 4 to 100,000 live calls
      isolation  calls and steps in worker processes, and crashes
      parallel   20,000 calls of 20 to 250 us on all processors
      serve      calls through host serve, from C and Python; Python's own pools
      journal    1,000,000 records written, read back, and found by their calls

    options:
      --quick      fewer repetitions
      --json       the figures as JSON
      --plot FILE  measure a call and a step with 1, 10, ... 1,000,000 live calls, and
                   draw them (SVG); FILE is complete or absent. No part runs but those
                   that are named.
      --live N     at most N live calls in the drawing

    Each bar is a ratio or a limit that must hold. Others are measured, too: CPython (python3),
    OpenMP (gcc -fopenmp), concurrent.futures, GNU parallel, where they are installed.

    exit code  0  every bar holds
               1  some bar does not
               2  the command line is wrong; nothing was measured
               3  a result could not be written

    example: hostbench --quick parallel
             hostbench --plot figures.svg

    """

  static func complain(_ text: String) {
    let standardError = OutputFile(descriptor: 2, name: "standard error")
    try? standardError.write("hostbench: " + text + "\n")
    try? standardError.flush()
  }

  static func complain(_ error: SystemError) {
    complain(Wording.system(error.action, error.path, error.reason))
  }
}

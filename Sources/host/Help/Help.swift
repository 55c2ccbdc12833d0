import KernelHost

/// The help text of the program. The manual page and the descriptions in shells are made from the
/// help texts, so that these have the form that `HelpText` reads.
enum Help {
  static let version = "host \(KernelHostVersion.host) (kernel ABI \(KernelHostVersion.abi))\n"

  static let usage = """
    usage: host MANIFEST
           host \(Command.allCases.map { $0.rawValue }.joined(separator: "|")) ...
    `host --help` says more.
    """

  static let overview = """
    host - call C kernels from a manifest, all at once, one token for each call

    usage: host MANIFEST             the same as host run MANIFEST
    \(commands)\
           host --version            the host's version, and that of its kernel ABI

    MANIFEST is a JSON file, a JSON Lines file (*.jsonl, a task a line), or - for
    standard input:

        { "tasks": [ { "kernel": "for_loop", "args": { "max": 3 } },
                     { "kernel": "for_loop", "args": [0, 2, 9], "timeout": 2.5 } ] }

    Every call gets one token, [result, ok, error], whatever its kernel did.

    exit code:
      0    every token is ok
      1    some token is not ok
      2    the command line or the manifest is wrong; nothing ran
      3    a result could not be written
      4    of replay: the call ended otherwise than its record says; of merge:
           calls have no record
      5    of merge: records contradict each other
      75   stopped; the same command goes on with the journal
      130  interrupted (128 + the signal's number)
      141  the reader of standard output has gone, as after | head

    environment:
      HOST_PLUGIN_PATH  folders, with colons between them, in which a plugin is
                        looked for that is given by its name alone
      CC, CXX           compilers of C and C++ plugins (default: cc and c++)
      XDG_CACHE_HOME    where compiled plugins are kept (default: ~/.cache)
      NO_COLOR          if it is not empty, messages and status lines have no
                        colours
      CLICOLOR          0: the same
      FORCE_COLOR, CLICOLOR_FORCE
                        if one is not empty and not 0, messages have colours where
                        standard error is no terminal, too
      TERM              dumb: no colours and no status lines on the terminal

    files:
      ~/.cache/kernelhost  libraries made of C and C++ plugins; may be removed at
                           any time

    example: host Sources/Manifests/loops.json

    """

  /// The lines about the commands, below that of `host MANIFEST`.
  private static var commands: String {
    Command.allCases.map { command in
      let form = "host \(command.type.form)"
      let gap = String(repeating: " ", count: max(26 - form.count, 2))
      return "       \(form)\(gap)\(command.type.summary)\n"
    }.joined()
  }
}

import KernelHost

/// What `--help` says, of the program and of each command. The man page and the descriptions
/// that shells show are made of the same texts, so they keep to the form that `HelpText` reads.
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
           host run MANIFEST         make the calls, write the results
           host check MANIFEST       find every mistake, run nothing
           host plan MANIFEST        say which calls a run would make
           host kernels [NAME ...]   list the kernels, or describe one
           host new NAME             write an example of a kernel, to begin with
           host build FILE.c -o LIB  compile kernels to a library
           host schema [MANIFEST]    print a JSON Schema of manifests, for editors
           host report RESULTS -o F  make an HTML page of the records of a run
           host replay RESULTS ...   run one call of a run again, for a debugger
           host status DIR           say how far a run with a journal is
           host results DIR          write the results of a run with a journal
           host completions SHELL    print a completion script for bash, zsh or fish
           host man                  print the manual page
           host help [COMMAND]       the same as host COMMAND --help
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
      4    of replay: the call ended otherwise than its record says
      130  interrupted (128 + the signal's number)

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

  static func text(_ command: Command) -> String {
    switch command {
    case .run: run
    case .check: check
    case .plan: plan
    case .kernels: kernels
    case .new: new
    case .build: build
    case .schema: schema
    case .report: report
    case .replay: replay
    case .status: status
    case .results: results
    case .completions: completions
    case .man: man
    case .help: overview
    }
  }
}

/// What `--help` says of replay.
extension Help {
  static let replay = """
    host replay - run one call of a run again, for a debugger

    usage: host replay RESULTS.jsonl --call K [--debug] [--manifest FILE]

    RESULTS.jsonl is what a run wrote with --format jsonl. Its first record says
    which manifest and plugins there were; call K is made again with the same
    arguments, and with the same results of others if it takes some. It runs inside
    this process, without a sandbox or limits: a crash is this process's own, for a
    debugger or a sanitizer to see. It compiles and loads the plugins that these
    records and their manifest name: replay only what you trust. What it prints and
    its token are written as by run. To make a call again in a worker: host run
    --calls K.

      --call K         the call's number in the results
      --debug          under gdb, or lldb where there is no gdb, stopped where it
                       dies; without a terminal, with a backtrace at the end
      --manifest FILE  the manifest, where the results do not say it (it came from
                       standard input) or it is somewhere else now

    example: host replay results.jsonl --call 17 --debug

    """
}

/// What `--help` says of replay.
extension Help {
  static let replay = """
    host replay - run one call of a run again, for a debugger

    usage: host replay RESULTS.jsonl --call K [--debug] [--manifest FILE]

    RESULTS.jsonl is what a run wrote with --format jsonl. Its first record says
    which manifest and plugins there were; call K is made again with the arguments
    of its record, and with the same results of others if it takes some. What has
    changed since (the manifest, an argument, a source, header or library, compiler,
    flags, host, machine) is said first. Its result is compared with the recorded
    one: numbers exactly, NaN is equal to NaN. A long argument, of which the record
    has a hash, comes from the manifest and is held against the hash. It runs inside
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

    exit code 0: it ended well, as recorded; 1: it failed, as recorded; 2: the
    command line or the records are wrong, and nothing ran; 4: it ended otherwise
    than recorded

    example: host replay results.jsonl --call 17 --debug

    """
}

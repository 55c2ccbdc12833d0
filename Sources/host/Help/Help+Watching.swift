/// What `host run --help` says of all that is seen beside the results.
extension Help {
  static let watching = """

    What is shown of a run beside its results, on standard error or in files. Each
    option needs a file of its own; if one cannot be written, the results are
    complete, but the exit code is 3:
      --progress auto|bar|lines|none
                           how progress is shown:
                             bar    status lines at the bottom of a terminal, with
                                    the calls that run longest and those that are
                                    stuck in a step
                             lines  a line every 10 seconds
                             auto   bar on a terminal (but for TERM=dumb), else
                                    lines (default)
                             none   not at all
      --summary            at the end, print elapsed and processor time, the
                           slowest calls, and the failures by kind, each with a
                           command that runs one again; the default on a terminal,
                           unless --progress is none
      --events FILE        every event as it happens, one JSON object per line:
                           planned (first, with the format's version), started,
                           crashed, worker_died (in no call), retried, restarted,
                           warned, finished (with the call's record), ended. time
                           is in seconds since the run began, when it happened;
                           lines come as things become known, so times need not be
                           in order. A file is written in place: a run that is
                           killed leaves what was known. FILE may be a pipe; - is
                           standard output, with -o only
      --trace FILE         the lanes and their calls over time, for Perfetto
                           (https://ui.perfetto.dev) or chrome://tracing
      --junit FILE         JUnit XML for build servers: a test case for each call
      --report FILE        a page for a browser, as by host report
    """
}

/// What `host status --help` and `host results --help` say.
extension Help {
  static let status = """
    host status - say how far a run with a journal is

    usage: host status [--json] DIR

    How many calls have ended in which way, how many are half-done, whether a
    process goes on with it, at which rate, how long it will take, and when the
    last record was written. It reads the end of the newest segment alone, and can
    be asked at any time.

      --json  for programs: one JSON object

    exit code 0: the journal was read; 2: it is none

    example: host status study.kh

    """

  static let results = """
    host results - write the results of a run with a journal

    usage: host results [--format FORMAT] [-o FILE] DIR

    What an undisturbed run would have written, but for times, lanes and numbers of
    attempts; what kernels print is in no journal. Neither the manifest nor the
    plugins are needed. Calls without a record are left out, and their number is
    said. --format, --nan, --csv-units and --csv-elements are as for run.

      -o, --output FILE  where they are written (default: standard output); complete
                         or absent

    exit code 0: every token is ok; 1: some token is not ok, or missing; 2: it is no
    journal; 3: the results could not be written

    example: host results study.kh --format jsonl -o results.jsonl

    """
}

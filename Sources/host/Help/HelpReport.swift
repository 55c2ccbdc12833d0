/// What `host report --help` says.
extension Help {
  static let report = """
    host report - make an HTML page of the records of a run

    usage: host report [--title TEXT] -o FILE.html RESULTS.jsonl

    RESULTS.jsonl is what host run --format jsonl writes; - is standard input. The
    page is one file that needs no other and no network: counts, what made the
    results, a timeline of the lanes, a table that can be sorted and filtered, plots
    of results over swept parameters, and the failures with a command that runs one
    again. FILE.html is complete or absent.

    Counts include all calls. The table and the plots have 100,000 rows at most: all
    calls that failed, and every k-th that is ok; the page says which. A last line
    that is cut off, as a run that was killed leaves it, is left out; any other line
    that is no record is an error, and no page is written.

      -o, --output FILE  where the page is written; if its name ends in .svg, the
                         timeline alone, as a picture
      --title TEXT       above the page (default: the name of RESULTS.jsonl)

    exit code 0: the page is written, however the calls ended; 2: the command line
    or the records are wrong; 3: the page could not be written

    example: host report results.jsonl -o run.html

    """
}

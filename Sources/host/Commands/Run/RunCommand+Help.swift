// Over 300 lines, for it is one text: the help of one command.
import KernelHost
import KernelHostModel

/// The text of `host run --help`.
extension RunCommand {
  static let help: String = """
    host run - make the calls of a manifest and write their results

    usage: host run [options] MANIFEST
           host [options] MANIFEST

      --format FORMAT      how results are written, in the order of the calls:
    \(formats)\
                           Only with text, output of kernels is part of the
                           results; otherwise it goes to standard error.
      -o, --output FILE    write the results to FILE, which is complete or absent
                           (devices and pipes are written during the run). Without
                           --format, the ending of FILE that is the name of a
                           format chooses it: .jsonl, .csv, .sqlite, .npz ...
      --nan null|text      how jsonl and json write NaN and infinities: as null,
                           and "nonfinite" in the record says which (default), so
                           that readers see a column of numbers; or as the texts
                           "NaN", "Infinity", "-Infinity"
      --csv-units          names of columns in csv have the unit, if there is one:
                           "velocity [m/s]"
      --csv-elements N     N columns for each array that is a result, and at most N
                           for one that is an argument (default: 1, and 64)
      --input json|jsonl   how the manifest is written (default: by its name; json
                           for standard input)
      --live N             calls live at the same time in a lane (default \(RunDefaults.liveLimit));
                           the others begin as those end
      --order call|completion
                           write the results in the order of the calls (default),
                           or as the calls end
      --only NAME          only the calls of tasks with this name, or of this
                           kernel if a task has no name; * and ? stand for any
                           text and any character. --only may be repeated
      --calls K..L         only the calls from K to L, by their numbers in the
                           results; also K, K.., ..L, and several with commas.
                           Calls that these calls wait for are made, too
      --halt error|N|N%    start no more calls after the first failure, N
                           failures, or N percent of failures; the rest are
                           skipped
      --dry-run            show the calls as host plan does, and make no call
      --stats              at the end, time and memory of each part of the run
      --mode concurrent|parallel
                           one lane, in which all calls take turns, a step each, in
                           their order (default); or one lane for each processor
      -j, --jobs N         N lanes, in mode parallel, and at most N processes with
                           calls at a time; a crash is verified when one of them
                           is free
      -q, --quiet          do not show what kernels print (not for text)
      --exit tokens|done   what exit code 0 means: each call's token is ok (default;
                           tokens), or each call has its token (done; default with
                           --shard)
    \(journal)
    \(shards)
    \(watching)

    These options override the manifest, and extend its lists:
      --isolation process|call|none
                           calls share worker processes (default), have a process
                           each (and take no turns, whatever the mode), or run
                           inside the host
      --sandbox none|default|strict
                           what workers may do to the system
      --allow-read PATH    a file or folder that workers may read, too
      --allow-write PATH   the same for writing
      --plugin PATH        a library of kernels, or a C or C++ file of kernels,
                           which is compiled when it has changed. A name without
                           a slash is also searched in HOST_PLUGIN_PATH
      --crash-limit N      skip the other calls of a kernel after N crashes
                           (default \(RunDefaults.crashLimit))
      --set NAME=VALUE     give a parameter this value in all tasks whose kernel has
                           it: a JSON value, or a string. It may be repeated. The
                           same line goes on with a journal; another value is
                           another run
      --timeout SECONDS    the timeout of tasks without their own
      --retries N          the retries of tasks without their own
      --grace SECONDS      how long a step may outlive its timeout or deadline
                           before its worker is killed (default \(RunDefaults.grace))
      --check-memory       crash a step as soon as it writes past a state, an
                           argument or memory of kh_alloc, or accesses memory of
                           other calls. A write that ends before the next multiple
                           of 16 bytes is found after the step instead (but not
                           past arguments). Each turn to another call then costs
                           some microseconds more, and a lane has at most 4096
                           live calls. Not with isolation "none". For memory of
                           malloc, compile a plugin with -fsanitize=address

    manifest, an object or just the array of its tasks:
      tasks        [{ "kernel": NAME, "args": {...} or [...], "name": TEXT,
                      "timeout": SECONDS, "deadline": SECONDS, "cpu": SECONDS,
                      "grace": SECONDS, "memory": SIZE, "retries": N or {...},
                      "sweep": {...}, "zip": BOOL, "repeat": N,
                      "after": NAME or [NAME, ...] }, ...]
                   a timeout is of the call's own time, its steps and sleeps; a
                   deadline is of wall time, from its start; cpu is the processor
                   time of its steps
      defaults     { "timeout", "deadline", "cpu", "grace", "memory", "retries" }
                   for tasks without their own
      mode         "concurrent" or "parallel", as above
      jobs         N, the lanes of mode parallel (default: the processors that may
                   be used)
      isolation    "process", "call" or "none", as above
      sandbox      "none", "default" or "strict", as above
      allow        { "read": [PATH, ...], "write": [PATH, ...] }
      limits       { "address_space": SIZE, "core": BOOL } of each worker process,
                   and "cpu": SECONDS of each call in it
      plugins      [PATH or {...}, ...]: libraries and C or C++ files of kernels, as
                   --plugin, with options { "path", "sources": [PATH, ...],
                   "include": [PATH, ...], "flags": [...],
                   "libraries": ["z", ...] }; the compiler runs in the
                   manifest's folder; or functions of a plain library:
                   { "library": "libm.so.6",
                     "functions": ["double hypot(double x, double y)", ...] },
                   where a function may also be { "function": "double j0(double)",
                   "as": NAME, "error": "errno" }, and "init": [...] has functions
                   that are called once before
      crash_limit  N, as above
      metadata     any object; it is copied into the results' first record
      $schema      for editors, see host schema --help

    sweep: { PARAMETER: [VALUE, ...] or a range, ... } makes a call of each
    combination, the first parameter slowest; with "zip": true the first values go
    together, then the second ones. A range is { "from", "to", "count" } with both
    ends, or { "from", "to", "step" } as far as whole steps lead; with
    "log": true the points are evenly spaced on a logarithmic scale. Each point is
    the number nearest to the result of exact decimal arithmetic. repeat calls each
    point N times; if "seed" is not given, it is the call's number in its task,
    from 0.
    In a sweep "file": PATH is a CSV file, relative to the manifest, with a column
    for each of some parameters and a row for each point, as one axis; "columns":
    [NAME, ...] or { PARAMETER: NAME, ... } takes only these, by their names there.

    after names tasks that must succeed before this one starts. An argument
    { "result": NAME } is the result of the task of that name, "NAME.FIELD" one of
    several, and { "results": NAME } the array of the results of all its calls; all
    are waited for, too. If one fails, the calls of this task are skipped, and their
    messages say why.

    retries as an object: { "times": N, "delay": SECONDS, "on": [...] }, where on
    has names of error codes ("EIO") and the statuses
    \(retriable).
    Without on, a call is retried on \(retried). A call whose worker crashed
    while it ran other calls, too, is started once more alone, to tell whose crash
    it was: that is an attempt, but not a retry. SIZE is a number of bytes, or a
    string: "64 KiB", "1.5 GiB", "200 MB". sandbox, allow, limits and memory need
    worker processes, and are errors with isolation "none".

    status in the results says how a call ended:
    \(statuses)
    The table of csv begins with the columns call, task, kernel, and repeat if a
    task has it. Columns of the arguments (given or default) and results of all
    kernels of the manifest follow. The last ones are ok, status, error_code,
    error_name, error_message, attempts, steps, seconds, start, lane. A field is
    empty if a call has no such value. A parameter whose name is one of these or a
    result's is called arg.NAME, and such a result result.NAME. If its type or unit
    differs between kernels, each has a column KERNEL.arg.NAME. An argument that is
    an array has columns NAME[0], NAME[1], ..., as many as its longest value. A
    result of a fixed count has such columns, too. Other arrays, and those longer
    than --csv-elements, are one column, as [1.0,NaN]. Bytes are base64. NaN is NaN,
    infinities are 1e999 and -1e999. A string has all its characters in a FILE of
    --output; on standard output, characters that control a terminal are replaced by
    pictures.

    A number that JSON cannot write is a string: "NaN", "Infinity", "-Infinity".
    Bytes are a string (its UTF-8) or { "base64": "..." }. In the args of a record,
    which are all of a call's, an array of more than 64 elements, a string or bytes
    of more than 1024 are { "count": N, "sha256": "..." }: the hash of its
    elements, 8 bytes each, the lowest first, of its UTF-8, or of its bytes.

    What made the results: version, host and build (of its executable), abi,
    command, folder, began, manifest and fingerprint, metadata; mode, lanes,
    isolation, sandbox, and machine (without its name or a user's). Each of plugins
    has path, kernels, functions, the library that was loaded, compiler, flags and
    sources; all files have their SHA-256.

    The first Ctrl-C (or TERM, HUP, USR1, USR2, XCPU) ends the live calls between
    two steps and keeps all tokens. With a journal live calls of flat kernels are
    copied instead, and only ends of calls are kept; no results are written, and
    the exit code is 75, but 130 after Ctrl-C. A step that
    does not return within 2 s, or its call's own grace, ends with its worker. The
    second does not wait for steps, and writes what is known; the third ends the
    host at once. Ctrl-Z stops the workers, too.

    example: host run --format jsonl -o results.jsonl study.json

    """

  /// The options of `JournalOptions` and `StopOptions`.
  private static let journal = """

    A run that survives its process. The same line begins it and goes on with it:
      --journal DIR        write down in DIR which calls begin and how they end.
                           Calls with a record never run again. The results are
                           written when all calls have one. See host status and
                           host results
      --sync SECONDS|each  how often the journal is synced to the disk (default 1):
                           so much is lost with the power. each: an end is on the
                           disk before it is shown
      --rerun failed|lost|NAME|K..L
                           make calls again that have a record: those that are
                           not ok and not lost, those that are lost, those of a
                           task, or numbers as for --calls. Without a journal:
                           host run --rerun failed [MANIFEST] RESULTS.jsonl
                           makes only these calls of results in records again.
                           The values of --set of that time hold; those given now
                           count before them
      --reuse DIR          take the tokens of another run's journal for calls of
                           pure kernels with the same code and arguments. Several
                           add up; "from" in a record is the id of that run
      --snapshot SECONDS|off
                           copy calls of flat kernels that have run for so long
                           (default 10), and again after each such time. After a
                           kill a pure call goes on from its last copy. A stop
                           copies all live calls of flat kernels, also with off
                           (or 0), and the next process goes on with them. For
                           worker processes (isolation "process")

    A run that stops before its end, with or without a journal, as on a signal:
      --time DURATION      after so long: seconds, 90s, 1h30m, 2d or 1:30:00
      --until TIME         at this time: 17:30, 2026-01-31T17:30 (with a Z: UTC) or
                           @ and seconds since 1970
      --stop-within SECONDS
                           a second before that, steps that have not returned are
                           ended; --time and --until begin to stop so much earlier
      --stopped-exit N     the exit code of a run that was stopped (default 75
                           with a journal or when its time is over; else 128 and
                           the signal's number); Ctrl-C keeps 130
    """

  /// The options of `ShardOptions`.
  private static let shards = """

    A run that several processes share, on all machines that see DIR. Each makes the
    calls of its shards, and all write one journal. They write no results:
    host finish does, when all are done. Exit code 0 says that each call of the
    shards has its token, however it ended. 75 also says that another process makes
    one of the shards now, so that an engine tries again later:
      --shard i/n          make the calls of shard i of n, from 0/n to n-1/n. Also
                           several, 3,7,9-12/64; or auto or auto/n: the engine that
                           started the process says which (MPI, Slurm, SGE, PBS,
                           LSF, HyperQueue, Kubernetes, AWS, GNU parallel, ...).
                           How many there are then is n, or what the journal was
                           begun with, or what MPI or srun says. What is unclear is
                           refused. Calls that wait for others are left to
                           host finish
      --deal stride|block|hash
                           which calls a shard has, when the run is begun:
                             stride call c is in shard c mod n (default); of many
                                    calls, blocks are dealt so, a thousand and more
                                    to each shard
                             block  calls that follow one another
                             hash   blocks in turn, but each round begins with
                                    another shard
      --reshard M          deal what is left to M shards, of a run with another
                           number, or without shards. Start all M new ones with the
                           same line, as --shard auto --reshard M or --shard i/M
                           --reshard M. The first one writes down what is left, and
                           the others take their parts of that, so the line can be
                           repeated. It is refused while shards of the old number
                           run. Half-done calls go on in their new shards
      --explain-shard      show what auto sees and decides, and make no call
    """

  /// The options of `WatchOptions`.
  private static let watching = """

    What a run shows beside its results, on standard error or in files. Each
    option needs a file of its own. If a file cannot be written, the results are
    still complete, but the exit code is 3:
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
                           unless --progress is "none"
      --events FILE        every event as it happens, one JSON object per line:
                           planned (first, with the format's version), started,
                           crashed, worker_died (outside calls), retried,
                           restarted, warned, finished (with the call's record),
                           ended. time is in seconds since the run began. Lines
                           come when events become known, so times need not be in
                           order. A file is written in place: a run that is killed
                           leaves the events so far. FILE may be a pipe; - is
                           standard output, only with -o
      --trace FILE         the lanes and their calls over time, for Perfetto
                           (https://ui.perfetto.dev) or chrome://tracing
      --junit FILE         JUnit XML for build servers: a test case for each call
      --report FILE        a page for a browser, as by host report

    If a run continues with its journal, --junit and --report have all its calls;
    --events, --trace and --summary have those of this process alone.
    """

  /// The list of formats below --format: a name, and in the next column what the format says.
  private static var formats: String {
    let column = String(repeating: " ", count: 25)
    return Format.allCases.map { format in
      let name = format.rawValue + String(repeating: " ", count: max(8 - format.rawValue.count, 1))
      let lines = format.traits.help.split(separator: "\n")
      return lines.enumerated().map { index, line in
        column + (index == 0 ? name : String(repeating: " ", count: 8)) + line + "\n"
      }.joined()
    }.joined()
  }

  private static let retriable =
    Retries.possible.map { $0.rawValue }.joined(separator: ", ")

  private static let retried =
    Status.allCases.filter(RunDefaults.retriedStatuses.contains).map { $0.rawValue }
    .joined(separator: " and ")

  private static let statuses = Status.allCases.map { status in
    let gap = String(repeating: " ", count: 11 - status.rawValue.count)
    return "  \(status.rawValue)\(gap)\(status.row.meaning)\n"
  }.joined()
}

import KernelBridge
import KernelHost
import TaskModel

/// What `--help` says, of the program and of each command.
enum Help {
  static let version = "host \(KernelHostVersion.host) (kernel ABI \(KernelHostVersion.abi))\n"

  static let usage = """
    usage: host MANIFEST
           host run|check|plan|kernels|schema|new|build|help ...
    `host --help` says more.
    """

  static let overview = """
    host - call C kernels from a manifest, all at once, one token for each call

    usage: host MANIFEST             the same as host run MANIFEST
           host run MANIFEST         make the calls, write the results
           host check MANIFEST       find every mistake, run nothing
           host plan MANIFEST        say which calls a run would make
           host kernels [NAME]       list the kernels, or describe one
           host new NAME             a kernel of your own to begin with
           host build FILE.c -o LIB  compile kernels to a library
           host schema [MANIFEST]    print a JSON Schema of manifests, for editors
           host help [COMMAND]       the same as host COMMAND --help
           host --version

    MANIFEST is a JSON file, a JSON Lines file (*.jsonl, a task a line), or - for
    standard input:

        { "tasks": [ { "kernel": "for_loop", "args": { "max": 3 } },
                     { "kernel": "for_loop", "args": [0, 2, 9], "timeout": 2.5 } ] }

    Every call gets one token, [result, ok, error], whatever its kernel did.

    exit code  0  every token is ok
               1  some token is not ok
               2  the command line or the manifest is wrong; nothing ran
               3  a result could not be written
             130  interrupted (128 + the signal's number)

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
    case .help: overview
    }
  }

  private static let run = """
    host run - make the calls of a manifest and write their results

    usage: host run [options] MANIFEST
           host [options] MANIFEST

      --format FORMAT      how results are written, in the order of the calls:
                             text    what the kernels print, as they print it, then
                                     All Complete and the list of tokens (default)
                             tokens  a token a line: [result, ok, error]
                             jsonl   a record a line: call, task, kernel, result,
                                     ok, status, error, attempts, steps, seconds,
                                     start (of its last attempt), lane
                             json    one document: metadata, calls (records), counts
                             csv     records as comma-separated values with a header
                           What kernels print goes to standard error but for text.
      -o, --output FILE    write the results to FILE, which is complete or absent
                           (devices and pipes are written as it goes)
      --input json|jsonl   how the manifest is written (default: by its name; json
                           for standard input)
      --live N             calls live at the same time in a lane (default 262144);
                           the others begin as those end
      --order call|completion
                           tokens in the order of the calls (default), or as they
                           come
      --only NAME          only the calls of tasks of that name (of that kernel,
                           where a task has none); * and ? stand for any text and
                           any character; several times: any of them
      --calls K..L         only the calls from K to L, by their numbers in the
                           results; also K, K.., ..L, and several with commas.
                           What these calls wait for is called, too
      --halt error|N|N%    begin no more calls after one, N or N percent of them
                           were not ok; the rest is skipped
      --dry-run            say which calls would be made, as plan, and make none
      --stats              at the end, time and memory of each part of the run
      --mode concurrent|parallel
                           one lane, in which all calls take turns, a step each, in
                           their order (default); or one for each processor
      -j, --jobs N         N lanes in mode parallel, which it implies
      -q, --quiet          do not show what kernels print (not for text)

    These count more than the manifest, and add to its lists:
      --isolation process|call|none
                           calls share worker processes (default), have one each,
                           or run inside the host
      --sandbox none|default|strict
                           what workers may do to the system
      --allow-read PATH    a file or folder that workers may read all the same
      --allow-write PATH   the same for writing
      --plugin PATH        a library of kernels, or a C or C++ file of them, which
                           is compiled when it has changed; by its name alone it
                           is looked for in the folders of HOST_PLUGIN_PATH, too
      --crash-limit N      after N crashes of a kernel its other calls are skipped
                           (default 100)
      --grace SECONDS      how long a step may outlive its timeout before its
                           worker is killed (default 0.1)

    manifest, an object or just the array of its tasks:
      tasks        [{ "kernel": NAME, "args": {...} or [...], "name": TEXT,
                      "timeout": SECONDS, "grace": SECONDS, "memory": SIZE,
                      "retries": N or {...}, "sweep": {...}, "zip": BOOL,
                      "repeat": N, "after": NAME or [NAME, ...] }, ...]
      defaults     { "timeout", "grace", "memory", "retries" } for tasks without
                   their own
      mode         "concurrent" or "parallel", as above
      jobs         N, the lanes of mode parallel (default: the processors that may
                   be used)
      isolation    "process", "call" or "none", as above
      sandbox      "none", "default" or "strict", as above
      allow        { "read": [PATH, ...], "write": [PATH, ...] }
      limits       { "address_space": SIZE, "cpu": SECONDS, "core": BOOL } of each
                   worker process
      plugins      [PATH or {...}, ...]: libraries and C or C++ files of kernels, as
                   --plugin, with options { "path", "flags": [...],
                   "libraries": ["z", ...] }; or functions of a plain library:
                   { "library": "libm.so.6",
                     "functions": ["double hypot(double x, double y)"] }
      crash_limit  N, as above
      metadata     anything; --format json passes it through
      $schema      for editors, see host schema --help

    sweep: { PARAMETER: [VALUE, ...] or a range, ... } makes a call of each
    combination, the first parameter slowest; with "zip": true the first values go
    together, then the second ones. A range is { "from", "to", "count" } or
    { "from", "to", "step" }, and with "log": true even in the logarithm; both ends
    are hit exactly. repeat calls each point N times; a parameter "seed" that is not
    given gets the call's number in its task, from 0.

    after names tasks that must have ended well before this one begins. An argument
    { "result": NAME } is the result of the task of that name, "NAME.FIELD" one of
    several, and { "results": NAME } the array of the results of all its calls; all
    are waited for, too. If one does not end well, the token says skipped, and why.

    retries as an object: { "times": N, "delay": SECONDS, "on": [...] }, where on
    has statuses (error, crash, timeout, memory, lost) and names of error codes
    ("EIO"); without it, ["error", "timeout"]. SIZE is a number of bytes, or a text:
    "64 KiB", "1.5 GiB", "200 MB". Isolation "none" holds no call back, so sandbox,
    allow, limits and memory are errors there.

    A number that JSON cannot write is a text: "NaN", "Infinity", "-Infinity".
    Bytes are a text (its UTF-8) or { "base64": "..." }.

    The first Ctrl-C ends the live calls between two steps and keeps all tokens;
    the second ends the host at once.

    example: host run --format jsonl -o results.jsonl study.json

    """

  private static let check = """
    host check - find every mistake of a manifest, run nothing

    usage: host check [--input json|jsonl] [--verbose] MANIFEST

    Reports the first 20 mistakes, each with file, line, column, the line itself
    and what to do. Exit code 0: a run would begin; 2: it would not. Plugins are
    loaded, in a process of their own. --isolation, --sandbox, --allow-read,
    --allow-write and --plugin are as for run.

      --verbose  also say how calls would be kept apart, and which parts of the
                 sandbox are in force on this machine

    example: host check Sources/Manifests/loops.json

    """

  private static let plan = """
    host plan - say which calls a run would make

    usage: host plan [--input json|jsonl] [--call K] [--only NAME] [--calls K..L]
                     MANIFEST

    How many calls of each kernel, and of each task with a sweep or a repeat the
    parameters and the first and the last point. Mistakes are found as by check.

      --call K  the one call K (from 0, as in the results): its task, its kernel
                and all arguments that it is given
      --only NAME, --calls K..L
                a part of the calls, as for run

    example: host plan study.json --call 1000

    """

  private static let kernels = """
    host kernels - list the kernels, or describe one

    usage: host kernels [--json] [--plugin PATH ...]
           host kernels NAME [--json] [--plugin PATH ...]

    Of one kernel: its parameters with type, unit, default, range and meaning, its
    results, its error codes, and where it comes from.

    example: host kernels for_loop

    """

  private static let new = """
    host new - a kernel of your own to begin with

    usage: host new NAME

    Writes NAME.c, a kernel with comments, NAME.json, a manifest that runs it, and
    kernel_host.h, the header, into the current folder. Nothing that is there is
    written over. It prints the command that runs it.

    example: host new my_kernel

    """

  private static let build = """
    host build - compile a C or C++ file of kernels to a library

    usage: host build FILE.c -o libfile.so [--flag FLAG ...] [--library NAME ...]

    The compile step alone; a manifest may name the file itself, too. The compiler
    is cc (c++ for .cpp, .cc, .cxx), or what CC (CXX) names; kernel_host.h is this
    host's own. What the compiler says is shown as it is.

      --flag FLAG         for the compiler, behind -O2 -g -fPIC -shared
      -l, --library NAME  "z" links libz; a path is linked as it is

    example: host build my_kernel.c -o libmy_kernel.so --flag=-O3

    """

  /// What `host new` has made, and what comes next.
  static func made(_ name: String, _ files: [String]) -> String {
    let program = HostProcess.name.contains("/") ? HostProcess.name : "host"
    return """
      made \(files.joined(separator: ", "))
      run it:     \(program) \(name).json
      change it:  \(name).c

      """
  }

  private static let schema = """
    host schema - print a JSON Schema (draft 2020-12) of manifests, for editors

    usage: host schema [--plugin PATH ...] [MANIFEST]

    It has all keys of a manifest and the parameters of all kernels, with type,
    unit, default, range and meaning: of those built in, of the plugins given, and
    of the plugins of MANIFEST, if one is given. An editor that finds it completes
    and checks a manifest while it is written:

        { "$schema": "./manifest.schema.json", "tasks": [ ... ] }

    host check knows what a schema cannot say: keys and names that stand twice,
    plugins that cannot be loaded. The schema's $comment lists it.

    example: host schema > manifest.schema.json

    """

  /// What `host check` says of a sound manifest.
  static func checked(_ name: String, _ plan: Plan) -> String {
    let kernels = plan.callsByKernel(Selection(allOf: plan)).map { "  \($0.count) \($0.name)\n" }
      .joined()
    let calls = plan.callCount == 1 ? "1 call" : "\(plan.callCount) calls"
    return "\(Messages.quoted(name)) is sound: \(calls)\n" + kernels
  }

  /// What `host check --verbose` adds: how calls are kept apart on this machine.
  static func inForce(_ kernels: LoadedKernels) -> String {
    let setup = kernels.setup
    var text = "isolation: \(setup.isolation.rawValue)\n"
    if setup.isolation == .none { return text }
    text += "sandbox: \(setup.sandbox.rawValue)\n"
    let parts: [(SandboxParts, String)] = [
      (.noNewPrivileges, "no new privileges"),
      (.files, "files (Landlock)"),
      (.calls, "network, programs, processes, signals (seccomp)"),
      (.signals, "signals (Landlock)"),
    ]
    for (part, name) in parts {
      text += "  \(name): \(kernels.inForce.contains(part) ? "in force" : "not in force")\n"
    }
    text += "all that workers start dies with them (PID namespace): "
    return text + (kernels.hasNamespace ? "yes\n" : "no, they may leave processes behind\n")
  }

  /// After `host foo` found no file foo.
  static func perhapsCommand(_ name: String) -> String {
    nearCommand(name) ?? "(and no command of that name either: see host --help)"
  }

  /// Nil: no command is near.
  static func nearCommand(_ name: String) -> String? {
    NearName.nearest(to: name, among: Command.allCases.map { $0.rawValue })
      .map { "(if you meant the command: host \($0))" }
  }
}

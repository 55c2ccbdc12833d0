import KernelBridge
import KernelHost
import KernelHostModel

/// `host new NAME`: a kernel to begin with, a manifest that runs it, and the header.
enum NewCommand: Subcommand {
  static let form = "new NAME"
  static let summary = "write an example of a kernel, to begin with"
  static let help = """
    host new - write an example of a kernel, to begin with

    usage: host new NAME

    Writes NAME.c, a kernel with comments, NAME.json, a manifest that runs it, and
    kernel_host.h, the header, into the current folder. No existing file is
    overwritten. It prints the command that runs it.

    example: host new my_kernel

    """

  static let options: [Option] = []
  static let operands: [Completion] = []

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    guard parsed.operands.count == 1, let name = parsed.operands.first else {
      throw .usage(Messages.oneName(found: parsed.operands.count))
    }
    guard isIdentifier(name) else { throw .usage(Messages.notIdentifier(name)) }
    if CallHost.builtInKernels.contains(where: { $0.name == name }) {
      throw .usage(Messages.nameOfBuiltIn(name))
    }
    return try write(name, console)
  }

  /// Whether the name can be that of a C struct.
  private static func isIdentifier(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(48...57).contains(first), name.utf8.count <= 64 else {
      return false
    }
    return name.utf8.allSatisfy {
      (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 95
    } && !keywords.contains(name)
  }

  private static let keywords: Set<String> = [
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
    "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register",
    "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef",
    "union", "unsigned", "void", "volatile", "while", "bool", "true", "false", "main",
  ]

  private static func write(
    _ name: String, _ console: Console
  ) throws(CommandError) -> ExitCode {
    let files: [(path: String, bytes: [UInt8])] = [
      ("\(name).c", Array(OwnName.applied(to: source(name)).utf8)),
      ("\(name).json", Array(manifest(name).utf8)),
      ("kernel_host.h", kernelHeader),
    ]
    // All files or no file: existing files are kept.
    for file in files where FileFacts(file.path) != nil {
      let isSame =
        file.path == "kernel_host.h"
        && (try? FileReader.read(path: file.path, limit: 1 << 24)) == file.bytes
      if !isSame { throw .usage(Messages.isThere(file.path)) }
    }
    for (path, bytes) in files {
      do throws(SystemError) {
        let file = try OutputFile(path: path)
        try file.write(bytes[...])
        try file.commit()
      } catch {
        throw .notWritten(Messages.system(error))
      }
    }
    return console.show(made(name, files.map { $0.path }))
  }

  /// What the command has made, and what to do next.
  private static func made(_ name: String, _ files: [String]) -> String {
    let program = HostProcess.name.contains("/") ? HostProcess.name : "host"
    return """
      made \(files.joined(separator: ", "))
      run it:     \(program) \(name).json
      change it:  \(name).c

      """
  }

  private static func manifest(_ name: String) -> String {
    """
    {
      "plugins": ["\(name).c"],
      "tasks": [
        { "kernel": "\(name)" },
        { "kernel": "\(name)", "args": { "n": 1000, "power": 0.5 } }
      ]
    }

    """
  }

  private static func source(_ name: String) -> String {
    """
    /* \(name): sums 1 + 2^power + ... + n^power, a term a step. Make it yours:
     *
     *   1. the struct: parameters, what the loop needs, results
     *   2. step: the body of the loop
     *   3. the description at the end
     *
     * The first command compiles it if it has changed, and runs it; the second describes it:
     *
     *   host \(name).json
     *   host kernels \(name) --plugin \(name).c
     *
     * For everything else see kernel_host.h: arrays, strings, errors of its own, printing,
     * sleeping, memory, data that calls share. */
    #include "kernel_host.h"

    #include <errno.h>
    #include <math.h>

    /* One call's memory: zero, except for the defaults below and the arguments. */
    typedef struct {
        int64_t n;    /* parameter */
        double power; /* parameter */
        int64_t i;    /* of the loop */
        double sum;   /* result */
    } \(name);

    /* The loop's body. Calls take turns, a step each. Steps of a microsecond or more add no
     * noticeable overhead; a step of seconds delays the other calls. */
    static int \(name)_step(kh_call *call, void *state) {
        \(name) *self = state;
        if (self->i == self->n) return KH_DONE; /* the results are in the struct */
        self->sum += pow((double)++self->i, self->power);
        if (isinf(self->sum)) /* this call fails with this message; the others continue */
            return kh_fail(call, -ERANGE, "the sum is too large after %lld terms", (long long)self->i);
        return KH_MORE;
    }

    KH_KERNEL(\(name),
        .summary = "Sum 1 + 2^power + ... + n^power, a term a step.",
        /* PURE: running it again gives the same result. FLAT: no pointer of its own in the struct. */
        .flags = KH_PURE | KH_FLAT,
        .params = KH_PARAMS(
            KH_PARAM(\(name), n, "terms", .range = KH_AT_LEAST(0)),
            KH_PARAM(\(name), power, "what each term is raised to")),
        .results = KH_RESULTS(KH_RESULT(\(name), sum, "the sum")),
        .defaults = KH_DEFAULTS(\(name), .n = 10, .power = 1),
        .step = \(name)_step);

    """
  }
}

extension Messages {
  fileprivate static func oneName(found: Int) -> String {
    found == 0
      ? "no name given: host new NAME" : "\(found) names given, expected one: run host new for each"
  }

  fileprivate static func notIdentifier(_ name: String) -> String {
    "\(quoted(name)) cannot be the name of a C struct: expected letters, digits and _, a letter or "
      + "_ first, at most 64, and not a keyword of C or C++"
  }

  fileprivate static func nameOfBuiltIn(_ name: String) -> String {
    "\(quoted(name)) is the name of a built-in kernel; choose another"
  }

  fileprivate static func isThere(_ path: String) -> String {
    "\(quoted(path)) exists already, and nothing was written; move it away, or choose another name"
  }
}

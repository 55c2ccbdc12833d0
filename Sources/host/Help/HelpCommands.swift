/// What `--help` says of the commands beside `run`.
extension Help {
  static let check = """
    host check - find every mistake of a manifest, run nothing

    usage: host check [--input json|jsonl] [--verbose] [--no-plugins] MANIFEST

    Reports the first 20 mistakes, each with file, line, column, the line itself
    and what to do. Exit code 0: a run would begin; 2: it would not. Plugins are
    compiled and loaded, in a process of their own: code in them runs. --input,
    --isolation, --sandbox, --allow-read, --allow-write and --plugin are as for
    run.

      --verbose  also say how calls would be kept apart, and which parts of the
                 sandbox are in force on this machine
      --no-plugins
                 compile, load and run nothing that the manifest names. Check what
                 can be checked without; list the plugins, the kernels that are
                 not known, and what the manifest allows. For files that you do
                 not trust

    example: host check Sources/Manifests/loops.json

    """

  static let plan = """
    host plan - say which calls a run would make

    usage: host plan [--input json|jsonl] [--call K] [--only NAME] [--calls K..L]
                     [--no-plugins] MANIFEST

    How many calls of each kernel, and of each task with a sweep or a repeat the
    parameters and the first and the last point. Mistakes are found as by check.
    --input, --isolation, --sandbox, --allow-read, --allow-write and --plugin are
    as for run.

      --call K      the one call K (from 0, as in the results): its task, its
                    kernel and all arguments that it is given
      --only NAME   only the calls of tasks of that name, as for run
      --calls K..L  only these calls, as for run
      --no-plugins  compile, load and run nothing that the manifest names, as for
                    check

    example: host plan study.json --call 1000

    """

  static let kernels = """
    host kernels - list the kernels, or describe one

    usage: host kernels [--json] [--plugin PATH ...]
           host kernels NAME [PARAMETER ...] [--json] [--plugin PATH ...]

    Of one kernel: its parameters with type, unit, default, range and meaning, its
    results, its error codes, and where it comes from; or the parameters named,
    and only these.

      --json         for programs: an array of kernels, one kernel as an object, or
                     an array of the parameters named
      --plugin PATH  kernels of this plugin, too; as for run

    example: host kernels for_loop max

    """

  static let new = """
    host new - write an example of a kernel, to begin with

    usage: host new NAME

    Writes NAME.c, a kernel with comments, NAME.json, a manifest that runs it, and
    kernel_host.h, the header, into the current folder. No existing file is
    overwritten. It prints the command that runs it.

    example: host new my_kernel

    """

  static let build = """
    host build - compile a C or C++ file of kernels to a library

    usage: host build FILE.c -o libfile.so [--flag FLAG ...] [--library NAME ...]

    The compile step alone; a manifest may name the file itself, too. The compiler
    is cc (c++ for .cpp, .cc, .cxx), or what CC (CXX) names; kernel_host.h is this
    host's own. What the compiler says is shown as it is.

      -o, --output FILE   where the library is written
      --flag FLAG         for the compiler, behind -O2 -g -fPIC -shared
      -l, --library NAME  "z" links libz; a path is linked as it is

    example: host build my_kernel.c -o libmy_kernel.so --flag=-O3

    """

  static let schema = """
    host schema - print a JSON Schema (draft 2020-12) of manifests, for editors

    usage: host schema [--plugin PATH ...] [--no-plugins] [MANIFEST]

    It has all keys of a manifest and the parameters of all kernels, with type,
    unit, default, range and meaning: of those built in, of the plugins given, and
    of the plugins of MANIFEST, if one is given. An editor that finds it completes
    and checks a manifest while it is written:

        { "$schema": "./manifest.schema.json", "tasks": [ ... ] }

      --plugin PATH  kernels of this plugin, too; as for run
      --no-plugins   compile, load and run nothing: kernels that are built in only

    host check also finds what a schema cannot say: keys and names that appear
    twice, plugins that cannot be loaded. The schema's $comment lists it.

    example: host schema > manifest.schema.json

    """

  static let completions = """
    host completions - print a completion script for a shell

    usage: host completions bash|zsh|fish
           host completions SHELL --complete -- WORD ...

    When the script is loaded, the Tab key completes commands, options and their
    values, files, kernels (of plugins given on the line, too) and their
    parameters. Put what belongs to your shell where it is read at the start:

      bash  in ~/.bashrc:              source <(host completions bash)
      zsh   in ~/.zshrc, after compinit:   source <(host completions zsh)
      fish  in ~/.config/fish/config.fish:  host completions fish | source

    The script asks the host itself how a line can go on, so it is never out of
    date. Plugins are loaded for that in a process of their own, in half a second
    or not at all; C and C++ files are not compiled for it, so the kernels of one
    are offered once it has been used.

      --complete  what scripts ask: the words of a line behind the program's name,
                  up to the cursor; prints what the last one can be. The first line
                  of the answer is what stays of the word, the second the part that
                  is completed, and each other "word", its text and its meaning, or
                  "file" and the names' ends, or "folder", with tabs between

    example: host completions bash > ~/.local/share/bash-completion/completions/host

    """

  static let man = """
    host man - print the manual page

    usage: host man

    The page is made of the texts that --help shows. To read it, or to install it
    for man host:

        host man | man -l -
        host man > ~/.local/share/man/man1/host.1

    example: host man | man -l -

    """
}

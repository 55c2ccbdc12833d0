/// The sentences about plugins: what they are made of, and why one is not loaded.
extension Wording {
  static func prototype(_ problem: PrototypeProblem) -> String {
    let start = "cannot read this declaration: "
    switch problem {
    case .expected(let what, let found):
      return start + "expected \(what), found \(found == "the end" ? found : quoted(found)); "
        + "write it as in C, like \"double hypot(double x, double y)\""
    case .unknownType(let name):
      return start + "\(quoted(name)) is no type that is known here; if it stands for a number, "
        + "put its declaration before this one, like \"typedef unsigned int \(name);\"; else "
        + "wrap the function in a C file"
    case .unknownPointer(let name):
      return start + "a pointer to \(quoted(name)), which is no type that is known here, cannot be "
        + "passed; if it stands for a number, put its typedef before this one; else wrap the "
        + "function in a C file"
    case .unsupportedType(let type):
      return start + "\(quoted(type)) cannot be passed; what can: integers, float, double, bool, "
        + "enumerations, texts, bytes, and pointers to numbers; wrap the function in a C file for "
        + "anything else"
    case .structure(let type):
      return start + "\(quoted(type)) is a structure, which cannot be passed; wrap the function in "
        + "a C file"
    case .functionPointer:
      return start + "a pointer to a function cannot be passed; wrap the function in a C file"
    case .pointerResult(let type):
      return start + "it returns \(quoted(type)), of which nothing tells how long it is and who "
        + "frees it; only char * can be returned; wrap the function in a C file"
    case .writtenText(let name):
      return start + "\(quoted(name)) is a text that the function writes to, and nothing says how "
        + "long it may be; say it in brackets, like \"char \(name)[64]\""
    case .noCount(let name):
      return start + "nothing counts the elements of \(quoted(name)); say in brackets how many "
        + "there are, like \(name)[3] or \(name)[n]"
    case .ambiguousCount(let name, let among, let example):
      return start + "it is not clear what counts the elements of \(quoted(name)) (beside it "
        + "\(among.count == 1 ? "is" : "are") \(list(among))); say it in brackets, like "
        + "\(name)[\(example)], or \(name)[1] for a single value"
    case .unknownCount(let name, let count):
      return start + "\(quoted(count)), which counts \(quoted(name)), is neither a parameter nor a "
        + "constant that is known here; write the number, or put \"#define \(count) NUMBER\" "
        + "before this declaration"
    case .countIsNoNumber(let name):
      return start + "\(quoted(name)) counts an array, so it must be a whole number"
    case .wrongSize(let name):
      return start + "\(quoted(name)) can have 1 to 1,048,576 elements"
    case .initializerTakes(let name):
      return start + "\(quoted(name)) is called before others, so it must take nothing: (void)"
    case .variadic:
      return start + "functions with \"...\" cannot be called; wrap it in a C file"
    case .twice(let name): return start + "two parameters have the name \(quoted(name))"
    case .tooMany:
      return start + "at most 14 whole numbers and addresses and 8 floating point numbers can be "
        + "passed; wrap the function in a C file"
    }
  }

  static let missingFunction =
    "the object has no \"function\"; add one, like \"double gamma(double x)\""
  static let badKernelName = "a kernel's name has at least one character, and no line end"

  static func errorOfFunction(_ found: String) -> String {
    "\"error\" can be \"errno\", found \(quoted(found)); a call then fails with the errno that "
      + "the function sets"
  }

  public static func pluginNotLoaded(_ path: String, _ reason: String) -> String {
    "cannot load plugin \(self.path(path)): \(reason)"
  }

  public static func declarationTooLong(_ name: String) -> String {
    "the declaration of \(quoted(name)), with the constants of its enumerations, is longer than "
      + "4,000 bytes; leave out constants that are not used"
  }

  public static func functionMissing(_ name: String) -> String {
    "it has no function \(quoted(name)); `nm -D` lists what it has"
  }

  public static func functionElsewhere(_ name: String, library: String) -> String {
    "its function \(quoted(name)) is in \(path(library)), which it needs; name that library"
  }

  public static func functionIsData(_ name: String) -> String {
    "its \(quoted(name)) is data, not a function"
  }

  public static func functionSignature(_ name: String) -> String {
    "its function \(quoted(name)) cannot be called with these parameters on this machine"
  }

  // MARK: Compiling

  public static func noCompiler(_ name: String, variable: String) -> String {
    "it is source, and there is no compiler \(quoted(name)) on the PATH; install one, or set "
      + "\(variable)"
  }

  public static func notCompiled(_ command: String, _ output: String) -> String {
    "\(command) refused it:\n\(output)"
  }

  public static let noHome = "neither XDG_CACHE_HOME nor HOME names a folder"

  public static func noCache(_ reason: String) -> String {
    "what is compiled cannot be kept: \(reason); set XDG_CACHE_HOME to a folder of your own"
  }

  public static func foreignCache(_ folder: String, owner: UInt32) -> String {
    "the folder \(path(folder)) belongs to user \(owner), who could change it"
  }

  public static func openCache(_ folder: String, rights: UInt32) -> String {
    "others may write to the folder \(path(folder)) (mode \(String(rights, radix: 8))); "
      + "`chmod go-w` it"
  }

  public static func waitedForCache(_ folder: String, seconds: Double) -> String {
    "warning: another process held \(path(folder + "/making")) for \(plain(seconds)) s; "
      + "compiled without waiting for it longer"
  }

  public static func sourceUnreadable(_ file: String?, _ reason: String) -> String {
    file.map { "cannot read \(path($0)): \(reason)" } ?? reason
  }

  /// What the compiler said of a plugin that was then not loaded.
  public static func compilerSaid(_ reason: String, _ said: String) -> String {
    said.isEmpty ? reason : "\(reason)\nwhat the compiler said of it:\n\(said)"
  }

  // MARK: Loading

  /// The loader's own sentence, of a library at a path that need not be known to the user.
  /// `isBeside`: a file of that name lies beside the manifest.
  public static func linker(_ text: String, library: String, isBeside: Bool) -> String {
    let start = library + ": "
    let reason = text.hasPrefix(start) ? String(text.dropFirst(start.count)) : text
    if reason.hasPrefix("undefined symbol: ") {
      return reason + "; declare it, and add the library that has it to \"libraries\" or the file "
        + "that has it to \"sources\""
    }
    if reason.contains("static TLS block") {
      return reason + "; set GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536 and try again"
    }
    if isBeside {
      return reason + "; a library by its name alone is looked for in the system's folders: write "
        + "\"./\" before it for the one beside the manifest"
    }
    return reason
  }

  public static func linkerScript(_ library: String?) -> String {
    "it is a text for linkers, not a library; name the library itself"
      + (library.map { ", \(quoted($0))" } ?? "")
  }

  public static let noLibrary =
    "it is no library: it does not begin as ELF files do; the names of source files end with .c, "
    + ".cpp, .cc, .cxx, .c++ or .C"

  public static func otherMachine(_ name: String) -> String {
    "it was built for another machine, \(name); build it for this one"
  }

  public static func libraryCut(_ size: Int, expected: Int) -> String {
    "the file is cut off: it has \(counted(size, "byte")), expected at least "
      + "\(grouped(expected)); copy or build it again"
  }

  public static func sanitized(_ library: String) -> String {
    "it was compiled with a sanitizer, which must be loaded before all else; start the host with "
      + "LD_PRELOAD=$(cc -print-file-name=\(library))"
  }

  /// A library's own names that the loader gave to another library.
  public static func namesReplaced(
    _ plugin: String, _ names: [String], by library: String, isCompiled: Bool
  ) -> String {
    let list = names.map(quoted).joined(separator: ", ")
    return "warning: plugin \(path(plugin)): its own \(list) "
      + "\(names.count == 1 ? "is" : "are") not used, but what \(path(library)) has under "
      + "\(names.count == 1 ? "that name" : "these names"); "
      + (isCompiled ? "" : "link it with -Wl,-Bsymbolic, or ") + "make them static"
  }

  /// Static variables that g++ makes one of in the whole process.
  public static func namesShared(_ plugin: String, _ names: [String], with other: String) -> String
  {
    "warning: plugin \(path(plugin)): its \(list(names)) "
      + "\(names.count == 1 ? "is" : "are") not its own but shared with \(path(other)); compile "
      + "both with -fno-gnu-unique (c++filt tells what the names mean)"
  }

  /// Two plugins that need two libraries of one name.
  public static func otherLibrary(
    _ plugin: String, _ name: String, wanted: String, got: String
  ) -> String {
    "warning: plugin \(path(plugin)): it needs \(quoted(name)) from \(path(wanted)), and gets "
      + "\(path(got)), which was loaded before it; give one of them another name (SONAME), or "
      + "link it statically"
  }

  public static let noKernels =
    "it has no kernels; a library of kernels includes kernel_host.h and declares them with "
    + "KH_KERNEL or KH_FUNCTION"

  public static func wrongMagic(found: UInt64, expected: UInt64) -> String {
    "its kernel_host_library begins with 0x\(String(found, radix: 16)), expected "
      + "0x\(String(expected, radix: 16)); build it with this host's kernel_host.h"
  }

  public static func wrongMajor(found: Int, expected: Int) -> String {
    "it was built for version \(found) of the kernel ABI, expected \(expected); build it again "
      + "with this host's kernel_host.h"
  }

  public static func wrongSize(of type: String, found: Int, expected: Int) -> String {
    "its \(type) has \(counted(found, "byte")), expected at least \(expected); build it again with "
      + "this host's kernel_host.h"
  }

  /// `host`: the version of the ABI that it has, like "1.1". An empty `kernel` is the library.
  public static func newerPart(
    _ kernel: String, minor: Int, of type: String, byte: Int, host: String
  ) -> String {
    (kernel.isEmpty ? "it" : "its kernel \(quoted(kernel))")
      + " was built with kernel_host.h 1.\(minor), and sets a part of \(type) (byte \(byte)) that "
      + "this host (ABI \(host)) does not know: use a newer host, or leave that part out"
  }

  public static func needsNewerHost(_ kernel: String, minor: Int, host: String) -> String {
    "its kernel \(quoted(kernel)) needs a host of ABI 1.\(minor), and this one has \(host): use a "
      + "newer host"
  }

  public static func unknownFlag(
    _ kernel: String, field: String?, flag: UInt64, minor: Int, host: String
  ) -> String {
    "its kernel \(quoted(kernel)) needs flag 0x\(String(flag, radix: 16))"
      + (field.map { " of its field \(quoted($0))" } ?? "")
      + ", which this host (ABI \(host)) does not know: use a newer host (it was built with "
      + "kernel_host.h 1.\(minor))"
  }

  /// Behind the kernel's name.
  public static func unknownType(_ field: String, type: UInt64, host: String) -> String {
    "has a field \(quoted(field)) of type \(type), which this host (ABI \(host)) does not know: use "
      + "a newer host"
  }

  public static func duplicateKernel(_ name: String, other: String?) -> String {
    "its kernel \(quoted(name)) is there already, "
      + (other.map { "in \(path($0))" } ?? "built in") + "; rename one of them"
  }

  public static func samePlugin(_ other: String) -> String {
    "the same file is a plugin already, as \(path(other)); remove one of them"
  }

  private static let atLoad =
    "its code that runs at load (constructors), or that of a library that "
    + "it needs,"

  public static func loadingCrashed(signal: Int32) -> String {
    "\(atLoad) died of \(signalName(signal)); nothing of it can be called until that is mended"
  }

  public static func loadingExited(code: Int32) -> String {
    "\(atLoad) called exit(\(code)); it must return"
  }

  public static func loadingHung(seconds: Double) -> String {
    "\(atLoad) did not return within \(plain(seconds)) s; move what takes long into a kernel"
  }

  public static func descriptionTooLarge(_ found: Int, most: Int) -> String {
    "what it says of its kernels makes \(counted(found, "byte")), with the plugins before it; the "
      + "most is \(grouped(most)); large defaults belong into start"
  }

  public static func descriptionSize(_ size: Int) -> String {
    "is described in \(counted(size, "byte")), which are too many"
  }

  public static func badKernel(_ name: String, _ problem: String) -> String {
    "its kernel \(quoted(name)) \(problem)"
  }
}

/// The messages about plugins: their declarations and sources, and why one is not loaded.
extension Wording {
  static func prototype(_ problem: PrototypeProblem) -> String {
    let start = "cannot read this declaration: "
    switch problem {
    case .expected(let what, let found):
      return start + "expected \(what), found \(found == "the end" ? found : quoted(found)); "
        + "write it as in C, like \"double hypot(double x, double y)\""
    case .unknownType(let name):
      return start + "\(quoted(name)) is not a known type; if it stands for a number, "
        + "put its declaration before this one, like \"typedef unsigned int \(name);\"; else "
        + "wrap the function in a C file"
    case .unknownPointer(let name):
      return start + "a pointer to \(quoted(name)), which is not a known type, cannot be "
        + "passed; if it stands for a number, put its typedef before this one; else wrap the "
        + "function in a C file"
    case .unsupportedType(let type):
      return start + "\(quoted(type)) cannot be passed; what can: integers, float, double, bool, "
        + "enumerations, strings, bytes, and pointers to numbers; wrap the function in a C file for "
        + "anything else"
    case .structure(let type):
      return start + "\(quoted(type)) is a structure, which cannot be passed; wrap the function in "
        + "a C file"
    case .functionPointer:
      return start + "a pointer to a function cannot be passed; wrap the function in a C file"
    case .pointerResult(let type):
      return start
        + "it returns \(quoted(type)), and neither its length nor who frees it is known; "
        + "only char * can be returned; wrap the function in a C file"
    case .writtenText(let name):
      return start
        + "\(quoted(name)) is a string that the function writes to, and its size is not known; "
        + "write it in brackets, like \"char \(name)[64]\""
    case .noCount(let name):
      return start + "the number of elements of \(quoted(name)) is not known; write it in "
        + "brackets, like \(name)[3] or \(name)[n]"
    case .ambiguousCount(let name, let among, let example):
      return start
        + "it is not clear which parameter is the number of elements of \(quoted(name)) (beside it "
        + "\(among.count == 1 ? "is" : "are") \(list(among))); write it in brackets, like "
        + "\(name)[\(example)], or \(name)[1] for a single value"
    case .unknownCount(let name, let count):
      return start + "\(quoted(count)), which counts \(quoted(name)), is neither a parameter nor a "
        + "constant that is known here; write the number, or put \"#define \(count) NUMBER\" "
        + "before this declaration"
    case .countIsNoNumber(let name):
      return start + "\(quoted(name)) counts an array, so it must be an integer"
    case .wrongSize(let name):
      return start + "\(quoted(name)) can have 1 to 1,048,576 elements"
    case .initializerTakes(let name):
      return start
        + "\(quoted(name)) is called before all others, without arguments, so its parameters must be (void)"
    case .variadic:
      return start + "functions with \"...\" cannot be called; wrap this one in a C file"
    case .twice(let name): return start + "two parameters have the name \(quoted(name))"
    case .tooMany:
      return start + "at most 14 integers and addresses and 8 floating point numbers can be "
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
    "its \(quoted(name)) is data, not a function; declare a function"
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
    "\(command) rejected it:\n\(output)"
  }

  public static let noHome = "neither XDG_CACHE_HOME nor HOME names a folder"

  public static func noCache(_ reason: String) -> String {
    "compiled plugins cannot be stored: \(reason); set XDG_CACHE_HOME to a folder of your own"
  }

  public static func foreignCache(_ folder: String, owner: UInt32) -> String {
    "the folder \(path(folder)) belongs to user \(owner), who could change it; set XDG_CACHE_HOME "
      + "to a folder of your own"
  }

  public static func openCache(_ folder: String, rights: UInt32) -> String {
    "others may write to the folder \(path(folder)) (mode \(String(rights, radix: 8))); "
      + "`chmod go-w` it"
  }

  public static func waitedForCache(_ folder: String, seconds: Double) -> String {
    "warning: another process held \(path(folder + "/making")) for \(plain(seconds)) s; "
      + "compiled without waiting longer"
  }

  public static func sourceUnreadable(_ file: String?, _ reason: String) -> String {
    file.map { noPluginFile($0, reason: reason) } ?? reason
  }

  /// Adds the compiler's messages about a plugin that was not loaded.
  public static func compilerSaid(_ reason: String, _ said: String) -> String {
    said.isEmpty ? reason : "\(reason)\nmessages of the compiler:\n\(said)"
  }
}

import KernelBridge
import KernelHostModel

/// The machine's compiler for a language.
struct PluginCompiler {
  private let words: [String]
  private let language: Plugin.Language
  /// What distinguishes it from other compilers and other versions.
  let facts: [String]

  /// Environment variables that change what compilers and linkers make. Others only change their
  /// messages.
  private static let variables = [
    "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "LD_RUN_PATH",
    "COMPILER_PATH", "GCC_EXEC_PREFIX", "SOURCE_DATE_EPOCH", "PATH", "LDEMULATION", "GNUTARGET",
    "CCC_OVERRIDE_OPTIONS", "CCACHE_DISABLE", "LD_LIBRARY_PATH", "LD_PRELOAD",
  ]

  init(_ language: Plugin.Language) throws(PluginBuilder.Failure) {
    let (variable, usual) = language == .c ? ("CC", "cc") : ("CXX", "c++")
    let wanted = environmentVariable(variable).flatMap { $0.isEmpty ? nil : $0 } ?? usual
    self.language = language
    words = wanted.split(separator: " ").map(String.init)
    guard let name = words.first, let path = Folders.program(name), let file = FileFacts(path)
    else { throw .noCompiler(wanted, variable: variable) }
    facts =
      [path, String(file.size), String(file.changed)]
      + Self.variables.map { $0 + "=" + (environmentVariable($0) ?? "") }
  }

  /// Returns the path of one of the compiler's own libraries; nil if there is no library of that
  /// name.
  func file(named name: String) -> String? {
    guard let ended = try? Program.run(words + ["-print-file-name=" + name], errors: .discarded),
      ended.code == 0
    else { return nil }
    let path = String(decoding: ended.output.prefix { $0 != 10 }, as: UTF8.self)
    return path.hasPrefix("/") && FileFacts(path)?.isRegular == true ? path : nil
  }

  /// Returns the whole command. `flags` follow the host's own, so that they override them.
  ///
  /// -Bsymbolic: a plugin uses its own functions and variables, also if libc or another plugin has
  /// the same names. `step`, `error`, `accept` and `y0` are functions of libc and libm, too.
  func command(_ plugin: Plugin, headers: String, output: String) -> [String] {
    let files = ([plugin.path] + plugin.sources).flatMap(source)
    return words + Self.own + ["-I", headers] + given(plugin) + files + ["-o", output]
      + libraries(plugin) + ["-lm"]
  }

  private static let own = ["-O2", "-g", "-Wall", "-fPIC", "-shared", "-Wl,-Bsymbolic"]

  private func given(_ plugin: Plugin) -> [String] {
    plugin.include.flatMap { ["-I", $0] } + plugin.flags
  }

  /// Returns the command without the compiler and the files.
  func flags(_ plugin: Plugin) -> [String] {
    words.dropFirst() + Self.own + given(plugin) + libraries(plugin) + ["-lm"]
  }

  /// Returns the first line that it prints about its version, or an empty string.
  var version: String {
    guard let ended = try? Program.run(words + ["--version"], errors: .discarded), ended.code == 0
    else { return "" }
    return Wording.plainLine(Array(ended.output.prefix { $0 != 10 }))
  }

  private func libraries(_ plugin: Plugin) -> [String] {
    plugin.libraries.flatMap { library -> [String] in
      guard let slash = library.lastIndex(of: "/") else { return ["-l" + library] }
      guard library[slash...].contains(".so") else { return [library] }
      // At run time the library is found where it was linked from.
      return ["-Wl,-rpath," + library[..<slash], library]
    }
  }

  /// A C++ compiler compiles a C file as C++ unless the language is given.
  private func source(_ path: String) -> [String] {
    guard language == .cPlusPlus, Plugin.language(of: path) == .c else { return [path] }
    return ["-x", "c", path, "-x", "none"]
  }

  /// Runs the compiler. Returns what it printed and the paths that it looked at. Throws what it
  /// printed if it made no library.
  func run(
    _ plugin: Plugin, headers: String, output: String
  ) throws(PluginBuilder.Failure) -> (said: String, looks: [String: WatchedProgram.Look]?) {
    let command = command(plugin, headers: headers, output: output) + ownStatics
    let ended: WatchedProgram
    do throws(SystemError) {
      ended = try WatchedProgram.run(command, in: plugin.compilesIn)
    } catch {
      throw .cache(error)
    }
    let text = String(decoding: ended.output, as: UTF8.self)
    let said = text.hasSuffix("\n") ? String(text.dropLast()) : text
    if ended.code != 0 { throw .refused(command: words.joined(separator: " "), output: said) }
    return (said, ended.looks)
  }

  /// g++ makes static variables of templates and inline functions unique in the process: two
  /// plugins would share them. Other compilers do not, and have no such option.
  private var ownStatics: [String] {
    guard language == .cPlusPlus else { return [] }
    let option = "-fno-gnu-unique"
    let asked = words + [option, "-Werror", "-fsyntax-only", "-x", "c++", "/dev/null"]
    let ended = try? Program.run(asked, errors: .discarded)
    return ended?.code == 0 ? [option] : []
  }
}

extension Plugin {
  /// Returns the folder in which the compiler runs. Without flags the folder does not matter. It is
  /// then not the current one, so that the cached library is found from everywhere.
  var compilesIn: String {
    if !folder.isEmpty { return folder }
    return path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "/"
  }
}

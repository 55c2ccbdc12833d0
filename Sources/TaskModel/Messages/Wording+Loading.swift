/// The messages about libraries that cannot be loaded.
extension Wording {
  /// The loader's own message, without the library's path, which users may not know. `isBeside`: a
  /// file of that name is beside the manifest.
  public static func linker(_ text: String, library: String, isBeside: Bool) -> String {
    let start = library + ": "
    let reason = text.hasPrefix(start) ? String(text.dropFirst(start.count)) : text
    if reason.hasPrefix("undefined symbol: ") {
      return reason + "; declare it, and add the library that has it to \"libraries\" or the file "
        + "that has it to \"sources\""
    }
    if reason.hasPrefix("cannot open shared object file"), !library.contains(".so") {
      return reason
        + "; write the name of the library's file, like \"libm.so.6\" (`ldconfig -p` lists "
        + "those of the system), or its path"
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
    "it is a linker script, not a library; name the library itself"
      + (library.map { ", \(quoted($0))" } ?? "")
  }

  /// The message about a plugin whose path does not exist.
  public static func noPluginFile(_ path: String, reason: String) -> String {
    "cannot read \(self.path(path)): \(reason); correct the path (in a manifest it is relative to "
      + "the manifest's folder; a name alone is also looked for in HOST_PLUGIN_PATH)"
  }

  public static let noLibrary =
    "it is not a library: it does not begin as ELF files do; the names of source files end with .c, "
    + ".cpp, .cc, .cxx, .c++ or .C"

  public static func otherMachine(_ name: String) -> String {
    "it was built for another machine, \(name); build it for this one"
  }

  public static func libraryCut(_ size: Int, expected: Int) -> String {
    "the file is cut off: it has \(counted(size, "byte")), expected at least "
      + "\(grouped(expected)); copy or build it again"
  }

  public static func sanitized(_ library: String) -> String {
    "it was compiled with a sanitizer, which must be loaded first; start the host with "
      + "LD_PRELOAD=$(cc -print-file-name=\(library))"
  }

  /// The warning about names of a library that the loader has bound to another library.
  public static func namesReplaced(
    _ plugin: String, _ names: [String], by library: String, isCompiled: Bool
  ) -> String {
    let list = names.map(quoted).joined(separator: ", ")
    return "warning: plugin \(path(plugin)): its own \(list) "
      + "\(names.count == 1 ? "is" : "are") not used, because \(path(library)) has the same "
      + "\(names.count == 1 ? "name" : "names"); "
      + (isCompiled ? "" : "link it with -Wl,-Bsymbolic, or ") + "make them static"
  }

  /// The warning about static variables that g++ shares between all libraries of a process.
  public static func namesShared(_ plugin: String, _ names: [String], with other: String) -> String
  {
    "warning: plugin \(path(plugin)): its \(list(names)) "
      + "\(names.count == 1 ? "is" : "are") not its own but shared with \(path(other)); compile "
      + "both with -fno-gnu-unique (c++filt decodes the names)"
  }

  /// The warning about two plugins that need two different libraries of the same name.
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

  /// The message about two kernels of one name. `isFunction`: it is a function that the manifest
  /// declares.
  public static func duplicateKernel(
    _ name: String, other: String?, isFunction: Bool
  ) -> String {
    "its kernel \(quoted(name)) exists already, "
      + (other.map { "in \(path($0))" } ?? "built in") + "; "
      + (isFunction
        ? "remove one of them, or give one another name, "
          + "{\"function\": \"...\", \"as\": \"NAME\"}" : "rename one of them")
  }

  /// The message about a plugin that is given twice. `place` is that of the first in the manifest;
  /// nil if the first is on the command line.
  static func samePlugin(_ path: String, as other: String, at place: String?) -> String {
    let first = place.map { "in \($0)" } ?? "on the command line (--plugin)"
    return "plugin \(self.path(path)) is given twice: it is the same file as "
      + (path == other ? "the one \(first)" : "\(self.path(other)) \(first)")
      + "; remove one of them"
  }

  /// The message about a part of the ABI that is newer than the host. `host` is the host's version
  /// of the ABI, like "1.1". An empty `kernel` is the library.
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

  /// The message about an unknown type, which follows the kernel's name.
  public static func unknownType(_ field: String, type: UInt64, host: String) -> String {
    "has a field \(quoted(field)) of type \(type), which this host (ABI \(host)) does not know: use "
      + "a newer host"
  }

  public static func samePlugin(_ other: String) -> String {
    "it is given twice: it is the same file as the plugin \(path(other)); remove one of them"
  }

  private static let atLoad =
    "its code that runs at load (constructors), or that of a library that "
    + "it needs,"

  public static func loadingCrashed(signal: Int32) -> String {
    "\(atLoad) died of \(signalName(signal)); correct that code first"
  }

  public static func loadingExited(code: Int32) -> String {
    "\(atLoad) called exit(\(code)); it must return"
  }

  public static func loadingHung(seconds: Double) -> String {
    "\(atLoad) did not return within \(plain(seconds)) s; move slow code into a kernel"
  }

  public static func descriptionTooLarge(_ found: Int, most: Int) -> String {
    "the descriptions of its kernels and of the plugins before it have \(counted(found, "byte")); the "
      + "limit is \(grouped(most)); set large defaults in start"
  }

  public static func descriptionSize(_ size: Int) -> String {
    "has a description of \(counted(size, "byte")), which is too long; shorten its texts"
  }

  public static func badKernel(_ name: String, _ problem: String) -> String {
    "its kernel \(quoted(name)) \(problem)"
  }
}

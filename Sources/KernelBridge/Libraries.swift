import CKernelHost
import CKernelHostLanes

/// The kernels of this process: the built-in ones, and those of loaded libraries. They live as long
/// as the process. One thread at a time uses this.
@safe final class Libraries {
  private let kernels: OpaquePointer

  init() {
    guard let kernels = unsafe kh_kernels_open() else { fatalError("no memory for the kernels") }
    unsafe self.kernels = kernels
  }

  /// Loads a library. From now on its code runs in this process.
  func load(_ source: PluginSource) throws(PluginRefusal) -> [PluginNote] {
    var result = kh_load_result()
    switch source {
    case .library(let path): unsafe kh_kernels_add(kernels, path, &result)
    case .function(let lines): unsafe kh_kernels_declare(kernels, lines, &result)
    }
    if let refusal = PluginRefusal(source.path, result) { throw refusal }
    return PluginNote.all(result)
  }

  /// The encoded descriptors, for `DescriptorDecoder`.
  var description: [UInt8] {
    let size = unsafe kh_kernels_encode(kernels, nil, 0)
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      unsafe kh_kernels_encode(kernels, buffer.baseAddress, size)
      count = size
    }
  }

  /// Their descriptors in the same order.
  var table: UnsafePointer<UnsafePointer<kh_kernel>?>? { unsafe kh_kernels_table(kernels) }
}

/// What is loaded for a plugin.
public enum PluginSource: Sendable, Hashable {
  /// A shared library with kernels.
  case library(path: String)
  /// A function of a plain library, in the lines of ffi.h.
  case function(String)

  /// The path of the library.
  public var path: String {
    switch self {
    case .library(let path): path
    case .function(let lines): String(lines.prefix { $0 != "\n" })
    }
  }
}

/// What was found of a loaded library: its file, and names that are bound to another library.
public enum PluginNote: Hashable, Sendable {
  /// The file that the loader took, if it was not loaded before.
  case file(String)
  /// Its function or variable is not used; another library's is.
  case replaced(String, by: String)
  /// A static variable of C++ that it shares with another plugin.
  case shared(String, with: String)
  /// By its run path the library that it needs is at a path, but another of that name was loaded
  /// before.
  case otherLibrary(String, wanted: String, got: String)
  /// What its code changed in the process while it was loaded. It was restored.
  case changed(ProcessChanges)

  /// Reads lines in the format of bindings.h. A plugin's process may have written anything.
  static func all(_ result: kh_load_result) -> [PluginNote] {
    let changes = ProcessChanges(rawValue: UInt32(truncatingIfNeeded: result.found))
    return (changes.isEmpty ? [] : [.changed(changes)])
      + PluginRefusal.text(result.text).split(separator: "\n").compactMap { line in
        let words = line.dropFirst().split(separator: "\t").map(String.init)
        switch (line.first, words.count) {
        case ("@", 1): return .file(words[0])
        case ("=", 2): return .replaced(words[0], by: words[1])
        case ("+", 2): return .shared(words[0], with: words[1])
        case ("/", 3): return .otherLibrary(words[0], wanted: words[1], got: words[2])
        default: return nil
        }
      }
  }
}

/// Why a plugin was not loaded.
@safe public struct PluginRefusal: Error, Hashable, Sendable {
  public let path: String
  public let reason: Reason

  public enum Reason: Hashable, Sendable {
    /// The dynamic loader's own text.
    case linker(String)
    case noKernels
    case wrongMagic(found: UInt64, expected: UInt64)
    case wrongMajor(found: Int, expected: Int)
    case wrongSize(of: String, found: Int, expected: Int)
    /// Another library has a kernel of that name; nil: it is built in.
    case duplicate(kernel: String, other: String?)
    case crashed(signal: Int32)
    case exited(code: Int32)
    case hung
    /// Of a function of a plain library.
    case noSymbol(String)
    case elsewhere(String, other: String)
    case noFunction(String)
    case signature(String)
    /// The bytes of its descriptors and all before them.
    case tooLarge(found: Int, most: Int)
    /// It uses a part of a struct that this host's header does not have. An empty kernel means the
    /// library itself.
    case newer(kernel: String, minor: Int, of: String, byte: Int)
    /// It requires a host of that minor version.
    case needs(kernel: String, minor: Int)
    /// It, or a field of it, has a flag that this host does not know.
    case unknownFlag(kernel: String, field: String?, flag: UInt64, minor: Int)
  }

  init(path: String, reason: Reason) {
    self.path = path
    self.reason = reason
  }

  init?(_ path: String, _ result: kh_load_result) {
    let text = Self.text(result.text)
    let other = Self.text(result.other)
    let found = result.found
    let expected = result.expected
    self.path = path
    switch result.refusal {
    case KH_LOAD_OK: return nil
    case KH_LOAD_NO_KERNELS: reason = .noKernels
    case KH_LOAD_MAGIC:
      reason = .wrongMagic(found: UInt64(bitPattern: found), expected: UInt64(bitPattern: expected))
    case KH_LOAD_MAJOR: reason = .wrongMajor(found: Int(found), expected: Int(expected))
    case KH_LOAD_SIZE: reason = .wrongSize(of: text, found: Int(found), expected: Int(expected))
    case KH_LOAD_DUPLICATE:
      reason = .duplicate(kernel: text, other: other.isEmpty ? nil : other)
    case KH_LOAD_CRASHED: reason = .crashed(signal: Int32(clamping: found))
    case KH_LOAD_EXITED: reason = .exited(code: Int32(clamping: found))
    case KH_LOAD_HUNG: reason = .hung
    case KH_LOAD_NO_SYMBOL: reason = .noSymbol(text)
    case KH_LOAD_ELSEWHERE: reason = .elsewhere(text, other: other)
    case KH_LOAD_NO_FUNCTION: reason = .noFunction(text)
    case KH_LOAD_SIGNATURE: reason = .signature(text)
    case KH_LOAD_NEWER:
      reason = .newer(kernel: text, minor: Int(found), of: other, byte: Int(expected))
    case KH_LOAD_NEEDS: reason = .needs(kernel: text, minor: Int(found))
    case KH_LOAD_FLAG:
      reason = .unknownFlag(
        kernel: text, field: other.isEmpty ? nil : other, flag: UInt64(bitPattern: found),
        minor: Int(expected))
    case KH_LOAD_LARGE: reason = .tooLarge(found: Int(found), most: DescriptorDecoder.largest)
    default: reason = .linker(text)
    }
  }

  /// Returns a C array of characters up to its NUL.
  static func text<Characters>(_ characters: Characters) -> String {
    unsafe withUnsafeBytes(of: characters) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

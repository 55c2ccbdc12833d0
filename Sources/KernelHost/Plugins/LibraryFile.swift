import KernelBridge
import KernelHostModel

/// A fault in the file of a library that the loader refused, or that made it crash. The loader's
/// own messages are about headers, or about files that exist.
enum LibraryFile {
  enum Problem: Hashable {
    /// It is a linker script. The value is the library that the script names.
    case linkerScript(String?)
    case noLibrary
    case otherMachine(String)
    /// It has fewer bytes than its header says.
    case cut(size: Int, expected: Int)
    /// It was compiled with a sanitizer, which must be loaded first.
    case sanitized(String)
  }

  /// Finds the fault of a file. Nil if there is no known fault, or the file cannot be read.
  /// O(size).
  static func problem(_ path: String) -> Problem? {
    guard FileFacts(path)?.isRegular == true,
      let bytes = try? FileReader.read(path: path, limit: 1 << 28)
    else { return nil }
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return text(bytes) }
    guard bytes.count >= 64 else { return .cut(size: bytes.count, expected: 64) }
    let machine = number(bytes, 18, 2)
    if machine != ownMachine || bytes[4] != 2 { return .otherMachine(name(machine, bytes[4])) }
    if let end = end(bytes), end > bytes.count { return .cut(size: bytes.count, expected: end) }
    for name in ["libasan.so", "libtsan.so", "libmsan.so"]
    where contains(bytes, Array(name.utf8)) {
      return .sanitized(name)
    }
    return nil
  }

  /// "GROUP ( /lib/x86_64-linux-gnu/libm.so.6 AS_NEEDED ( ... ) )"
  private static func text(_ bytes: [UInt8]) -> Problem {
    let start = String(decoding: bytes.prefix(4096), as: UTF8.self)
    let words = start.split { $0.isWhitespace || $0 == "(" || $0 == ")" }
    guard words.contains("GROUP") || words.contains("INPUT") else { return .noLibrary }
    let library = words.first { $0.contains(".so.") && !$0.hasPrefix("\"") }
    return .linkerScript(library.map { String($0.split(separator: "/").last ?? $0) })
  }

  /// Returns where the last loadable segment ends.
  private static func end(_ bytes: [UInt8]) -> Int? {
    let start = number(bytes, 32, 8)
    let size = number(bytes, 54, 2)
    let count = number(bytes, 56, 2)
    var end = start + size * count
    guard size >= 56, start >= 0, end <= bytes.count else { return max(end, 64) }
    for index in 0..<count {
      let at = start + index * size
      // PT_LOAD: the offset and the length of the segment in the file.
      if number(bytes, at, 4) == 1 {
        end = max(end, number(bytes, at + 8, 8) + number(bytes, at + 32, 8))
      }
    }
    return end
  }

  private static func number(_ bytes: [UInt8], _ at: Int, _ size: Int) -> Int {
    guard at >= 0, at + size <= bytes.count else { return 0 }
    var number: UInt64 = 0
    for index in 0..<size { number |= UInt64(bytes[at + index]) << UInt64(8 * index) }
    // The file may contain any numbers, so impossible sizes are refused before they are added.
    return Int(min(number, 1 << 50))
  }

  private static let ownMachine: Int = {
    #if arch(x86_64)
      62
    #elseif arch(arm64)
      183
    #else
      0
    #endif
  }()

  private static func name(_ machine: Int, _ size: UInt8) -> String {
    let names = [
      3: "x86 (32 bits)", 8: "MIPS", 20: "PowerPC", 21: "PowerPC (64 bits)", 22: "S/390",
      40: "ARM (32 bits)", 62: "x86-64", 183: "ARM (64 bits)", 243: "RISC-V", 258: "LoongArch",
    ]
    return names[machine] ?? "machine \(machine)" + (size == 1 ? ", 32 bits" : "")
  }

  private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    var at = 0
    while let first = bytes[at...].firstIndex(of: part[0]), first + part.count <= bytes.count {
      if bytes[first..<first + part.count].elementsEqual(part) { return true }
      at = first + 1
    }
    return false
  }
}

extension LibraryFile.Problem {
  /// The sentence for the user.
  var sentence: String {
    switch self {
    case .linkerScript(let library): Wording.linkerScript(library)
    case .noLibrary: Wording.noLibrary
    case .otherMachine(let name): Wording.otherMachine(name)
    case .cut(let size, let expected): Wording.libraryCut(size, expected: expected)
    case .sanitized(let library): Wording.sanitized(library)
    }
  }
}

/// A C declaration in pieces, without comments, attributes and the macros that headers put before
/// and behind declarations.
struct DeclarationTokens {
  private(set) var list: [Substring] = []
  /// The line is a `#define`.
  private(set) var isDefinition = false

  /// Of C, of zlib, libsodium and glibc: they change nothing that matters here.
  private static let ignored: Set<Substring> = [
    "extern", "static", "inline", "register", "volatile", "restrict", "__restrict",
    "__restrict__", "__extension__", "__inline", "__inline__", "_Noreturn", "noreturn", "ZEXTERN",
    "ZEXPORT", "ZEXPORTVA", "FAR", "SODIUM_EXPORT", "SODIUM_EXPORT_WEAK", "GSL_EXPORT", "OF",
    "Z_ARG",
  ]
  /// They have parentheses of their own.
  private static let attributes: Set<Substring> = [
    "__attribute__", "__attribute", "__nonnull", "__declspec", "__attribute_pure__", "__asm__",
    "alignas", "_Alignas",
  ]
  private static let constants: Set<Substring> = ["const", "OPENBLAS_CONST", "z_const", "__const"]

  init(_ text: String) throws(PrototypeProblem) {
    var rest = Self.withoutComments(text)[...]
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if first.isASCII, first.isLetter || first == "_" || first.isNumber {
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        list.append(Self.constants.contains(word) ? "const" : word)
        rest = rest[word.endIndex...]
      } else if rest.hasPrefix("...") {
        throw .variadic
      } else {
        list.append(rest.prefix(1))
        rest.removeFirst()
      }
    }
    if list.starts(with: ["#", "define"]) {
      isDefinition = true
      list.removeFirst(2)
    } else {
      dropMacros()
    }
  }

  private static func withoutComments(_ text: String) -> String {
    guard text.contains("/") else { return text }
    var result = ""
    var rest = text[...]
    while let slash = rest.firstIndex(of: "/") {
      result += rest[..<slash]
      rest = rest[slash...]
      if rest.hasPrefix("//") {
        rest = rest.drop { !$0.isNewline }
      } else if rest.hasPrefix("/*") {
        var end = rest.index(slash, offsetBy: 2)
        while end < rest.endIndex, !rest[end...].hasPrefix("*/") { end = rest.index(after: end) }
        rest = end < rest.endIndex ? rest[rest.index(end, offsetBy: 2)...] : ""
        result += " "
      } else {
        result += "/"
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }

  private mutating func dropMacros() {
    var kept: [Substring] = []
    var at = 0
    var closing: [Int] = []  // depths at which a macro's own parenthesis ends
    var depth = 0
    while at < list.count {
      let word = list[at]
      at += 1
      if word == "(" { depth += 1 }
      if word == ")" {
        depth -= 1
        if closing.last == depth {
          closing.removeLast()
          continue
        }
      }
      if Self.attributes.contains(word) || isGlibc(word) {
        if at < list.count, list[at] == "(" { at = end(of: at) }
        continue
      }
      if word == "OF" || word == "Z_ARG", at < list.count, list[at] == "(" {
        // OF((int a)): its own parentheses go.
        closing.append(depth)
        depth += 1
        at += 1
        continue
      }
      if !Self.ignored.contains(word) { kept.append(word) }
    }
    list = kept
  }

  /// `__THROW`, `__wur` and their like.
  private func isGlibc(_ word: Substring) -> Bool {
    word.hasPrefix("__")
      && (word.dropFirst(2).first?.isUppercase == true || word.hasPrefix("__attribute_")
        || ["__wur", "__nonnull", "__result_use_check"].contains(word))
  }

  /// Behind the parenthesis that belongs to the one at `start`.
  private func end(of start: Int) -> Int {
    var depth = 0
    for at in start..<list.count {
      if list[at] == "(" { depth += 1 }
      if list[at] == ")" { depth -= 1 }
      if depth == 0 { return at + 1 }
    }
    return list.count
  }
}

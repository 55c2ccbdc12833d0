/// What a text that should be JSON is instead, by its first bytes.
extension JSONReader {
  /// Nil if it may be JSON. O(1), but for white space.
  static func problemAtStart(of bytes: [UInt8]) -> JSONError? {
    func starts(_ signature: [UInt8]) -> Bool { bytes.starts(with: signature) }
    if bytes.isEmpty { return JSONError(.empty, at: 0) }
    if starts([0xEF, 0xBB, 0xBF]) { return JSONError(.byteOrderMark, at: 0) }
    if starts([0xFF, 0xFE, 0, 0]) || starts([0, 0, 0xFE, 0xFF]) {
      return JSONError(.utf32, at: 0)
    }
    if starts([0xFF, 0xFE]) || starts([0xFE, 0xFF]) { return JSONError(.utf16, at: 0) }
    if starts([0x7F, 0x45, 0x4C, 0x46]) { return JSONError(.binary, at: 0) }
    let compressed: [[UInt8]] = [
      [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD], [0xFD, 0x37, 0x7A, 0x58, 0x5A],
      [0x42, 0x5A, 0x68], [0x50, 0x4B, 3, 4],
    ]
    if compressed.contains(where: starts) { return JSONError(.compressed, at: 0) }
    // ASCII with zeros between, as other encodings of Unicode write it.
    let head = bytes.prefix(4).map { $0 == 0 ? 0 : $0 < 0x80 ? 1 : 2 }
    switch head {
    case [1, 0, 0, 0], [0, 0, 0, 1]: return JSONError(.utf32, at: 0)
    case [1, 0, 1, 0], [0, 1, 0, 1], [1, 0], [0, 1]: return JSONError(.utf16, at: 0)
    default: break
    }
    if let zero = bytes.prefix(1024).firstIndex(of: 0) {
      // A slip in a text, or no text at all.
      let others = bytes.prefix(1024).count { $0 < 0x20 && ![9, 10, 13].contains($0) }
      return JSONError(others <= 3 ? .nul : .binary, at: zero)
    }
    return nil
  }
}

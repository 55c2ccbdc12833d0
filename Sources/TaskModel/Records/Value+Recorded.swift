/// Values as records have them.
extension Value {
  /// Arrays of more elements are a count and a hash in a record's arguments.
  static let mostRecordedElements = 64
  /// Texts and bytes of more bytes as well.
  static let mostRecordedBytes = 1024

  /// The value itself, or, where it is long, `{"count":N,"sha256":"..."}`: of an array's elements,
  /// 8 bytes each, the lowest first; of a text's UTF-8; of bytes. O(size).
  public var recorded: Value {
    switch self {
    case .integers(let values) where values.count > Self.mostRecordedElements:
      Self.digest(values.count, values.lazy.map { UInt64(bitPattern: $0) })
    case .numbers(let values) where values.count > Self.mostRecordedElements:
      Self.digest(values.count, values.lazy.map { $0.bitPattern })
    case .text(let text) where text.utf8.count > Self.mostRecordedBytes:
      Self.digest(Array(text.utf8))
    case .bytes(let bytes) where bytes.count > Self.mostRecordedBytes: Self.digest(bytes)
    default: self
    }
  }

  /// Whether it stands for a value that is too long for a record.
  public var isDigest: Bool {
    guard case .record(let fields) = self, fields.count == 2 else { return false }
    guard case .integer = self["count"], case .text = self["sha256"] else { return false }
    return true
  }

  private static func digest(_ bytes: [UInt8]) -> Value {
    digest(count: bytes.count, SHA256.digits(of: bytes))
  }

  private static func digest(_ count: Int, _ words: some Sequence<UInt64>) -> Value {
    var hash = SHA256()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1 << 12)
    for word in words {
      for shift: UInt64 in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
      if bytes.count >= 1 << 12 {
        hash.add(bytes[...])
        bytes.removeAll(keepingCapacity: true)
      }
    }
    hash.add(bytes[...])
    return digest(count: count, hash.digits())
  }

  private static func digest(count: Int, _ hash: String) -> Value {
    .record([
      .init(name: "count", value: .integer(Int64(count))),
      .init(name: "sha256", value: .text(hash)),
    ])
  }
}

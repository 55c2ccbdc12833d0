/// What a client calls a request: a whole number of 64 bits, or a text.
public enum RequestID: Sendable, Hashable {
  case number(Int64)
  case text(String)

  /// Bytes of a text.
  public static let longest = 1024

  /// Appends it as it stands in records. O(length).
  @inline(__always)
  public func write(to buffer: inout [UInt8]) {
    switch self {
    case .number(let number): JSONWriter.integer(number, to: &buffer)
    case .text(let text): JSONWriter.text(text, to: &buffer)
    }
  }
}

/// How a client ends a server.
public enum Shutdown: String, Sendable, CaseIterable {
  /// Ends all calls.
  case now
  /// Takes no more requests, and ends when those before are done.
  case drain
}

/// A line that a client has written, as far as it was understood.
public struct RequestLine: Sendable {
  public enum Kind: Sendable, Hashable {
    /// The task with this number in the manifest of the reading.
    case task(Int)
    case cancel(RequestID)
    case kernels
    case stats
    case shutdown(Shutdown)
    /// Nothing that can be done: the diagnostics say why.
    case broken
  }

  public var id: RequestID?
  public var kind = Kind.broken
  /// Whether results of calls that end well come together, without the rest of their records.
  public var isCompact = false
  /// Where it begins in the text.
  public let place: Int

  init(place: Int) { self.place = place }
}

/// What reading of some lines found.
public struct RequestReading: Sendable {
  /// The tasks of the lines that have one, in order.
  public var manifest: ManifestReading
  /// A line each, without the blank ones.
  public let lines: [RequestLine]
}

/// Reads the lines of a client: each is a task of a manifest with an `id`, or an order.
public enum RequestReader {
  /// Reads whole lines. Never fails: what is wrong is in the reading's diagnostics. O(bytes).
  public static func read(_ source: SourceText) -> RequestReading {
    var parser = ManifestParser(source, JSONReader(source.bytes, isLine: true), entersNames: false)
    var lines: [RequestLine] = []
    var start = 0
    let bytes = source.bytes.span
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      if let line = parser.parseRequest(start..<end) { lines.append(line) }
      start = end + 1
    }
    return RequestReading(manifest: parser.reading(isComplete: true), lines: lines)
  }
}

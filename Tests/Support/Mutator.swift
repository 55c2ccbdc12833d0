import Foundation

/// Changes texts of a corpus at random, the same on every run of a seed: bytes, tokens, numbers
/// and parts of other texts.
public struct Mutator {
  private var state: UInt64
  private let corpus: [[UInt8]]
  private let tokens: [[UInt8]]

  private static let fuzz = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../Fuzz").path

  /// The files of a folder below Tests/Fuzz, by name.
  public static func corpus(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(fuzz)/\(folder)").sorted()
    return try names.map {
      ($0, Array(try Data(contentsOf: URL(fileURLWithPath: "\(fuzz)/\(folder)/\($0)"))))
    }
  }

  /// `folder`: below Tests/Fuzz.
  public init(corpus folder: String, seed: UInt64) throws {
    corpus = try Self.corpus(folder).map { $0.bytes }
    // A token a line, in quotes, with a backslash before each quote and backslash.
    let dictionary = try String(contentsOfFile: "\(Self.fuzz)/json.dict", encoding: .utf8)
    tokens = dictionary.split(separator: "\n").map { line in
      Array(
        line.dropFirst().dropLast().replacing("\\\"", with: "\"").replacing("\\\\", with: "\\").utf8
      )
    }
    state = seed
  }

  /// Steele and others, Fast splittable pseudorandom number generators, 2014.
  private mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(max(bound, 1)))
  }

  /// The texts as they are, and then, without an end, changed ones.
  public mutating func next(_ round: Int) -> [UInt8] {
    if round < corpus.count { return corpus[round] }
    var bytes = corpus[below(corpus.count)]
    for _ in 0...below(4) { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = below(bytes.count + 1)
    let end = min(bytes.count, place + 1 + below(below(3) == 0 ? 200 : 12))
    switch below(9) {
    case 0: bytes.replaceSubrange(place..<min(place + 1, bytes.count), with: [UInt8(below(256))])
    case 1: bytes.insert(contentsOf: tokens[below(tokens.count)], at: place)
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count + 1))
    case 4:
      let other = corpus[below(corpus.count)]
      let start = below(other.count + 1)
      bytes.insert(contentsOf: other[start..<min(start + 40, other.count)], at: place)
    case 5: bytes.removeLast(bytes.count - max(place, bytes.count - 60))
    case 6, 7: replaceWord(at: place, in: &bytes)
    default:
      if place < bytes.count { bytes[place] ^= 1 << UInt8(below(8)) }
    }
  }

  /// A number, or what stands between quotes, by another.
  private mutating func replaceWord(at place: Int, in bytes: inout [UInt8]) {
    func isWord(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
        || [0x22, 0x2B, 0x2D, 0x2E, 0x5F].contains(byte)
    }
    var (start, end) = (place, place)
    while start > 0, isWord(bytes[start - 1]) { start -= 1 }
    while end < bytes.count, isWord(bytes[end]) { end += 1 }
    bytes.replaceSubrange(start..<end, with: tokens[below(tokens.count)])
  }
}

/// How long or how often a test goes on that could go on for ever.
public enum Effort {
  /// Calls `body` with the numbers from 0 on: so often, or for so many seconds as the
  /// environment says.
  public static func repeated(_ count: Int, environment: String, _ body: (Int) -> Void) {
    guard let seconds = ProcessInfo.processInfo.environment[environment].flatMap(Double.init)
    else { return (0..<count).forEach(body) }
    let end = Date().addingTimeInterval(seconds)
    var round = 0
    while Date() < end {
      for _ in 0..<100 {
        body(round)
        round += 1
      }
    }
    print("\(round) rounds")
  }

  /// The number that the environment says, or `count`.
  public static func count(_ count: Int, environment: String) -> Int {
    ProcessInfo.processInfo.environment[environment].flatMap { Int($0) } ?? count
  }

  /// Returns `seed`, or another one each time where `KERNELHOST_RANDOM` is set: the same tree then
  /// gives the same verdict unless somebody looks for new faults.
  public static func seed(_ seed: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment["KERNELHOST_RANDOM"] == nil
      ? seed : .random(in: .min ... .max)
  }
}

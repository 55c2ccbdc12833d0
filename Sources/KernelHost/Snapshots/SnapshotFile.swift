import KernelBridge

/// The contents of a file with the half-done calls of one lane. `lane` is the file's number.
///
/// All numbers are little-endian. The head has 64 bytes: magic, version, checksum of all but
/// itself, flags, lane, number, generation, and the lengths of what follows: the run's id, the
/// calls, the kernels, and what the lane knows of the calls.
struct SnapshotFile: Sendable, Hashable {
  /// The id of the run, as the caller gave it.
  var run: String
  var lane: Int
  /// Files of one lane are numbered: the highest whole one counts.
  var number: UInt64
  /// Counts the processes that have written for this run.
  var generation: UInt64
  /// The calls have done nothing since.
  var isFinal: Bool
  var saved: SavedCalls

  static let version: UInt32 = 1
  private static let magic: UInt64 = 0x0070_616E_5348_4B00  // "\0KHSnap\0"
  private static let headLength = 64
  /// Bytes of a call's entry.
  private static let callLength = 40
  /// What the kernels take in a file at most, where it is read without its checksum.
  private static let mostKernelBytes = 1 << 20

  /// Why a file is not used.
  enum Fault: Error, Sendable, Hashable {
    /// Its writer did not complete it, or it was changed since.
    case torn
    case otherVersion(UInt32)
    case otherRun
  }

  // MARK: Writing

  var bytes: [UInt8] {
    var writer = Writer()
    let run = Array(run.utf8)
    var calls = Writer()
    for call in saved.calls { calls.add(call) }
    var kernels = Writer()
    for kernel in saved.kernels { kernels.add(kernel) }
    writer.add(Self.magic)
    writer.add(Self.version)
    writer.add(UInt32(0))
    writer.add(UInt32(isFinal ? 1 : 0))
    writer.add(UInt32(lane))
    writer.add(number)
    writer.add(generation)
    writer.add(UInt32(run.count))
    writer.add(UInt32(saved.kernels.count))
    writer.add(UInt64(saved.calls.count))
    writer.add(UInt64(saved.body.count))
    writer.bytes += run
    writer.bytes += calls.bytes
    writer.bytes += kernels.bytes
    writer.bytes += saved.body
    let checksum = Checksum.of(writer.bytes)
    for index in 0..<4 {
      writer.bytes[12 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * index))
    }
    return writer.bytes
  }

  private struct Writer {
    var bytes: [UInt8] = []

    mutating func add<Number: FixedWidthInteger>(_ number: Number) {
      for index in 0..<Number.bitWidth / 8 {
        bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index)))
      }
    }

    mutating func add(_ call: SavedCall) {
      add(Int64(call.number))
      add(call.steps)
      add(call.nanoseconds)
      add(call.printed)
      add(UInt32(call.kernel))
      add(UInt32(bitPattern: call.attempt) << 1 | (call.isAsleep ? 1 : 0))
    }

    mutating func add(_ kernel: SavedKernel) {
      let name = Array(kernel.name.utf8)
      add(UInt32(kernel.index))
      add(UInt32(name.count))
      add(UInt32(kernel.defaults.count))
      bytes += name
      for pointer in kernel.defaults {
        add(UInt64(pointer.offset))
        add(pointer.address)
      }
    }
  }

  // MARK: Reading

  /// Reads a file of the run with this id; nil: of any run.
  init(_ bytes: [UInt8], ofRun wanted: String?) throws(Fault) {
    var reader = Reader(bytes)
    guard let head = Head(&reader) else { throw .torn }
    var zeroed = bytes
    for index in 12..<16 { zeroed[index] = 0 }
    guard Checksum.of(zeroed) == head.checksum else { throw .torn }
    if head.version != Self.version { throw .otherVersion(head.version) }
    guard let run = reader.text(Int(head.runLength)) else { throw .torn }
    if let wanted, wanted != run { throw .otherRun }
    var saved = SavedCalls()
    guard head.callCount <= bytes.count / Self.callLength else { throw .torn }
    for _ in 0..<head.callCount {
      guard let call = reader.call() else { throw .torn }
      saved.calls.append(call)
    }
    for _ in 0..<head.kernelCount {
      guard let kernel = reader.kernel() else { throw .torn }
      saved.kernels.append(kernel)
    }
    guard head.bodyLength == UInt64(bytes.count - reader.at) else { throw .torn }
    saved.body = Array(bytes[reader.at...])
    self.init(
      run: run, lane: Int(head.lane), number: head.number, generation: head.generation,
      isFinal: head.flags & 1 != 0, saved: saved)
  }

  init(
    run: String, lane: Int, number: UInt64, generation: UInt64, isFinal: Bool, saved: SavedCalls
  ) {
    self.run = run
    self.lane = lane
    self.number = number
    self.generation = generation
    self.isFinal = isFinal
    self.saved = saved
  }

  /// The first bytes of a file.
  private struct Head {
    let version, checksum, flags, lane: UInt32
    let number, generation: UInt64
    let runLength, kernelCount: UInt32
    let callCount, bodyLength: UInt64

    /// Nil: another kind of file.
    init?(_ reader: inout Reader) {
      guard let magic: UInt64 = reader.next(), magic == SnapshotFile.magic,
        let version: UInt32 = reader.next(), let checksum: UInt32 = reader.next(),
        let flags: UInt32 = reader.next(), let lane: UInt32 = reader.next(),
        let number: UInt64 = reader.next(), let generation: UInt64 = reader.next(),
        let runLength: UInt32 = reader.next(), let kernelCount: UInt32 = reader.next(),
        let callCount: UInt64 = reader.next(), let bodyLength: UInt64 = reader.next()
      else { return nil }
      (self.version, self.checksum, self.flags, self.lane) = (version, checksum, flags, lane)
      (self.number, self.generation) = (number, generation)
      (self.runLength, self.kernelCount) = (runLength, kernelCount)
      (self.callCount, self.bodyLength) = (callCount, bodyLength)
    }
  }

  /// Returns the numbers of a file's calls and the file's own number, without reading what the lane
  /// knows of them: neither is the checksum looked at. Nil: it is cut off, or not of this run.
  /// O(calls).
  static func calls(in file: PartsFile, ofRun run: String) -> (numbers: [Int], file: UInt64)? {
    let start = headLength + run.utf8.count
    var bytes = [UInt8](repeating: 0, count: min(start, file.size))
    guard let count = try? file.read(from: 0, into: &bytes), count == start else { return nil }
    var reader = Reader(bytes)
    guard let head = Head(&reader), head.version == version,
      head.runLength == UInt32(run.utf8.count), reader.text(run.utf8.count) == run,
      head.callCount <= file.size / callLength, head.bodyLength <= file.size
    else { return nil }
    let callsLength = Int(head.callCount) * callLength
    let kernelsLength = file.size - start - callsLength - Int(head.bodyLength)
    guard 0...mostKernelBytes ~= kernelsLength else { return nil }
    bytes = [UInt8](repeating: 0, count: callsLength + kernelsLength)
    guard let count = try? file.read(from: start, into: &bytes), count == bytes.count else {
      return nil
    }
    reader = Reader(bytes)
    let numbers = (0..<head.callCount).compactMap { _ in reader.call()?.number }
    for _ in 0..<head.kernelCount where reader.kernel() == nil { return nil }
    // A file that is cut off has no room for all of them.
    return reader.at == bytes.count ? (numbers, head.number) : nil
  }

  private struct Reader {
    let bytes: [UInt8]
    var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next<Number: FixedWidthInteger>() -> Number? {
      let length = Number.bitWidth / 8
      guard bytes.count - at >= length else { return nil }
      var number: Number = 0
      for index in 0..<length {
        number |= Number(truncatingIfNeeded: bytes[at + index]) << (8 * index)
      }
      at += length
      return number
    }

    mutating func text(_ length: Int) -> String? {
      guard bytes.count - at >= length else { return nil }
      defer { at += length }
      return String(decoding: bytes[at..<at + length], as: UTF8.self)
    }

    mutating func call() -> SavedCall? {
      guard let number: Int64 = next(), let steps: Int64 = next(), let time: UInt64 = next(),
        let printed: UInt64 = next(), let kernel: UInt32 = next(), let attempt: UInt32 = next()
      else { return nil }
      return SavedCall(
        number: Int(number), attempt: Int32(attempt >> 1), kernel: Int(kernel), steps: steps,
        nanoseconds: time, printed: printed, isAsleep: attempt & 1 != 0)
    }

    mutating func kernel() -> SavedKernel? {
      guard let index: UInt32 = next(), let length: UInt32 = next(), let count: UInt32 = next(),
        let name = text(Int(length))
      else { return nil }
      var kernel = SavedKernel(index: Int(index), name: name, defaults: [])
      for _ in 0..<count {
        guard let offset: UInt64 = next(), let address: UInt64 = next(), offset < 1 << 32 else {
          return nil
        }
        kernel.defaults.append(SavedKernel.Pointer(offset: Int(offset), address: address))
      }
      return kernel
    }
  }
}

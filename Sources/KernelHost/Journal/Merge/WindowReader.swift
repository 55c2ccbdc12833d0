import KernelBridge
import KernelHostModel

/// Brings the records of neighbouring calls into memory, as many at a time as fit into it.
struct WindowReader {
  private let map: BlockMap
  /// Blocks by their lowest call.
  private let byLowest: [Int]
  private(set) var window = CallWindow()
  private var buffer: [UInt8] = []
  /// Why a segment cannot be read again; nil: all could.
  private(set) var failure: SystemError?
  /// Calls that filled a window lately.
  private var width: Int

  /// Bytes of records that a window has, and has at most unless one call has more.
  private let wantedBytes: Int
  private var mostBytes: Int { wantedBytes * 2 }
  static let usualBytes = 1 << 25
  private static let pieceSize = 1 << 20

  init(_ map: BlockMap, wantedBytes: Int = Self.usualBytes) {
    self.map = map
    self.wantedBytes = wantedBytes
    byLowest = map.blocks.indices.sorted { map.blocks[$0].lowest < map.blocks[$1].lowest }
    let bytes = map.blocks.reduce(0) { $0 + $1.size }
    let calls = (map.blocks.lazy.map { $0.highest }.max() ?? 0) + 1
    width = Self.scaled(calls, wantedBytes, bytes)
  }

  /// `calls * wanted / found`, at least 1.
  private static func scaled(_ calls: Int, _ wanted: Int, _ found: Int) -> Int {
    let part = Double(wanted) / Double(max(found, 1))
    return Int(min(max(Double(calls) * part, 1), Double(CallWindow.mostCalls)))
  }

  /// Hands over windows, in order, that have all records of a range of calls, until `body` returns
  /// false. O(records); a block is read again for each window that its calls reach into.
  mutating func visit(
    _ calls: Range<Int>, _ body: (CallWindow) throws -> Bool
  ) rethrows {
    var next = calls.lowerBound
    // Blocks whose calls begin before the window's end, and do not end before its beginning.
    var live: [Int] = []
    var waiting = 0
    while next < calls.upperBound {
      live.removeAll { map.blocks[$0].highest < next }
      if live.isEmpty {
        while waiting < byLowest.count, map.blocks[byLowest[waiting]].highest < next {
          waiting += 1
        }
        guard waiting < byLowest.count else { return }
        next = max(next, map.blocks[byLowest[waiting]].lowest)
        if next >= calls.upperBound { return }
      }
      while true {
        let end = next + min(width, calls.upperBound - next)
        while waiting < byLowest.count, map.blocks[byLowest[waiting]].lowest < end {
          if map.blocks[byLowest[waiting]].highest >= next { live.append(byLowest[waiting]) }
          waiting += 1
        }
        live.sort()
        if load(live, next..<end) { break }
        width = max((end - next) / 2, 1)
      }
      guard try failure == nil && body(window) else { return }
      next = window.calls.upperBound
      // Half full or more than full: another width.
      let filled = window.bytes.count
      if filled < wantedBytes / 2 || filled > wantedBytes {
        let wanted = Self.scaled(window.calls.count, wantedBytes, max(filled, wantedBytes / 16))
        if window.calls.count == width || wanted < width { width = wanted }
      }
    }
  }

  /// The window that has a range of calls, and calls behind it. It stays for the next question.
  mutating func window(with calls: Range<Int>) -> CallWindow {
    if window.calls.lowerBound <= calls.lowerBound, calls.upperBound <= window.calls.upperBound {
      return window
    }
    let first = calls.lowerBound
    // A window can hold more than it should: what is asked for is held by the caller, too.
    let end = first + max(min(width, CallWindow.mostCalls), calls.count)
    let live = map.blocks.indices.filter {
      map.blocks[$0].lowest < end && map.blocks[$0].highest >= first
    }
    if !load(live, first..<end) { _ = load(live, calls, isWhole: true) }
    return window
  }

  /// False: there are more bytes than a window has.
  private mutating func load(
    _ blocks: [Int], _ calls: Range<Int>, isWhole: Bool = false
  ) -> Bool {
    window.clear(calls)
    var index = 0
    var file: (segment: Int, file: PartsFile)?
    while index < blocks.count {
      let first = map.blocks[blocks[index]]
      // Neighbours are read together.
      var size = first.size
      index += 1
      while index < blocks.count {
        let next = map.blocks[blocks[index]]
        guard next.segment == first.segment, next.offset == first.offset + size,
          size + next.size <= Self.pieceSize
        else { break }
        size += next.size
        index += 1
      }
      do throws(SystemError) {
        let segment = map.segments[first.segment]
        if file?.segment != first.segment {
          file = (first.segment, try PartsFile(path: segment.path))
        }
        if let file { try take(file.file, first.offset, size, segment) }
      } catch {
        failure = failure ?? error
        window.clear(calls)
        return true
      }
      if !isWhole, window.bytes.count > mostBytes, calls.count > 1 { return false }
    }
    window.sort()
    return true
  }

  private mutating func take(
    _ file: PartsFile, _ offset: Int, _ size: Int, _ segment: BlockMap.Segment
  ) throws(SystemError) {
    if buffer.count < size + 1 { buffer = [UInt8](repeating: 0, count: size + 1) }
    var count = try file.read(from: offset, into: &buffer, most: size)
    if count < size {
      // It was as long when it was read before.
      throw SystemError("read all of", path: segment.path, code: 5)
    }
    // A last line whose line feed is missing.
    if count > 0, offset + count == segment.size, buffer[count - 1] != 10 {
      buffer[count] = 10
      count += 1
    }
    let base = segment.start + offset
    _ = JournalLines.scan(buffer, count: count) { line in
      guard line.state == .whole, let call = line.call, window.calls.contains(call) else { return }
      let place = base + line.range.lowerBound
      if map.isVoid(call: call, place: place) { return }
      window.add(call: call, place: place, buffer[line.range])
    }
  }
}

import KernelBridge
import KernelHostModel

/// Reads records of a journal again, by their places. Neighbours of one that was read lately cost
/// no call to the system.
package final class JournalTexts {
  private struct Window {
    var segment = -1
    var offset = 0
    var count = 0
    var bytes: [UInt8] = []
    /// When it was used last.
    var used = 0
  }

  private let folder: String
  private let segments: [JournalIndex.Segment]
  private var files: [Int: PartsFile] = [:]
  /// Lanes write in turns, each in the order of its calls: a window for each of some lanes.
  private var windows = [Window](repeating: Window(), count: 16)
  private var clock = 0
  private var lastWindow = 0
  private var last = 0

  private static let windowSize = 1 << 16
  /// Files that are open at a time.
  private static let mostFiles = 64

  package init(_ folder: String, _ index: JournalIndex) {
    self.folder = folder
    segments = index.segments
  }

  /// The record of a call's end at a place. Nil: it is not there any more as it was.
  func end(at place: Int) -> JournalEnd? {
    guard let segment = segment(of: place) else { return nil }
    var needed = 1
    while true {
      guard let window = window(segment, place - segments[segment].start, needed) else {
        return nil
      }
      let start = place - segments[segment].start - windows[window].offset
      let bytes = windows[window].bytes
      let count = windows[window].count
      var end = start
      while end < count, bytes[end] != 10 { end += 1 }
      let isLast = windows[window].offset + count >= segments[segment].size
      if end == count, !isLast {
        // A longer line than the window has: more of it.
        needed = max((count - start) * 2, Self.windowSize)
        continue
      }
      return Self.record(bytes, start..<end)
    }
  }

  /// Hands the record at a place to `body`, with the bytes that it lies in, if its call ended well
  /// with one number. False: it may be any other record.
  @inline(__always)
  func plainEnd(at place: Int, _ body: (JournalLines.PlainEnd, [UInt8]) -> Void) -> Bool {
    guard let segment = segment(of: place),
      let index = window(segment, place - segments[segment].start, 1)
    else { return false }
    let start = place - segments[segment].start - windows[index].offset
    guard
      let end = JournalLines.plainEnd(
        of: windows[index].bytes, from: start, count: windows[index].count)
    else { return false }
    body(end, windows[index].bytes)
    return true
  }

  private static func record(_ bytes: [UInt8], _ range: Range<Int>) -> JournalEnd? {
    guard JournalLines.state(of: bytes, range) == .whole,
      case .ended(let end)? = JournalRecord(reading: bytes, range)
    else { return nil }
    return end
  }

  /// The last segment that begins at a place or before it.
  private func segment(of place: Int) -> Int? {
    if segments.indices.contains(last), segments[last].start <= place,
      place < segments[last].start + segments[last].size
    {
      return last
    }
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].start + segments[middle].size <= place {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low < segments.count, segments[low].start <= place else { return nil }
    last = low
    return low
  }

  /// A window with the byte at an offset, and with `needed` bytes from there on, if the file has
  /// them.
  private func window(_ segment: Int, _ offset: Int, _ needed: Int) -> Int? {
    clock += 1
    let end = min(offset + needed, segments[segment].size)
    if windows[lastWindow].segment == segment, windows[lastWindow].offset <= offset,
      end <= windows[lastWindow].offset + windows[lastWindow].count
    {
      windows[lastWindow].used = clock
      return lastWindow
    }
    for index in windows.indices where windows[index].segment == segment {
      let window = windows[index]
      if window.offset <= offset, end <= window.offset + window.count {
        windows[index].used = clock
        lastWindow = index
        return index
      }
    }
    guard let file = file(segment) else { return nil }
    var oldest = 0
    for index in windows.indices where windows[index].used < windows[oldest].used {
      oldest = index
    }
    let size = max(needed, Self.windowSize)
    if windows[oldest].bytes.count != size {
      windows[oldest].bytes = [UInt8](repeating: 0, count: size)
    }
    guard let count = try? file.read(from: offset, into: &windows[oldest].bytes), count > 0 else {
      windows[oldest].segment = -1
      return nil
    }
    windows[oldest].segment = segment
    windows[oldest].offset = offset
    windows[oldest].count = min(count, segments[segment].size - offset)
    windows[oldest].used = clock
    lastWindow = oldest
    return oldest
  }

  private func file(_ segment: Int) -> PartsFile? {
    if let file = files[segment] { return file }
    if files.count >= Self.mostFiles { files.removeAll() }
    guard let file = try? PartsFile(path: folder + "/" + segments[segment].name) else {
      return nil
    }
    files[segment] = file
    return file
  }
}

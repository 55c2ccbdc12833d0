import KernelBridge
import KernelHostModel

/// The records of neighbouring calls in memory, in the order of the calls.
struct CallWindow {
  struct Entry {
    /// Counts the bytes of all segments.
    let place: Int
    /// Without the line feed.
    let bytes: Range<Int>
  }

  private(set) var calls = 0..<0
  /// Lines with their line feeds.
  private(set) var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// A call, from the first one of the window on, in the upper half, and an entry's index. Sorted.
  private var keys: [UInt64] = []

  /// More calls would not fit into a key.
  static let mostCalls = Int(UInt32.max)

  var count: Int { keys.count }

  mutating func clear(_ calls: Range<Int>) {
    self.calls = calls
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    keys.removeAll(keepingCapacity: true)
  }

  @inline(__always)
  mutating func add(call: Int, place: Int, _ line: ArraySlice<UInt8>) {
    keys.append(UInt64(call - calls.lowerBound) << 32 | UInt64(entries.count))
    entries.append(Entry(place: place, bytes: bytes.count..<bytes.count + line.count))
    bytes += line
    bytes.append(10)
  }

  /// All records were added. O(records), as most are in order already.
  mutating func sort() {
    var isSorted = true
    for index in keys.indices.dropFirst() where keys[index - 1] > keys[index] {
      isSorted = false
      break
    }
    if !isSorted { RadixSort.sort(&keys, bits: 32..<64, most: UInt64(calls.count) << 32) }
  }

  func call(at index: Int) -> Int { calls.lowerBound + Int(keys[index] >> 32) }
  func entry(at index: Int) -> Entry { entries[Int(keys[index] & 0xFFFF_FFFF)] }

  /// The index of the first record of a call or of a later one. O(log records).
  func first(from call: Int) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if self.call(at: middle) < call { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Sorts numbers by some of their bits, and leaves the order of equal ones as it is.
enum RadixSort {
  private static let digit = 11

  /// `most`: no number is greater. O(numbers x digits of `most`).
  static func sort(_ numbers: inout [UInt64], bits: Range<Int>, most: UInt64) {
    var other = [UInt64](repeating: 0, count: numbers.count)
    var shift = bits.lowerBound
    while shift < bits.upperBound, most >> UInt64(shift) > 0 {
      let mask = UInt64(1) << UInt64(min(digit, bits.upperBound - shift)) - 1
      var starts = [Int](repeating: 0, count: 1 << digit)
      for number in numbers { starts[Int(number >> UInt64(shift) & mask)] += 1 }
      var sum = 0
      for index in starts.indices {
        (starts[index], sum) = (sum, sum + starts[index])
      }
      for number in numbers {
        let value = Int(number >> UInt64(shift) & mask)
        other[starts[value]] = number
        starts[value] += 1
      }
      swap(&numbers, &other)
      shift += digit
    }
  }
}

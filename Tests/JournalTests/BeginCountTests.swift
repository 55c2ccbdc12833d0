import KernelHostModel
import Testing

@testable import KernelHost

/// Whether damage may hide that calls have begun, as the numbers of such records tell.
struct BeginCountTests {
  private enum Step {
    case begin(Int)
    case mark(Int)
    case damage, end, next
    case again(Range<Int>)
  }

  private func count(_ steps: [Step]) -> BeginCount {
    var count = BeginCount()
    for step in steps {
      switch step {
      case .begin(let number): count.count(upTo: number - 1, of: number)
      case .mark(let number): count.count(upTo: number, of: number)
      case .damage: count.isDamaged = true
      case .end: count.end()
      case .next: count.begin()
      case .again(let calls): count.certain.insert(contentsOf: calls)
      }
    }
    return count
  }

  @Test func numbersTellWhatIsMissing() {
    let whole: [[Step]] = [
      [.begin(1), .begin(2), .mark(2), .end],
      // Records of other kinds were damaged.
      [.begin(1), .damage, .begin(2), .end],
      [.damage, .mark(0), .begin(1), .damage, .mark(1), .end, .next, .mark(0), .end],
      // Lines that are there twice.
      [.begin(1), .begin(2), .begin(1), .begin(2), .begin(3), .end],
      // A process that died numbers nothing; the next one begins at 1.
      [.begin(1), .end, .next, .begin(1), .end],
    ]
    for steps in whole { #expect(!count(steps).mayBeHidden, "\(steps)") }
    let hidden: [[Step]] = [
      [.begin(1), .damage, .begin(3), .end],
      [.begin(2), .end],
      [.begin(1), .damage, .end],
      [.begin(1), .damage, .mark(2), .end],
      [.damage, .end, .next, .mark(0), .end],
    ]
    for steps in hidden { #expect(count(steps).mayBeHidden, "\(steps)") }
  }

  /// A call that was to begin again after the damage, and did not, may begin.
  @Test func whatWasTakenBackLaterIsCertain() {
    let later = count([.damage, .end, .next, .again(3..<5), .end])
    #expect(later.mayBeHidden && Array(later.certain.ranges) == [3..<5])
    let before = count([.again(3..<5), .damage, .end])
    #expect(before.mayBeHidden && before.certain.isEmpty)
  }

  /// Numbers are written in the order in which the records stand, and marks count them.
  @Test func aWriterNumbersBegins() throws {
    let file = MemoryFile()
    let head = JournalSegmentHead(number: 1, run: "r", host: "h", process: 1, began: "")
    let writer = try JournalWriter(file, head: head)
    _ = writer.willBegin([0..<3, 5..<6])
    _ = writer.willBegin([3..<5])
    #expect(writer.close(isComplete: false) == nil)
    let lines = String(decoding: file.now.bytes, as: UTF8.self).split(separator: "\n")
    #expect(
      lines.filter { $0.hasPrefix(#"{"b":["#) }.map { $0.prefix(16) } == [
        #"{"b":[0,2],"k":1"#, #"{"b":[5,5],"k":2"#, #"{"b":[3,4],"k":3"#,
      ])
    let marks = lines.filter { $0.hasPrefix(#"{"t":"#) }
    #expect(marks.first?.contains(#","k":0,"#) == true && marks.last?.contains(#","k":3,"#) == true)
  }
}

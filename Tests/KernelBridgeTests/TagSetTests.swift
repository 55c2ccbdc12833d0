import KernelBridge
import Testing

@Suite("Sets of tags")
struct TagSetTests {
  @Test("ranges are put in order, and neighbours are joined")
  func ranges() {
    let last = UInt64.max
    let tags = TagSet([20...30, 1...2, 3...5, 25...40, last - 1...last, last...last])
    #expect(tags.ranges == [1...5, 20...40, last - 1...last])
    #expect(TagSet([]).isEmpty && !TagSet([]).contains(0))
    let inside: [UInt64] = [1, 5, 20, 40, last - 1, last]
    let outside: [UInt64] = [0, 6, 19, 41, last - 2]
    #expect(inside.allSatisfy(tags.contains) && !outside.contains(where: tags.contains))
    var others = tags
    others.remove { $0.lowerBound == 20 }
    #expect(others.ranges.count == 2 && !others.contains(20))
  }
}

import Testing

@testable import KernelHostModel

struct ShardRequestTests {
  @Test func theFormsOfShards() throws {
    #expect(ShardRequest("0/1") == .shards(ShardSet(0), of: 1))
    #expect(ShardRequest("3,7,9-12/64") == .shards(ShardSet([3, 7, 9, 10, 11, 12]), of: 64))
    #expect(ShardRequest("12,3,9-11,10/64") == .shards(ShardSet([3, 9, 10, 11, 12]), of: 64))
    #expect(ShardRequest("auto") == .automatic(of: nil))
    #expect(ShardRequest("auto/64") == .automatic(of: 64))
    #expect(ShardSet("3,7,9-12").map { "\($0)" } == "3,7,9-12")
    #expect(ShardSet("0-2147483646")?.count == 2_147_483_647)
  }

  @Test(arguments: [
    "", "/", "3", "4/4", "1/0", "-1/4", "+1/4", "1/4/4", "1 /4", "3-1/4", "1,/4", "0x1/4", "a/4",
    "auto/", "auto/0", "auto/x", "auto/4/4", "Auto", "1/99999999999999999999", "0-4/4", "1--2/4",
    "\u{0663}/4",
  ])
  func otherTextsAreRefused(_ text: String) {
    #expect(ShardRequest(text) == nil)
  }
}

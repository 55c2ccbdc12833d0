import Dispatch
import Foundation
import KernelBridge
import KernelHostModel
import Synchronization
import Testing

@testable import KernelHost

/// A host that lives long: batch after batch of one call, each with its own token, and no more
/// memory than at the beginning. KERNELHOST_SOAK says how many batches: `.ci/run --long` takes
/// 20,000,000, in a release build. Past 2^24 the numbers of batches are used again.
@Suite(.serialized) struct SoakTests {
  /// Primes up to so many.
  private static let counts: [Int64] = [0, 0, 1, 2, 2, 3, 3, 4, 4, 4, 4, 5]

  /// Nil: it is no soak, and other tests run in this process at the same time.
  private static let asked =
    ProcessInfo.processInfo.environment["KERNELHOST_SOAK"].flatMap { Int($0) }
  private static let batches = asked ?? 50_000

  private static var residentPages: Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  }

  @Test(arguments: [Isolation.none, .process])
  func eachBatchHasItsOwnToken(_ isolation: Isolation) throws {
    var setup = WorkerSetup()
    setup.isolation = isolation
    let host = try CallHost(try LoadedKernels.open(setup), printing: .discard)
    let kernel = try host.kernel("primes")
    let calls = try Self.counts.indices.map { try kernel.call(["limit": .integer(Int64($0))]) }
    let wrong = Atomic<Int>(0)
    let ended = Atomic<Int>(0)
    let room = DispatchSemaphore(value: 200)
    var early = 0
    for batch in 0..<Self.batches {
      room.wait()
      if batch == Self.batches / 4 { early = Self.residentPages }
      let limit = batch % Self.counts.count
      host.freest.start(
        OneCall(calls[limit]), HostExecutor.Ticket(),
        .gathered { tokens in
          let isRight =
            tokens.count == 1 && tokens[0].result?["count"] == .integer(Self.counts[limit])
          if !isRight { wrong.add(1, ordering: .relaxed) }
          ended.add(1, ordering: .relaxed)
          room.signal()
        })
    }
    for _ in 0..<200 { room.wait() }
    for _ in 0..<200 { room.signal() }
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(ended.load(ordering: .relaxed) == Self.batches)
    if Self.asked != nil {
      let grown = (Self.residentPages - early) * 4096
      print("soak, \(isolation): \(Self.batches) batches, resident size grown by \(grown) bytes")
      #expect(grown < 8 << 20)
    }
  }
}

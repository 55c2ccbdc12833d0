import Testing

@testable import KernelHostModel

/// Calls and their tasks: found in order, at random, and with none between.
struct CallLocatorTests {
  private static func plan(_ repeats: [Int]) throws -> Plan {
    let tasks = repeats.map {
      $0 == 1 ? "{\"kernel\": \"nothing\"}" : "{\"kernel\": \"nothing\", \"repeat\": \($0)}"
    }
    return try TestKernels.plan("[\(tasks.joined(separator: ","))]").get()
  }

  /// The tasks of all calls, as the counts say it.
  private static func expected(_ repeats: [Int]) -> [CallReference] {
    var calls: [CallReference] = []
    for (task, count) in repeats.enumerated() {
      for point in 0..<count {
        calls.append(CallReference(call: calls.count, task: task, point: point))
      }
    }
    return calls
  }

  @Test(arguments: [[1, 1, 1], [3], [1, 4, 1, 1, 2, 7, 1], [2, 1], [1, 2]])
  func everyOrder(_ repeats: [Int]) throws {
    let plan = try Self.plan(repeats)
    let expected = Self.expected(repeats)
    #expect(plan.callCount == expected.count)
    for step in 1...max(expected.count - 1, 1) {
      var locator = CallLocator(plan)
      for round in 0..<2 * expected.count {
        let call = round * step % expected.count
        #expect(locator.locate(call) == expected[call])
        #expect(plan.locate(call) == expected[call])
      }
    }
    for task in repeats.indices {
      #expect(plan.firstCall(ofTask: task).call == plan.calls(ofTask: task).lowerBound)
    }
  }

  @Test func aPlanWithoutTasks() throws {
    _ = CallLocator(try Self.plan([]))
  }
}

import KernelHostTestSupport
import Testing

@testable import KernelHostModel

/// Prototypes that were pasted from headers can be called, or are refused for the right reason.
struct PastedPrototypeTests {
  @Test(arguments: PrototypeList.all.map { $0.name }) func pasted(_ library: String) throws {
    let library = try #require(PrototypeList.all.first { $0.name == library })
    var known = Declarations()
    for entry in library.entries {
      do throws(PrototypeProblem) {
        let prototype = try known.read(entry.text)
        #expect(entry.status == (prototype == nil ? "declare" : "ok"), "\(entry.text)")
      } catch {
        #expect(Self.name(error) == entry.status, "\(entry.text): \(error)")
      }
    }
  }

  @Test func thereAreMany() {
    let entries = PrototypeList.all.flatMap { $0.entries }.filter { $0.status != "declare" }
    #expect(entries.count >= 200 && PrototypeList.all.count == 5)
    #expect(entries.count { $0.status == "ok" } >= 100)
  }

  private static func name(_ problem: PrototypeProblem) -> String {
    switch problem {
    case .ambiguousCount: "ambiguous"
    case .noCount: "count"
    case .unknownCount: "constant"
    case .unknownPointer: "pointer"
    case .unknownType: "type"
    case .functionPointer: "function"
    case .variadic: "variadic"
    case .unsupportedType, .pointerResult: "other"
    default: "\(problem)"
    }
  }
}

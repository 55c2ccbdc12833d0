import Foundation
import KernelHostTestSupport
import Testing

/// Each number that a step can return gives a token with a name and a message.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct ReturnedCodeTests {
  private static let source = """
    #include "kernel_host.h"
    typedef struct { int64_t code; } returns;
    static int returns_step(kh_call *call, void *state) {
        (void)call;
        return (int)((returns *)state)->code;
    }
    KH_KERNEL(returns, .summary = "Return a code.", .flags = KH_PURE | KH_FLAT,
        .params = KH_PARAMS(KH_PARAM(returns, code, "what to return")), .step = returns_step);
    """

  @Test func extremeCodesHaveNamesAndMessages() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.source, to: "returns.c")
    let codes = [-5, -134, -4095, -4096, Int(Int32.min), Int(Int32.min) + 1, Int(Int32.max), 3]
    let run = try Invocation(
      """
      { "plugins": ["\(folder.path("returns.c"))"],
        "tasks": [ { "kernel": "returns", "sweep": { "code": \(codes) } } ] }
      """, "--format", "jsonl", "-q")
    let errors = try run.records.map { try #require($0["error"] as? [String: Any]) }
    let names = errors.map { $0["name"] as? String ?? "" }
    #expect(
      names == [
        "EIO", "CODE_134", "CODE_4095", "CODE_4096", "CODE_2147483648", "CODE_2147483647",
        "EPROTO", "EPROTO",
      ])
    for (code, error) in zip(codes, errors) where code < -133 {
      #expect(error["code"] as? Int == code)
      let message = "the kernel returned \(code), a code that it does not declare"
      #expect(error["message"] as? String == message)
    }
  }
}

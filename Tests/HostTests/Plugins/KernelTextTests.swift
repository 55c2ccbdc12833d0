import KernelHostTestSupport
import Testing

/// Texts that kernels fail with: any bytes, on a terminal and in records.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct KernelTextTests {
  /// Fails with the longest text that there can be, of bytes that the seed gives.
  private static let source = """
    #include "kernel_host.h"
    typedef struct { uint64_t seed; char text[4001]; } noise;
    static int noise_step(kh_call *call, void *state) {
      noise *self = state;
      uint64_t x = self->seed * 2654435761u + 1;
      for (int i = 0; i < 4000; i++) {
        x ^= x << 13; x ^= x >> 7; x ^= x << 17;
        unsigned char byte = (unsigned char)(self->seed % 3 ? x : x & 0x1F);
        self->text[i] = (char)(byte ? byte : 0x1B);
      }
      return kh_fail(call, -EIO, "%s", self->text);
    }
    KH_KERNEL(noise, .summary = "Fails with any bytes.", .flags = KH_PURE | KH_FLAT,
              .params = KH_PARAMS(KH_PARAM(noise, seed, "of the bytes")), .step = noise_step);
    """
  private static let manifest = """
    {"plugins": ["noise.c"], "tasks": [{"kernel": "noise", "name": "\\u001b[31mred\\u0007", "repeat": 30}]}
    """

  private func isUnfit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control && scalar != "\n"
      || ["\u{202E}", "\u{2028}", "\u{2066}"].contains(scalar)
  }

  @Test(arguments: ["text", "tokens", "jsonl", "json", "csv", "tap"])
  func areShownEscaped(_ format: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.source, to: "noise.c")
    try folder.write(Self.manifest, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "--format", format, "--summary", "--events", "e.jsonl"], folder: folder.path)
    #expect(run.end == .exit(1))
    #expect(
      !run.err.unicodeScalars.contains(where: isUnfit), "\(run.err.debugDescription.prefix(500))")
    #expect(run.err.utf8.count < 60_000, "\(run.err.utf8.count)")
    #expect(String(validating: run.standardOutput, as: UTF8.self) != nil)
    if format == "jsonl" {
      let records = try run.out.callRecords
      #expect(records.count == 30)
      let first = try #require(records[1]["error"] as? [String: Any])
      #expect((first["message"] as? String ?? "").utf8.count >= 3900)
    }
    if format == "json" { _ = try JSON.object(run.out) }
    for line in try folder.read("e.jsonl").lines { _ = try JSON.object(line) }
  }
}

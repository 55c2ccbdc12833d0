import Foundation
import KernelHostTestSupport
import Testing

/// Limits of memory hold for each way to take some.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct MemoryTests {
  /// Megabytes, one a step: of the heap, of a shared mapping, of a file in memory that is
  /// written, of kh_alloc, of a file in memory that is mapped.
  private static let source = """
    #include "kernel_host.h"
    #include <errno.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <unistd.h>
    typedef struct { int64_t way, megabytes, taken; } hog;
    static void *map(int flags, int file, int64_t number) {
        int64_t size = 1 << 20;
        void *at = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, flags, file, number * size);
        return at == MAP_FAILED ? NULL : at;
    }
    static int hog_step(kh_call *call, void *state) {
        static char block[1 << 20];
        static int file = -1;
        hog *self = state;
        void *at = NULL;
        if (self->taken == self->megabytes) return KH_DONE;
        memset(block, 1, sizeof block);
        if (self->way % 2 == 0 && file < 0) file = memfd_create("x", 0);
        switch (self->way) {
        case 1: at = map(MAP_SHARED | MAP_ANONYMOUS, -1, 0); break;
        case 2: at = write(file, block, sizeof block) < 0 ? NULL : block; break;
        case 3: at = kh_alloc(call, sizeof block); break;
        case 4:
            if (ftruncate(file, (self->taken + 1) << 20) == 0)
                at = map(MAP_SHARED, file, self->taken);
            break;
        default: at = malloc(sizeof block);
        }
        if (at == NULL) return kh_fail(call, -ENOMEM, "refused");
        if (at != block) memcpy(at, block, sizeof block);
        self->taken++;
        return KH_MORE;
    }
    KH_KERNEL(hog, .summary = "Take memory.", .flags = KH_PURE, .step = hog_step,
        .params = KH_PARAMS(KH_PARAM(hog, way, "which"), KH_PARAM(hog, megabytes, "how much")),
        .results = KH_RESULTS(KH_RESULT(hog, taken, "megabytes")));
    """

  private func records(_ manifest: String) throws -> [[String: Any]] {
    let folder = try TemporaryFolder()
    try folder.write(Self.source, to: "hog.c")
    try folder.write(manifest, to: "m.json")
    let outcome = try HostBinary.run(
      ["m.json", "--format", "jsonl", "-q"],
      environment: ["XDG_CACHE_HOME": Plugins.folder + "/cache"], folder: folder.path)
    return try outcome.out.callRecords
  }

  @Test func theLimitOfACallCountsAllThatItTakes() throws {
    let found = try records(
      """
      {"plugins": ["hog.c"], "tasks": [
        {"kernel": "hog", "memory": "16 MiB",
         "sweep": {"way": [0, 1, 2, 3, 4], "megabytes": [12, 4000]}}]}
      """)
    let statuses = found.map { $0["status"] as? String ?? "" }
    #expect(statuses == (0..<10).map { $0 % 2 == 0 ? "ok" : "memory" }, "\(found)")
  }

  /// Of the memory that all workers have ready for it, too.
  @Test func theLimitOfAWorkerHoldsForItsAllocations() throws {
    let found = try records(
      """
      {"plugins": ["hog.c"], "limits": {"address_space": "16 MiB"},
       "tasks": [{"kernel": "hog", "sweep": {"way": [0, 3], "megabytes": [4, 4000]}}]}
      """)
    #expect(found.map { $0["status"] as? String } == ["ok", "error", "ok", "error"], "\(found)")
    let names = found.map { ($0["error"] as? [String: Any])?["name"] as? String }
    #expect(names == [nil, "ENOMEM", nil, "ENOMEM"])
  }
}

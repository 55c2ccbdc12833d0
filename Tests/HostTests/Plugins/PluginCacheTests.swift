import Foundation
import KernelHostTestSupport
import Testing

/// The folder of compiled plugins is the user's alone, and no kernel can keep others from it.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct PluginCacheTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      #include <fcntl.h>
      #include <stdio.h>
      #include <sys/file.h>
      #include <sys/stat.h>
      #include <unistd.h>
      /* How many locks it can take of a file, in all ways that there are. */
      typedef struct { kh_text path; int64_t taken; } hold;
      static int hold_step(kh_call *call, void *state) {
          hold *self = (hold *)state;
          (void)call;
          chmod(self->path.data, 0666);
          int ways[] = {O_RDONLY, O_WRONLY, O_RDWR};
          for (int i = 0; i < 3; i++) {
              int file = open(self->path.data, ways[i]);
              struct flock lock = {.l_type = ways[i] == O_RDONLY ? F_RDLCK : F_WRLCK};
              self->taken += file >= 0 && fcntl(file, F_SETLK, &lock) == 0;
          }
          return KH_DONE;
      }
      KH_KERNEL(hold, .params = KH_PARAMS(KH_PARAM(hold, path, "")),
          .results = KH_RESULTS(KH_RESULT(hold, taken, "")), .step = hold_step);

      """, to: "a.c")
  }

  private func run(_ path: String = "", isolation: String = "process") throws -> Outcome {
    try folder.write(
      #"{"plugins": ["a.c"], "tasks": [{"kernel": "hold", "args": ["\#(path)"]}]}"#, to: "m.json")
    return try HostBinary.run(
      ["m.json", "--format", "tokens", "--isolation", isolation],
      environment: ["XDG_CACHE_HOME": folder.path("cache")], folder: folder.path)
  }

  private func file(_ name: String) throws -> String {
    let cache = folder.path("cache")
    let all = FileManager.default.enumerator(atPath: cache)?.compactMap { $0 as? String } ?? []
    return cache + "/" + (try #require(all.first { $0.hasSuffix(name) }))
  }

  /// A kernel in its sandbox can neither read nor write the lock's file, so it cannot hold it.
  /// Root may read all files; then the builder's patience ends (PluginBuilderTests).
  @Test func noKernelHoldsTheLock() throws {
    let first = try run("/dev/null")
    #expect(first.end == .exit(0), "\(first.err)")
    let lock = try file("/making")
    #expect(try run(lock).out == "[\(geteuid() == 0 ? 1 : 0), true, \"\"]\n")
    // Without a sandbox it can: the test means what it says.
    #expect(try run(lock, isolation: "none").out == "[3, true, \"\"]\n")
  }

  @Test func foldersThatOthersCanChange() throws {
    let cache = folder.path("cache/kernelhost")
    #expect(try run().end == .exit(0))
    func expectRefused(_ words: String...) throws {
      let outcome = try run()
      #expect(outcome.end == .exit(2), "\(outcome.err)")
      for word in words + ["set XDG_CACHE_HOME"] {
        #expect(outcome.err.contains(word), "\(word): \(outcome.err)")
      }
    }
    func change(_ mode: Int, _ path: String) throws {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
    let place = (try file("/record") as NSString).deletingLastPathComponent
    for path in [cache, place] {
      for mode in [0o770, 0o702] {
        try change(mode, path)
        try expectRefused("others may write to", "chmod go-w")
      }
      try change(0o700, path)
    }
    // Who may rename what is in the folder above may put another in its place.
    try change(0o777, folder.path("cache"))
    try expectRefused("others may write to")
    try change(0o1777, folder.path("cache"))
    #expect(try run().end == .exit(0))
    if geteuid() == 0 {  // no other user may give a folder away
      #expect(unsafe chown(cache, 12345, 0) == 0)
      try expectRefused("belongs to user 12345")
    }
  }

  /// Megabytes of defaults, which each worker's host would have to keep.
  @Test func aDescriptionThatIsTooLarge() throws {
    try folder.write(
      """
      #include "kernel_host.h"
      typedef struct { kh_bytes data; } large;
      static uint8_t much[SIZE];
      static int large_step(kh_call *call, void *state) { (void)call; (void)state; return KH_DONE; }
      KH_KERNEL(large, .params = KH_PARAMS(KH_PARAM(large, data, "")),
          .defaults = KH_DEFAULTS(large, .data = {much, sizeof much}), .step = large_step);

      """, to: "large.c")
    for (size, isFine) in [("1000000", true), ("100000000", false), ("2100000000u", false)] {
      let plugin = #"{"path": "large.c", "flags": ["-DSIZE=\#(size)"]}"#
      try folder.write(#"{"plugins": [\#(plugin)], "tasks": []}"#, to: "m.json")
      let outcome = try HostBinary.run(
        ["check", "m.json"], environment: ["XDG_CACHE_HOME": folder.path("cache")],
        folder: folder.path)
      #expect((outcome.end == .exit(0)) == isFine, "\(outcome.err)")
      if !isFine { #expect(outcome.err.contains("the limit is 67,108,864"), "\(outcome.err)") }
    }
  }
}

import KernelHostTestSupport
import Testing

/// Threads that begin while a plugin is loaded are in the process that workers are copies of, and
/// in no worker.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct LoadedThreadsTests {
  /// `fork`: what the constructor says is to be done at one.
  private func run(fork: String) throws -> Outcome {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      #include <pthread.h>
      #include <semaphore.h>
      static sem_t asked, done;
      static double value;
      static pthread_t thread;
      static bool is_there;
      static void *serve(void *nothing) {
          for (;;) {
              sem_wait(&asked);
              value /= 2;
              sem_post(&done);
          }
          return nothing;
      }
      static void begin(void) {
          sem_init(&asked, 0, 0);
          sem_init(&done, 0, 0);
          is_there = pthread_create(&thread, NULL, serve, NULL) == 0;
      }
      static inline void end(void) {
          if (!is_there) return;
          pthread_cancel(thread);
          pthread_join(thread, NULL);
          is_there = false;
      }
      static inline void forget(void) { is_there = false; }
      __attribute__((constructor)) static void loads(void) {
          begin();
          \(fork)
      }
      static double half(double x) {
          if (!is_there) begin();
          value = x;
          sem_post(&asked);
          sem_wait(&done);
          return value;
      }
      KH_FUNCTION(half, double, (double, x));
      """, to: "pool.c")
    try folder.write(
      """
      { "plugins": [{ "path": "pool.c", "flags": ["-pthread"] }],
        "defaults": { "timeout": 0.2 }, "tasks": [{ "kernel": "half", "args": [1] }] }
      """, to: "m.json")
    return try HostBinary.run(["m.json", "--format", "tokens", "-q"], folder: folder.path)
  }

  @Test func missingThreadsAreTold() throws {
    let outcome = try run(fork: "")
    #expect(outcome.err.contains("pool.c\": it started threads while it was loaded"), "\(outcome)")
    #expect(outcome.err.contains("start them in a kernel's start function"), "\(outcome)")
    // And the call that waited for them says so.
    #expect(
      outcome.out.contains("ETIMEDOUT") && outcome.out.contains("it may wait for threads"))
  }

  /// As OpenBLAS, what restarts at once, and OpenMP of LLVM do.
  @Test(arguments: ["end, NULL, NULL", "NULL, NULL, begin", "NULL, NULL, forget"])
  func thoseThatMindForksAreNot(handlers: String) throws {
    let outcome = try run(fork: "pthread_atfork(\(handlers));")
    #expect(outcome.out == "[0.5, true, \"\"]\n" && outcome.err.isEmpty, "\(outcome)")
  }
}

import Foundation
import KernelHostTestSupport
import Testing

/// Code that a plugin runs while it is loaded, in the process that workers descend from.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct LoadTimeTests {
  private func library(_ source: String, _ name: String, in folder: TemporaryFolder) throws {
    try folder.write(source, to: name + ".c")
    let build = try Child(
      "/usr/bin/env",
      [
        Plugins.compiler ?? "cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1",
        "-I", Repository.path + "/include", "-I", Repository.path + "/CSources/lanes",
        folder.path(name + ".c"),
        "-o", folder.path(name + ".so"),
      ]
    ).finish()
    guard build.end == .exit(0) else { throw Plugins.Failure(description: build.err) }
  }

  private static func kernel(_ name: String, _ step: String) -> String {
    """
    typedef struct { int64_t n; double value; } \(name);
    static int \(name)_step(kh_call *call, void *state) {
        (void)call;
        ((\(name) *)state)->value = \(step);
        return KH_DONE;
    }
    KH_KERNEL(\(name), .summary = "x", .step = \(name)_step,
        .params = KH_PARAMS(KH_PARAM(\(name), n, "x")),
        .results = KH_RESULTS(KH_RESULT(\(name), value, "x")));
    """
  }

  /// What it says to the host in the name of its process ends that process, and no other: the
  /// host refuses the plugin. STARTED is a worker's start, with a pidfd of what the host would kill;
  /// 0 stands for a message that is cut off.
  @Test(arguments: [
    "0", "KH_MESSAGE_KILL", "KH_MESSAGE_HELLO", "KH_MESSAGE_READY", "KH_MESSAGE_LOADED",
    "KH_MESSAGE_DESCRIBED", "KH_MESSAGE_STARTED", "KH_MESSAGE_DIED", "KH_MESSAGE_STOPPED", "99",
  ])
  func forgedMessages(kind: String) throws {
    let folder = try TemporaryFolder()
    try library(
      """
      #include "kernel_host.h"
      #include "protocol/messages.h"
      #include <string.h>
      #include <sys/socket.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      \(Self.kernel("forger", "1"))
      __attribute__((constructor)) static void forge(void) {
          kh_message message = {.kind = \(kind), .worker = 1};
          struct iovec part = {&message, \(kind) == 0 ? 7 : sizeof message};
          union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = {{0}};
          struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
          int handle = (int)syscall(434, getpid(), 0);
          if (\(kind) == KH_MESSAGE_STARTED && handle >= 0) {
              packet.msg_control = control.bytes;
              packet.msg_controllen = sizeof control.bytes;
              struct cmsghdr *head = CMSG_FIRSTHDR(&packet);
              head->cmsg_level = SOL_SOCKET;
              head->cmsg_type = SCM_RIGHTS;
              head->cmsg_len = CMSG_LEN(sizeof(int));
              memcpy(CMSG_DATA(head), &handle, sizeof handle);
          }
          sendmsg(3, &packet, MSG_NOSIGNAL);
      }
      """, "forger", in: folder)
    try folder.write(#"{"plugins": ["forger.so"], "tasks": [{"kernel": "forger"}]}"#, to: "m.json")
    let outcome = try HostBinary.run(["m.json"], folder: folder.path)
    #expect(outcome.end == .exit(2), "\(outcome.out)")
    // A forged reply to the loading is noticed when the true one comes.
    let told =
      kind == "KH_MESSAGE_LOADED" ? "nothing ran" : "in the name of the fork server"
    #expect(outcome.err.contains(told), "\(outcome.err)")
  }

  /// What it leaves behind says that workers are dead that run: the host looks itself, and ends
  /// what lies. Every call has its token, soon.
  @Test func deathsThatAreNone() throws {
    let folder = try TemporaryFolder()
    try library(
      """
      #include "kernel_host.h"
      #include "protocol/messages.h"
      #include <sys/socket.h>
      #include <time.h>
      #include <unistd.h>
      typedef struct { int64_t n; } endless;
      static int endless_step(kh_call *call, void *state) {
          (void)call;
          ((endless *)state)->n++;
          return KH_MORE;
      }
      KH_KERNEL(endless, .summary = "x", .flags = KH_PURE | KH_FLAT, .step = endless_step,
          .params = KH_PARAMS(KH_PARAM(endless, n, "x")));
      __attribute__((constructor)) static void forge(void) {
          kh_message message = {.kind = KH_MESSAGE_DIED, .worker = 1};
          struct timespec pause = {0, 30000000};
          if (fork() != 0) return;
          for (;;) {
              nanosleep(&pause, NULL);
              if (send(3, &message, sizeof message, MSG_NOSIGNAL) < 0) _exit(0);
              message.worker++;
          }
      }
      """, "forger", in: folder)
    try folder.write(
      #"{"plugins": ["forger.so"], "tasks": [{"kernel": "endless", "repeat": 8}]}"#, to: "m.json")
    let outcome = try HostBinary.run(["m.json", "--format", "jsonl"], folder: folder.path)
    // Where it was quicker than the host, the plugin was refused.
    let isRefused = outcome.end == .exit(2)
    if isRefused { return }
    #expect(try outcome.end == .exit(1) && outcome.out.callRecords.count == 8, "\(outcome.err)")
  }

  /// It finds the steps of what was loaded before wherever they can be written, and puts its
  /// own in their place.
  @Test func stepsOfOthersStay() throws {
    let folder = try TemporaryFolder()
    try library("#include \"kernel_host.h\"\n" + Self.kernel("good", "1"), "good", in: folder)
    try library(
      """
      #include "kernel_host.h"
      #include <dlfcn.h>
      #include <inttypes.h>
      #include <stdio.h>
      #include <string.h>
      #include <sys/mman.h>
      \(Self.kernel("evil", "2"))
      __attribute__((constructor)) static void replace(void) {
          void *handle = dlopen("\(folder.path("good.so"))", RTLD_NOW | RTLD_NOLOAD);
          const kh_library *(*describe)(void) =
              handle ? (const kh_library *(*)(void))dlsym(handle, "kernel_host_library") : NULL;
          if (describe == NULL) return;
          kh_kernel *theirs = (kh_kernel *)(uintptr_t)describe()->begin[0];
          uintptr_t step = (uintptr_t)theirs->step, own = (uintptr_t)evil_step;
          mprotect((void *)((uintptr_t)theirs & ~(uintptr_t)4095), 8192, PROT_READ | PROT_WRITE);
          FILE *maps = fopen("/proc/self/maps", "r");
          char line[512], rights[5];
          uintptr_t first, end;
          while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
              if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &first, &end, rights) != 3 ||
                  strncmp(rights, "rw", 2) != 0 || strstr(line, "[stack]") || end - first > 1 << 26)
                  continue;
              for (uintptr_t at = first; at < end; at += sizeof at)
                  if (*(uintptr_t *)at == step) *(uintptr_t *)at = own;
          }
          mprotect((void *)(step & ~(uintptr_t)4095), 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
      }
      """, "evil", in: folder)
    try folder.write(
      """
      {"plugins": ["good.so", "evil.so"],
       "tasks": [{"kernel": "good", "args": [1]}, {"kernel": "evil", "args": [1]}]}
      """, to: "m.json")
    let outcome = try HostBinary.run(["m.json", "--format", "tokens"], folder: folder.path)
    #expect(outcome.out.lines == [#"[1.0, true, ""]"#, #"[2.0, true, ""]"#], "\(outcome.err)")
  }
}

import KernelHostTestSupport
import Testing

/// No process stays behind, not even a dead one, where the first process of a machine reaps
/// nothing: a script, a server or a notebook in a container.
@Suite(.enabled(if: Plugins.compiler != nil, "a C compiler is needed; none is on the PATH"))
struct LeftoverTests {
  /// Runs a program some times, as the process that orphans are left to; with a signal other
  /// than 0 it is sent once, or twice, as soon as the program has written a line. Prints the
  /// children that are left. With PLAIN set there are no PID namespaces to be had.
  private static let parent = """
    #include <stdio.h>
    #include <stdlib.h>
    #include <signal.h>
    #include <unistd.h>
    #include <fcntl.h>
    #include <sched.h>
    #include <sys/prctl.h>
    #include <sys/wait.h>
    int main(int argc, char **argv) {
        int times = atoi(argv[1]), signal = atoi(argv[2]), left = 0;
        prctl(PR_SET_CHILD_SUBREAPER, 1L);
        if (getenv("PLAIN") != NULL) {
            if (unshare(CLONE_NEWUSER) != 0) return 77;
            int limit = open("/proc/sys/user/max_pid_namespaces", O_WRONLY);
            if (limit < 0 || write(limit, "0", 1) != 1) return 77;
            close(limit);
        }
        for (int i = 0; i < times; i++) {
            int ends[2];
            char byte = 0;
            if (pipe(ends) != 0) return 1;
            pid_t child = fork();
            if (child == 0) {
                dup2(ends[1], 1);
                close(ends[0]);
                execv(argv[3], argv + 3);
                _exit(127);
            }
            close(ends[1]);
            while (read(ends[0], &byte, 1) == 1 && byte != '\\n') continue;
            if (signal != 0) kill(child, signal);
            if (signal != 0 && i % 2) kill(child, SIGTERM);
            while (read(ends[0], &byte, 1) == 1) continue;
            close(ends[0]);
            waitpid(child, NULL, 0);
        }
        (void)argc;
        for (siginfo_t info = {0}; waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0; left++) {
            printf("%d ", (int)info.si_pid);
            if (info.si_pid == 0) info.si_pid = waitpid(-1, NULL, 0);
        }
        printf("left: %d\\n", left);
        return 0;
    }
    """

  /// What it prints; nil: this machine does not let it do without namespaces.
  private func left(
    in folder: TemporaryFolder, times: Int, signal: Int32 = 0, isPlain: Bool = false,
    _ arguments: String...
  ) throws -> String? {
    let command = [folder.path("parent"), "\(times)", "\(signal)", HostBinary.path] + arguments
    let outcome = try Child(
      command[0], Array(command.dropFirst()), environment: isPlain ? ["PLAIN": "1"] : [:]
    ).finish()
    return isPlain && outcome.end == .exit(77) ? nil : outcome.out
  }

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Self.parent, to: "parent.c")
    let build = try Child(
      "/usr/bin/env",
      [
        Plugins.compiler ?? "cc", "-D_GNU_SOURCE", folder.path("parent.c"), "-o",
        folder.path("parent"),
      ]
    ).finish()
    guard build.end == .exit(0) else { throw Plugins.Failure(description: build.err) }
    return folder
  }

  @Test(arguments: ["run", "check", "plan"], ["process", "call"])
  func everyRunReapsItsProcesses(command: String, isolation: String) throws {
    let folder = try folder()
    try folder.write(
      #"[{"kernel": "for_loop", "args": {"max": 3}}, {"kernel": "primes", "args": [100]}]"#,
      to: "m.json")
    let out = try left(
      in: folder, times: 20, command, "--isolation", isolation, folder.path("m.json"))
    #expect(out == "left: 0\n")
  }

  /// A manifest that is wrong is found while the process that workers descend from starts.
  @Test func soDoesOneThatFails() throws {
    let folder = try folder()
    try folder.write("[{]", to: "m.json")
    #expect(try left(in: folder, times: 20, folder.path("m.json")) == "left: 0\n")
  }

  /// One signal, or two, while a call computes and another sleeps; with a PID namespace, whose
  /// end takes all along, and without.
  @Test(arguments: [false, true])
  func soDoesOneThatIsInterrupted(isPlain: Bool) throws {
    let folder = try folder()
    try folder.write(
      """
      [{"kernel": "for_loop", "args": {"max": 1}}, {"kernel": "sleep", "args": [1000]},
       {"kernel": "monte_carlo_pi", "args": {"samples": 4000000000000}}]
      """, to: "m.json")
    let out = try left(
      in: folder, times: 10, signal: 2, isPlain: isPlain, "-j", "2", folder.path("m.json"))
    #expect(out == nil && isPlain || out == "left: 0\n")
  }
}

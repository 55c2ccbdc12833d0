/* Kernels that make processes, leave some behind, or attack others. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process made here must never return into the lane that it is a copy of. */
__attribute__((noreturn)) static void live_on(void) {
    for (;;) pause();
}

/* Reads one byte from the processes made here, so that the call ends after their attack: an
 * errno, or 0. If they were killed nothing comes. */
static int answer_of(int descriptor) {
    unsigned char number;
    ssize_t got;
    do got = read(descriptor, &number, 1);
    while (got < 0 && errno == EINTR);
    return got == 1 ? number : ECHILD;
}

static void send_number(int descriptor, int number) {
    unsigned char byte = (unsigned char)number;
    if (write(descriptor, &byte, 1) != 1) _exit(1);
    close(descriptor);
}

typedef struct {
    HOSTILE_MEMBERS;
    int64_t children;
} fork_bomb;

static int fork_bomb_step(kh_call *call, void *state) {
    fork_bomb *self = state;
    HOSTILE_WAIT(self);
    int ends[2], refused = 0;
    if (pipe(ends) != 0) return hostile_refused(call, "pipe");
    int64_t made = 0;
    while (made < self->children && refused == 0) {
        pid_t child = fork();
        if (child == 0) {
            pid_t grandchild = fork();
            if (grandchild == 0) close(ends[1]);
            else send_number(ends[1], grandchild < 0 ? errno : 0);
            live_on();
        }
        if (child > 0) made++;
        else refused = errno;
    }
    close(ends[1]);
    for (int64_t i = 0; i < made; i++) {
        int number = answer_of(ends[0]);
        if (refused == 0) refused = number;
    }
    close(ends[0]);
    if (refused == 0) return KH_DONE;
    errno = refused;
    return hostile_refused(call, "fork");
}

KH_KERNEL(fork_bomb,
    .summary = "Fork children that fork again, and leave them all behind.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(fork_bomb),
                        KH_PARAM(fork_bomb, children, "how many, each with one of its own",
                                 .range = KH_RANGE(0, 100000))),
    .defaults = KH_DEFAULTS(fork_bomb, .children = 8),
    .step = fork_bomb_step);

typedef struct {
    HOSTILE_MEMBERS;
    kh_text path;
} daemon_child;

/* Returns the pid as the owner of /proc sees it, even from inside a PID namespace. */
static int write_pid(const char *path) {
    char pid[32];
    ssize_t length = readlink("/proc/self", pid, sizeof pid - 1);
    if (length <= 0) length = snprintf(pid, sizeof pid, "%ld", (long)getpid());
    pid[length] = '\n';
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) return errno;
    int number = write(file, pid, (size_t)length + 1) == length + 1 ? 0 : EIO;
    close(file);
    return number;
}

static int daemon_child_step(kh_call *call, void *state) {
    daemon_child *self = state;
    HOSTILE_WAIT(self);
    int ends[2];
    if (pipe(ends) != 0) return hostile_refused(call, "pipe");
    pid_t child = fork();
    if (child == 0) {
        setsid();
        pid_t grandchild = fork();
        if (grandchild == 0) {
            send_number(ends[1], write_pid(self->path.data));
            live_on();
        }
        if (grandchild < 0) send_number(ends[1], errno);
        _exit(0);
    }
    int number = child < 0 ? errno : 0;
    close(ends[1]);
    if (child > 0) {
        number = answer_of(ends[0]);
        waitpid(child, NULL, 0);
    }
    close(ends[0]);
    if (number == 0) return KH_DONE;
    errno = number;
    return hostile_refused(call, "a daemon");
}

KH_KERNEL(daemon_child,
    .summary = "Leave a daemon behind, in a session of its own, that sleeps forever.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(daemon_child),
                        KH_PARAM(daemon_child, path, "where the daemon writes its pid",
                                 .required = 1)),
    .step = daemon_child_step);

/* 0 means a parent in another PID namespace, and for kill() the own process group. */
static pid_t parent(void) {
    pid_t pid = getppid();
    if (pid == 0) errno = ESRCH;
    return pid;
}

static int kills_parent_step(kh_call *call, void *state) {
    hostile_state *self = state;
    HOSTILE_WAIT(self);
    pid_t pid = parent();
    if (pid == 0 || kill(pid, SIGKILL) != 0) return hostile_refused(call, "kill the parent");
    return KH_DONE;
}
HOSTILE_KERNEL(kills_parent, "Send SIGKILL to the parent process.");

static int kills_group_step(kh_call *call, void *state) {
    hostile_state *self = state;
    HOSTILE_WAIT(self);
    if (kill(0, SIGKILL) != 0) return hostile_refused(call, "kill the process group");
    return KH_DONE;
}
HOSTILE_KERNEL(kills_group, "Send SIGKILL to the whole process group.");

static int traces_parent_step(kh_call *call, void *state) {
    hostile_state *self = state;
    HOSTILE_WAIT(self);
    pid_t pid = parent();
    if (pid == 0 || ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0)
        return hostile_refused(call, "attach to the parent");
    waitpid(pid, NULL, __WALL); /* until it no longer changes */
    return KH_DONE;
}
HOSTILE_KERNEL(traces_parent, "Stop the parent with ptrace, and leave it so.");

static int runs_program_step(kh_call *call, void *state) {
    hostile_state *self = state;
    HOSTILE_WAIT(self);
    char name[] = "/bin/true";
    char *arguments[] = {name, NULL}, *environment[] = {NULL};
    execve(name, arguments, environment);
    return hostile_refused(call, name);
}
HOSTILE_KERNEL(runs_program, "Become /bin/true, which exits with 0.");

typedef struct {
    HOSTILE_MEMBERS;
    int64_t value;
} starts_thread;

static void *add_one(void *number) {
    ++*(int64_t *)number;
    return number;
}

static int starts_thread_step(kh_call *call, void *state) {
    starts_thread *self = state;
    HOSTILE_WAIT(self);
    pthread_t thread;
    errno = pthread_create(&thread, NULL, add_one, &self->value);
    if (errno != 0) return hostile_refused(call, "pthread_create");
    errno = pthread_join(thread, NULL);
    return errno != 0 ? hostile_refused(call, "pthread_join") : KH_DONE;
}

KH_KERNEL(starts_thread,
    .summary = "Start a thread and wait for it. Odd, but allowed: this must work.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(starts_thread)),
    .results = KH_RESULTS(KH_RESULT(starts_thread, value, "1, counted by the thread")),
    .step = starts_thread_step);

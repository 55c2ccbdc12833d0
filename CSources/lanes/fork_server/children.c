/* The workers: forked, killed and reaped, and the description of their deaths. */
#include "fork_server/fork_server_parts.h"

#include "process/symbols.h"
#include "worker/worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

static bool make_room(void) {
    if (kh_server.count < kh_server.capacity) return true;
    size_t capacity = kh_server.capacity * 2;
    kh_child *grown = malloc(capacity * sizeof *grown);
    if (grown == NULL) return false;
    memcpy(grown, kh_server.children, kh_server.count * sizeof *grown);
    if (kh_server.children != kh_server.few) free(kh_server.children);
    kh_server.children = grown;
    kh_server.capacity = capacity;
    return true;
}

static pid_t fork_worker(int spare, int arena, int output) {
    kh_worker_orders orders = {kh_server.table,
                               kh_server.kernels.count,
                               &kh_server.rules,
                               &kh_server.sandbox,
                               getpid(),
                               kh_server.base,
                               kh_server.room,
                               spare,
                               arena,
                               output};
    pid_t process = fork();
    if (process == 0) kh_worker_main(orders);
    return process;
}

void kh_children_make_spare(void) {
    int ends[2];
    kh_server.wants_spare = false;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return;
    pid_t process = fork_worker(ends[1], -1, -1);
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        return;
    }
    kh_server.spare = process;
    kh_server.spare_socket = ends[0];
}

static void forget_spare(void) {
    close(kh_server.spare_socket);
    kh_server.spare = 0;
}

static pid_t use_spare(int arena, int output) {
    kh_message message = {.kind = KH_MESSAGE_START};
    int descriptors[2] = {arena, output};
    pid_t process = kh_server.spare;
    bool sent = kh_message_send(kh_server.spare_socket, &message, "", descriptors, 2) == 0;
    forget_spare();
    return sent ? process : -1;
}

void kh_children_start(uint32_t worker, uint32_t how, int arena, int output) {
    pid_t process = -1;
    /* A worker for a single call ends soon, and only that call waits for it. */
    bool is_urgent = (how & KH_START_ONCE) == 0;
    if (make_room()) {
        if (is_urgent && kh_server.spare != 0) process = use_spare(arena, output);
        if (process < 0) process = fork_worker(-1, arena, output);
    }
    int error = errno;
    if (is_urgent) kh_server.wants_spare = true;
    close(output);
    if (process < 0) {
        close(arena);
        kh_server_send(KH_MESSAGE_DIED, worker, -1, error, "", -1);
        return;
    }
    kh_server.children[kh_server.count++] = (kh_child){process, worker, arena};
    int handle = how & KH_START_MEASURED ? (int)syscall(SYS_pidfd_open, process, 0) : -1;
    if (handle >= 0) {
        kh_server_send(KH_MESSAGE_STARTED, worker, 0, 0, "", handle);
        close(handle);
    }
    sched_yield(); /* a worker that wakes here must not wait for the next fork */
}

void kh_children_kill(uint32_t worker) {
    for (size_t i = 0; i < kh_server.count; i++)
        if (kh_server.children[i].worker == worker) kill(kh_server.children[i].process, SIGKILL);
}

/* Describes a death, in the format of KH_MESSAGE_DIED. */
static void describe_death(int arena, int status, const struct rusage *usage, char *text,
                           size_t size) {
    char function[512] = "", caller[512] = "", stack[64] = "", processor[64] = "";
    kh_crash crash;
    kh_layout layout;
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (signal != 0 &&
        pread(arena, &layout, sizeof layout, offsetof(kh_arena, layout)) == sizeof layout &&
        pread(arena, &crash, sizeof crash,
              (off_t)(layout.tables + offsetof(kh_tables, crash))) == sizeof crash &&
        atomic_load(&crash.signal) == (uint32_t)signal) {
        kh_symbol_text((const void *)(uintptr_t)crash.instruction, function, sizeof function);
        if (crash.caller != 0) /* the address of the call, not of what follows it */
            kh_symbol_text((const void *)(uintptr_t)(crash.caller - 1), caller, sizeof caller);
        if (crash.full_stack != 0)
            snprintf(stack, sizeof stack, "\nstack %llu", (unsigned long long)crash.full_stack);
    }
    uint64_t limit = kh_server.rules.processor_seconds;
    uint64_t used = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec);
    if (limit > 0 && (signal == SIGXCPU || (signal == SIGKILL && used >= limit)))
        snprintf(processor, sizeof processor, "\ncpu %llu", (unsigned long long)limit);
    snprintf(text, size, "%s\n%s%s%s", function, caller, stack, processor);
}

static void forget_child(size_t at, int status, const struct rusage *usage) {
    kh_child gone = kh_server.children[at];
    char text[KH_DEATH_TEXT];
    describe_death(gone.arena, status, usage, text, sizeof text);
    close(gone.arena);
    kh_server.children[at] = kh_server.children[--kh_server.count];
    kh_server_send(KH_MESSAGE_DIED, gone.worker, status, usage->ru_maxrss, text, -1);
}

void kh_children_reap(void) {
    struct signalfd_siginfo drained; /* one read suffices: several deaths are one signal */
    if (read(kh_server.signals, &drained, sizeof drained) < 0 && errno != EAGAIN && errno != EINTR)
        kh_server_end();
    for (;;) {
        int status = 0;
        struct rusage usage;
        pid_t process = wait4(-1, &status, WNOHANG | WUNTRACED | WCONTINUED, &usage);
        if (process <= 0) return;
        /* The first process of a namespace also reaps orphans that it did not fork. */
        if (process == kh_server.spare && (WIFEXITED(status) || WIFSIGNALED(status))) {
            forget_spare();
            kh_server.wants_spare = false; /* it failed to prepare, or was killed */
        }
        for (size_t i = 0; i < kh_server.count; i++) {
            if (kh_server.children[i].process != process) continue;
            if (WIFSTOPPED(status) || WIFCONTINUED(status))
                kh_server_send(KH_MESSAGE_STOPPED, kh_server.children[i].worker,
                    WIFSTOPPED(status) ? WSTOPSIG(status) : 0, 0, "", -1);
            else
                forget_child(i, status, &usage);
            break;
        }
    }
}

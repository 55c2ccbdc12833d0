#include "deaths.h"

#include "arena.h"
#include "symbols.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

void kh_death_text(int arena, int status, const struct rusage *usage, uint64_t limit, char *text,
                   size_t size) {
    char function[512] = "", caller[512] = "", stack[64] = "", processor[64] = "";
    kh_crash crash;
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (signal != 0 &&
        pread(arena, &crash, sizeof crash, offsetof(kh_arena, crash)) == sizeof crash &&
        atomic_load(&crash.signal) == (uint32_t)signal) {
        kh_symbol_text((const void *)(uintptr_t)crash.instruction, function, sizeof function);
        if (crash.caller != 0) /* the call, not what is behind it */
            kh_symbol_text((const void *)(uintptr_t)(crash.caller - 1), caller, sizeof caller);
        if (crash.full_stack != 0)
            snprintf(stack, sizeof stack, "\nstack %llu", (unsigned long long)crash.full_stack);
    }
    uint64_t used = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec);
    if (limit > 0 && (signal == SIGXCPU || (signal == SIGKILL && used >= limit)))
        snprintf(processor, sizeof processor, "\ncpu %llu", (unsigned long long)limit);
    snprintf(text, size, "%s\n%s%s%s", function, caller, stack, processor);
}

/* Orphans of workers are the spawner's children, too, and only the system knows of them. */
static void kill_children(void) {
    char path[64], text[4096] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length == sizeof text - 1) /* the last number may be cut */
        while (length > 0 && text[length - 1] != ' ') length--;
    text[length > 0 ? length : 0] = 0;
    for (char *at = text, *end; *at != 0; at = end) {
        long process = strtol(at, &end, 10);
        if (end == at || process <= 0) break;
        kill((pid_t)process, SIGKILL);
        if (*end == ' ') end++;
    }
}

void kh_end_children(int signals) {
    struct pollfd ended = {.fd = signals, .events = POLLIN};
    for (int rounds = 0; rounds < 40; rounds++) {
        kill_children();
        pid_t process;
        do process = waitpid(-1, NULL, WNOHANG);
        while (process > 0);
        if (process < 0) return; /* there is none any more */
        struct signalfd_siginfo drained;
        if (poll(&ended, 1, 10) > 0 && read(signals, &drained, sizeof drained) < 0) continue;
    }
}

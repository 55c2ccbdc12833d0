/* Loads a plugin for the first time in a process of its own, which a crash may end. */
#include "plugins/loader.h"
#include "fork_server/rules.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t try_once(kh_kernels *kernels, kh_load *load, const char *text,
                     kh_load_result *report) {
    kh_load_result *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return KH_LOAD_LINKER;
    shared->refusal = KH_LOAD_EXITED; /* unless the process reports something else */
    pid_t trial = fork();
    if (trial == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(KH_FORK_SERVER_SOCKET); /* the plugin's code must not send messages to the host */
        kh_limit_core();
        enum kh_refusal refusal = load(kernels, text, shared);
        /* This follows every pointer of the descriptors once. */
        if (refusal == KH_LOAD_OK) {
            uint64_t size = kh_kernels_encode(kernels, NULL, 0);
            shared->found = (int64_t)size;
            shared->expected = (int64_t)KH_LARGEST_DESCRIPTION;
            if (size > KH_LARGEST_DESCRIPTION) refusal = KH_LOAD_LARGE;
        }
        shared->refusal = refusal;
        _exit(99);
    }
    int status = 0;
    if (trial < 0) {
        snprintf(report->text, sizeof report->text, "fork: %s", strerror(errno));
        munmap(shared, sizeof *shared);
        return KH_LOAD_LINKER;
    }
    while (waitpid(trial, &status, 0) < 0 && errno == EINTR) continue;
    *report = *shared;
    munmap(shared, sizeof *shared);
    report->text[sizeof report->text - 1] = report->other[sizeof report->other - 1] = 0;
    if (WIFSIGNALED(status)) {
        report->found = WTERMSIG(status);
        return KH_LOAD_CRASHED;
    }
    if (report->refusal == KH_LOAD_EXITED) report->found = WEXITSTATUS(status);
    return report->refusal;
}

int64_t kh_kernels_probe(kh_kernels *kernels, kh_load *load, const char *text,
                     kh_load_result *report) {
    int64_t refusal = try_once(kernels, load, text, report);
    /* Another process sent this signal: a plugin's code does not end its own process so. */
    if (refusal == KH_LOAD_CRASHED && report->found == SIGKILL)
        refusal = try_once(kernels, load, text, report);
    return refusal;
}

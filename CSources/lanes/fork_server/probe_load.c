/* A plugin is loaded for the first time in a process that may die of it. */
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

static int64_t try_once(kh_kernels *kernels, const char *path, kh_load_result *answer) {
    kh_load_result *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return KH_LOAD_LINKER;
    shared->refusal = KH_LOAD_EXITED; /* until it says otherwise */
    pid_t trial = fork();
    if (trial == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(KH_FORK_SERVER_SOCKET); /* code that is tried says nothing to the host */
        kh_limit_core();
        enum kh_refusal refusal = kh_kernels_load(kernels, path, shared);
        /* Every pointer of the description is followed once, here. */
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
        snprintf(answer->text, sizeof answer->text, "fork: %s", strerror(errno));
        munmap(shared, sizeof *shared);
        return KH_LOAD_LINKER;
    }
    while (waitpid(trial, &status, 0) < 0 && errno == EINTR) continue;
    *answer = *shared;
    munmap(shared, sizeof *shared);
    answer->text[sizeof answer->text - 1] = answer->other[sizeof answer->other - 1] = 0;
    if (WIFSIGNALED(status)) {
        answer->found = WTERMSIG(status);
        return KH_LOAD_CRASHED;
    }
    if (answer->refusal == KH_LOAD_EXITED) answer->found = WEXITSTATUS(status);
    return answer->refusal;
}

int64_t kh_kernels_probe(kh_kernels *kernels, const char *path, kh_load_result *answer) {
    int64_t refusal = try_once(kernels, path, answer);
    /* No code kills its own process so: somebody else did. */
    if (refusal == KH_LOAD_CRASHED && answer->found == SIGKILL)
        refusal = try_once(kernels, path, answer);
    return refusal;
}

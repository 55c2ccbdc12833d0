/* Enters the sandbox in the fork server and in its workers. */
#include "sandbox/sandbox_parts.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What the fork server has entered, for its workers. The workers' ruleset is made once, here. So
 * a worker needs only two system calls, and a kernel that replaces an allowed path by a link has
 * no effect. */
static struct {
    uint32_t level, in_force;
    int files_abi;
    int ruleset; /* if files are in force */
} kh_entered; /* all 0 at first: forks do not copy a page that was never written */

uint32_t kh_sandbox_parts(void) {
    uint32_t parts = 0;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) >= 0) parts |= KH_SANDBOX_NO_NEW_PRIVILEGES;
    int abi = kh_files_abi();
    if (abi > 0) parts |= KH_SANDBOX_FILES;
    if (kh_calls_available()) parts |= KH_SANDBOX_CALLS;
    if (abi >= KH_FILES_SCOPES || (parts & KH_SANDBOX_CALLS)) parts |= KH_SANDBOX_SIGNALS;
    /* The other two parts require it, except for root. */
    return parts & KH_SANDBOX_NO_NEW_PRIVILEGES ? parts : 0;
}

static int kh_restrict(int ruleset, char *why, size_t why_size) {
    if (kh_files_restrict(ruleset) == 0) return 0;
    int problem = errno;
    if (problem == EBADF || problem == EBADFD)
        return kh_sandbox_fail(
            why, why_size,
            "descriptor %d is not the sandbox's any more (%s): something in the "
            "fork server closed it; enter the sandbox before closing descriptors, "
            "or look for a plugin that closes what it did not open",
            ruleset, strerror(problem));
    return kh_sandbox_fail(why, why_size,
                           "Landlock refused to be entered: %s%s", strerror(problem),
                           problem == E2BIG ? "; a process may enter 16 of its domains" : "");
}

static int kh_check_level(uint32_t level, char *why, size_t why_size) {
    if (level <= KH_SANDBOX_STRICT) return 0;
    return kh_sandbox_fail(why, why_size,
                           "sandbox level %u is unknown: expected 0 (none), 1 (default) or 2 "
                           "(strict)",
                           level);
}

int kh_sandbox_enter_fork_server(const kh_sandbox_rules *rules, uint32_t *in_force, char *why,
                             size_t why_size) {
    *in_force = 0;
    if (kh_check_level(rules->level, why, why_size) != 0) return -1;
    if (kh_entered.level != KH_SANDBOX_NONE)
        return kh_sandbox_fail(why, why_size,
                               "this process entered the sandbox before, and it cannot be entered "
                               "with other rules: start a new fork server");
    if (rules->level == KH_SANDBOX_NONE) return 0;
    uint32_t parts = kh_sandbox_parts();
    if (parts == 0) {
        kh_entered.level = rules->level;
        return 0;
    }
    /* glibc loads this library at the first pthread_exit, pthread_cancel or backtrace. A strict
     * worker could not do that. If it does not exist it is not needed. */
    if (rules->level == KH_SANDBOX_STRICT) (void)dlopen("libgcc_s.so.1", RTLD_NOW);

    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0)
        return kh_sandbox_fail(why, why_size, "no_new_privs was refused: %s", strerror(errno));
    uint32_t done = KH_SANDBOX_NO_NEW_PRIVILEGES;
    int abi = kh_files_abi();
    int ruleset = -1;
    if (abi > 0) {
        /* This comes before the fork server restricts itself: the paths must still be
         * accessible. */
        ruleset = kh_files_worker(abi, rules, why, why_size);
        if (ruleset < 0) return -1;
        int own = kh_files_fork_server(abi, rules, why, why_size);
        int result = own < 0 ? -1 : kh_restrict(own, why, why_size);
        if (own >= 0) close(own);
        if (result != 0) {
            close(ruleset);
            return -1;
        }
        done |= KH_SANDBOX_FILES;
        if (abi >= KH_FILES_SCOPES) done |= KH_SANDBOX_SIGNALS;
    }
    if (parts & KH_SANDBOX_CALLS) {
        uint32_t groups = KH_CALLS_FORK_SERVER;
        if (abi > 0 && abi < KH_FILES_TRUNCATES) groups |= KH_CALLS_OLD_FILES;
        uint32_t workers = KH_CALLS_WORKER;
        if (rules->level == KH_SANDBOX_STRICT) workers |= KH_CALLS_STRICT;
        if (kh_calls_prepare(groups, why, why_size) != 0 || kh_calls_enter(why, why_size) != 0 ||
            kh_calls_prepare(workers, why, why_size) != 0) {
            if (ruleset >= 0) close(ruleset);
            return -1;
        }
        done |= KH_SANDBOX_CALLS;
    }
    kh_entered.level = rules->level;
    kh_entered.in_force = done;
    kh_entered.files_abi = abi;
    kh_entered.ruleset = ruleset;
    *in_force = done;
    return 0;
}

int kh_sandbox_enter_worker(const kh_sandbox_rules *rules, uint32_t *in_force, char *why,
                            size_t why_size) {
    *in_force = 0;
    if (kh_check_level(rules->level, why, why_size) != 0) return -1;
    if (rules->level != kh_entered.level)
        return kh_sandbox_fail(
            why, why_size,
            "a worker asks for sandbox level %u, its fork server entered level %u: "
            "expected the same",
            rules->level, kh_entered.level);
    uint32_t done = kh_entered.in_force;
    if (done & KH_SANDBOX_FILES) {
        if (kh_restrict(kh_entered.ruleset, why, why_size) != 0) return -1;
        close(kh_entered.ruleset);
        if (kh_entered.files_abi >= KH_FILES_SCOPES) done |= KH_SANDBOX_SIGNALS;
    }
    if (done & KH_SANDBOX_CALLS) {
        if (kh_calls_enter(why, why_size) != 0) return -1;
        done |= KH_SANDBOX_SIGNALS;
    }
    *in_force = done;
    return 0;
}

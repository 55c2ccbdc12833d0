/* What a worker, and the fork server that it descends from, may not do any more.
 * Private. Only ever tightened, never loosened; inherited by threads and forks.
 *
 * Against a hostile kernel everything below holds. Code of a plugin that runs
 * at load runs in the fork server, so against it only the fork server's rules hold.
 *
 * none     nothing.
 * default  no new privileges, no network, no programs, no new processes, no look
 *          or signal into another process nor change of its priority, no
 *          administration of the machine, no reading of terminals, no change of a
 *          file outside `write`. Owner, mode, times and attributes of
 *          a file change nowhere: the kernel cannot tie these to a folder.
 * strict   also reads only below `read` and a short list of the system's, no new
 *          executable memory (so no dlopen), no priorities.
 *
 * What is denied answers an errno (EPERM, EACCES, ENOSYS) and kills nobody.
 * Threads, setsid and setpgid stay: none of them lets a worker outlive the
 * host, whose death reaches it by PR_SET_PDEATHSIG whatever its session is. */
#ifndef KH_SANDBOX_H
#define KH_SANDBOX_H

#include "kh_supervisor.h" /* kh_sandbox_parts */

#include <stddef.h>
#include <stdint.h>

enum kh_sandbox_level { KH_SANDBOX_NONE, KH_SANDBOX_DEFAULT, KH_SANDBOX_STRICT };

typedef struct kh_sandbox_rules {
    uint32_t level;
    /* Absolute paths, files or folders, that exist. What may be written may not
     * be read for that: under strict, name it in both. */
    const char *const *read;
    size_t read_count;
    const char *const *write;
    size_t write_count;
} kh_sandbox_rules;

/* The parts, as bits. */
enum {
    KH_SANDBOX_NO_NEW_PRIVILEGES = 1,
    KH_SANDBOX_FILES = 2,   /* Landlock */
    KH_SANDBOX_CALLS = 4,   /* seccomp */
    KH_SANDBOX_SIGNALS = 8, /* Landlock's scope; in a worker seccomp serves as well */
};

/* Both answer 0, or -1 with a sentence in [why] if something failed that should
 * have worked; then the process is half shut in and must end. A part that the
 * kernel lacks is no failure: it is missing in [in_force], and the caller decides. */

/* In the fork server, while it has one thread and before it loads a plugin; after it
 * made its namespaces, which it cannot do any more. fork, dlopen, setresuid and
 * kill stay possible (from Landlock ABI 6 on, kill reaches only its workers).
 * Keeps one descriptor open for the workers. */
int kh_sandbox_enter_fork_server(const kh_sandbox_rules *rules, uint32_t *in_force, char *why,
                             size_t why_size);

/* In a worker, forked from the fork server, with the same level: last before it runs
 * kernels, after its own PR_SET_PDEATHSIG, but before other descriptors are
 * closed, since it uses the fork server's, which it closes itself. [in_force] is
 * what holds for the worker in all, by both. */
int kh_sandbox_enter_worker(const kh_sandbox_rules *rules, uint32_t *in_force, char *why,
                            size_t why_size);

#endif

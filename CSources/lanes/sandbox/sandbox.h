/* What a worker, and its fork server, must not do. Private. Rules are only tightened, never
 * loosened. Threads and forks inherit them.
 *
 * A hostile kernel is held by all rules below. A plugin's code at load runs in the fork server,
 * so only the fork server's rules hold it.
 *
 *   none     no rules.
 *   default  no new privileges, no network, no programs, no new processes. No access or signal to
 *            another process, and no change of its priority. No administration of the machine, no
 *            reading of terminals, no change of a file outside `write`. Owner, mode, times and
 *            attributes of files are fixed everywhere: the kernel cannot tie these to a folder.
 *   strict   also: reads only below `read` and a short list of system files, no new executable
 *            memory (so no dlopen), no priorities.
 *
 * A denied call fails with an errno (EPERM, EACCES, ENOSYS) and kills no process. Threads,
 * setsid and setpgid stay allowed: PR_SET_PDEATHSIG ends a worker with the host, whatever its
 * session is. */
#ifndef KH_SANDBOX_H
#define KH_SANDBOX_H

#include "kh_supervisor.h" /* kh_sandbox_parts */

#include <stddef.h>
#include <stdint.h>

enum kh_sandbox_level { KH_SANDBOX_NONE, KH_SANDBOX_DEFAULT, KH_SANDBOX_STRICT };

typedef struct kh_sandbox_rules {
    uint32_t level;
    /* Absolute paths of files or folders that exist. A path in `write` is not readable for that:
     * under strict, list it in both. */
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
    KH_SANDBOX_SIGNALS = 8, /* Landlock's scope; in a worker seccomp does the same */
};

/* Both return 0. They return -1 with a sentence in [why] if a step failed that should have
 * worked: then the process is half restricted and must end. A part that the kernel lacks is not
 * a failure. It is missing in [in_force], and the caller decides. */

/* Restricts the fork server. Called while it has one thread, after it made its namespaces and
 * before it loads a plugin. fork, dlopen, setresuid and kill stay possible. From Landlock ABI 6
 * on, kill reaches only its workers. Keeps one descriptor open for the workers. */
int kh_sandbox_enter_fork_server(const kh_sandbox_rules *rules, uint32_t *in_force, char *why,
                             size_t why_size);

/* Restricts a worker of the fork server, at the same level. Called last before it runs kernels,
 * after its own PR_SET_PDEATHSIG. Other descriptors are closed later, because this uses the fork
 * server's, and closes it. [in_force]: all parts that hold for the worker. */
int kh_sandbox_enter_worker(const kh_sandbox_rules *rules, uint32_t *in_force, char *why,
                            size_t why_size);

#endif

/* The fork server that workers descend from, as the host uses it. Private; KernelBridge sees it. */
#ifndef KH_INCLUDE_SUPERVISOR_H
#define KH_INCLUDE_SUPERVISOR_H

#include "kh_kernels.h"

typedef struct kh_supervisor kh_supervisor;

typedef struct kh_supervisor_rules {
    uint32_t sandbox; /* enum kh_sandbox_level: 0 none, 1 default, 2 strict */
    uint32_t core;    /* 1: core files may be written */
    uint32_t check_memory; /* 1: overruns of states and of kh_alloc's memory fault */
    uint64_t address_space;     /* of a worker; 0: no limit */
    uint64_t processor_seconds; /* of processor time, for each call; 0: no limit */
    const char *const *read, *const *write;    /* allowed paths */
    uint32_t read_count, write_count;
    uint32_t one_thread; /* 1: other workers run at the same time: OMP_NUM_THREADS is 1 */
} kh_supervisor_rules;

/* Returns the parts of a sandbox that the kernel of this machine can enforce, as bits. [any] */
uint32_t kh_sandbox_parts(void);
/* Starts a fork server: this executable again, running only C. Returns at once. [preload]: a
 * library that it loads first; NULL: no library. Returns NULL with [*error] if there is no
 * thread or no memory. [any] */
kh_supervisor *kh_supervisor_open(const char *preload, int *error);
/* Ends the fork server and all its descendants. All its clients are closed. */
void kh_supervisor_close(kh_supervisor *supervisor);
/* For a process that runs nothing but the host. Orphans of a dead fork server become its
 * children, and kh_supervisors_end reaps them. [any] */
void kh_supervisors_adopt_orphans(void);
/* Called before the process exits. Ends and reaps all fork servers, because their next parent
 * may reap nothing. Takes at most [patience] seconds. Afterwards clients learn of no death, and
 * a thread that opens or uses a supervisor waits for the exit. [any] */
void kh_supervisors_end(double patience);
/* Waits until the fork server runs. Returns 0, or why it does not run. */
int kh_supervisor_wait(kh_supervisor *supervisor, double patience);
/* Called before all functions below. Returns 0, or errno and a sentence in [why]. [*in_force]:
 * the parts of the sandbox that hold. */
int kh_supervisor_set_rules(kh_supervisor *supervisor, const kh_supervisor_rules *rules,
                            uint32_t *in_force, char *why, size_t why_size);
/* Loads a library into the fork server. Ends the fork server after [patience] seconds. */
void kh_supervisor_load(kh_supervisor *supervisor, const char *path, double patience,
                        kh_load_result *report);
/* The same for a function of a plain library, in the lines of ffi.h. */
void kh_supervisor_declare(kh_supervisor *supervisor, const char *function, double patience,
                           kh_load_result *report);
/* Returns the descriptors of all its kernels, which the caller frees. NULL: the fork server is
 * gone. */
void *kh_supervisor_describe(kh_supervisor *supervisor, size_t *size);
/* Returns whether all processes that workers start end with them. */
bool kh_supervisor_has_namespace(const kh_supervisor *supervisor);

#endif

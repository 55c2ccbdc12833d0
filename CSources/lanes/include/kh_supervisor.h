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
    uint64_t processor_seconds; /* of each call in it; 0: no limit */
    const char *const *read, *const *write;    /* paths that are allowed */
    uint32_t read_count, write_count;
    uint32_t one_thread; /* 1: other workers run at the same time: OMP_NUM_THREADS is 1 */
} kh_supervisor_rules;

/* The parts of a sandbox that this machine's kernel can enforce, as bits. [any] */
uint32_t kh_sandbox_parts(void);
/* Starts a fork server: this executable again, with only C in it. Returns at once. [preload]: a
 * library that it loads before all else; NULL: none. NULL with [*error]: no thread, no memory.
 * [any] */
kh_supervisor *kh_supervisor_open(const char *preload, int *error);
/* Ends the fork server and everything below it. No client of it may be open. */
void kh_supervisor_close(kh_supervisor *supervisor);
/* For a process that is the host alone: children of a fork server that dies become its own, and
 * kh_supervisors_end reaps them. [any] */
void kh_supervisors_adopt_orphans(void);
/* Before the process ends: ends all fork servers and reaps them, so that none is left to a parent
 * that reaps nothing. Takes [patience] seconds at most. Clients hear of no
 * death any more, and a thread that opens a supervisor or asks one from then on waits for the end.
 * [any]
 */
void kh_supervisors_end(double patience);
/* Waits until the fork server is there: 0, or why it is not. */
int kh_supervisor_wait(kh_supervisor *supervisor, double patience);
/* Before all that follows. 0 or errno, and a sentence; [*in_force]: parts of the sandbox. */
int kh_supervisor_set_rules(kh_supervisor *supervisor, const kh_supervisor_rules *rules,
                            uint32_t *in_force, char *why, size_t why_size);
void kh_supervisor_load(kh_supervisor *supervisor, const char *path, double patience,
                        kh_load_result *answer);
/* The description of all its kernels, which the caller frees. NULL: the fork server is gone. */
void *kh_supervisor_describe(kh_supervisor *supervisor, size_t *size);
/* Whether all that workers start dies with them. */
bool kh_supervisor_has_namespace(const kh_supervisor *supervisor);

#endif

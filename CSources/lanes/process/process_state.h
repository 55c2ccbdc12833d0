/* What every kernel finds of the process that it runs in, and what a call, or code at load, may
 * have left changed. */
#ifndef KH_PROCESS_STATE_H
#define KH_PROCESS_STATE_H

#include "kh_lanes.h"
#include "process/standard_files.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

typedef struct kh_process_state {
    dev_t device;
    ino_t folder;
    int folder_descriptor; /* of the folder, of a high number; -1: it cannot be opened */
    mode_t mask;           /* of files that are made */
    sigset_t signals;      /* that are blocked */
    cpu_set_t processors;
    struct rlimit limits[RLIM_NLIMITS];
    char **environment, **entries; /* where the list lies, and what was in it */
    char **own;                    /* a list of our own, for when it was changed */
    kh_standard_files files;
} kh_process_state;

/* Notes the state as it is. What signals do is always as kh_watch_signals has it. [output]:
 * of a worker, where what kernels write is mapped; else NULL. */
void kh_process_note(kh_process_state *state, char *output);
/* Beside bits of kh_change: a stream was wide, which is no fault of its call. */
enum { KH_WROTE_WIDE = 1 << 16 };

/* Restores what of [parts], bits of kh_change, is not as it was noted; returns that. Each part
 * is a call to the system or less, but for limits and handlers: those are some microseconds. */
uint32_t kh_process_restore(kh_process_state *state, uint32_t parts);
/* Gives back what a note holds. */
void kh_process_forget(kh_process_state *state);

#endif

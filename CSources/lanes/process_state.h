/* What every kernel finds of the process that it runs in, and what a call, or code at load, may
 * have left changed. */
#ifndef KH_PROCESS_STATE_H
#define KH_PROCESS_STATE_H

#include "kh_lanes.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

typedef struct kh_process_state {
    dev_t device;
    ino_t folder;
    int folder_descriptor; /* of the folder; -1: it cannot be opened */
    mode_t mask;           /* of files that are made */
    sigset_t signals;      /* that are blocked */
    cpu_set_t processors;
    struct rlimit limits[RLIM_NLIMITS];
} kh_process_state;

/* Notes the state as it is. */
void kh_process_note(kh_process_state *state);
/* Restores what is not as it was noted; returns that, as bits of kh_change. Some microseconds. */
uint32_t kh_process_restore(const kh_process_state *state);

#endif

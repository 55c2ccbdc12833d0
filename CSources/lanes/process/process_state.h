/* The state of its process that every kernel finds, and that a call, or code at load, may have
 * changed. */
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
    int folder_descriptor; /* a high number; -1: the folder cannot be opened */
    mode_t mask;           /* of file modes */
    sigset_t signals;      /* blocked ones */
    cpu_set_t processors;
    struct rlimit limits[RLIM_NLIMITS];
    char **environment, **entries; /* where the list lies, and what it held */
    char **own;                    /* a list of our own, for a changed environment */
    kh_standard_files files;
} kh_process_state;

/* Notes the current state. The signal handlers are always those of kh_watch_signals. [output]:
 * of a worker, the mapped output of its kernels; otherwise NULL. */
void kh_process_note(kh_process_state *state, char *output);
/* In addition to bits of kh_change: a stream was wide, which is not the call's fault. */
enum { KH_WROTE_WIDE = 1 << 16 };

/* Restores what differs from the note, among [parts], bits of kh_change. Returns what differed.
 * Each part takes a system call or less; limits and handlers take some microseconds. */
uint32_t kh_process_restore(kh_process_state *state, uint32_t parts);
/* Frees what a note holds. */
void kh_process_forget(kh_process_state *state);

#endif

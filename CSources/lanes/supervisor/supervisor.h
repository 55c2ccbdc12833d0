/* The host's client of a fork server: one thread starts it, lives as long as it, and receives
 * its messages. Private. */
#ifndef KH_SUPERVISOR_H
#define KH_SUPERVISOR_H

#include "kh_lanes.h"
#include "platform/eventcount.h"
#include "protocol/messages.h"

#include <stdatomic.h>
#include <sys/types.h>

enum kh_worker_state {
    KH_WORKER_NONE,
    KH_WORKER_RUNNING,
    KH_WORKER_DEAD
};

/* A client's worker. The supervisor writes it under its lock. While [state] is dead or none, the
 * rest does not change and may be read without the lock. */
typedef struct kh_worker {
    _Atomic uint32_t state;
    _Atomic uint32_t stopped; /* the signal that stopped it; 0: it is not stopped */
    _Atomic int process; /* of a measured worker; 0: it is not known, or dead */
    uint32_t id;
    bool is_measured;
    int handle; /* a pidfd of a measured worker, checked to be the fork server's child; -1 */
    uint64_t shared; /* bytes that its arena and its output had at its start */
    /* looks of the supervisor since it was to be killed; 0: it is not to be killed */
    uint32_t overdue;
    int status; /* the wait status; -1: it could not be started */
    int error;  /* errno of the start */
    uint64_t most_memory; /* bytes */
    char symbol[KH_DEATH_TEXT]; /* the text of KH_MESSAGE_DIED */
    kh_wake *owner; /* of the lane that waits for its end; NULL: no lane waits */
} kh_worker;

/* What all lanes of a supervisor need to know. */
uint64_t kh_supervisor_base(const kh_supervisor *supervisor);
uint64_t kh_supervisor_room(const kh_supervisor *supervisor);
pid_t kh_supervisor_process(const kh_supervisor *supervisor);
bool kh_supervisor_checks_memory(const kh_supervisor *supervisor);

/* Requests a worker. It counts as running until it is dead, also if it cannot be started. [how]:
 * bits of kh_start. Returns 0, or errno if the fork server is gone. */
int kh_worker_start(kh_supervisor *supervisor, kh_worker *worker, kh_wake *owner, uint32_t how,
                    int arena, int output);
void kh_worker_kill(kh_supervisor *supervisor, kh_worker *worker);
/* Waits for its end, but not longer than that. */
void kh_worker_await(kh_supervisor *supervisor, kh_worker *worker, uint64_t nanoseconds);
/* Kills it and waits for its end. Then the supervisor does not know it any more. */
void kh_worker_end(kh_supervisor *supervisor, kh_worker *worker);
/* Returns the process of a measured worker; 0: it is not known. */
pid_t kh_worker_process(kh_supervisor *supervisor, kh_worker *worker);
/* The processor time of a process at the last look at it. */
typedef struct kh_activity {
    uint64_t processor_ns;
} kh_activity;

/* activity.c: returns the part of the last [passed] nanoseconds in which a process could act. All
 * of them if that is not known. */
uint64_t kh_time_to_act(kh_activity *activity, pid_t process, uint64_t passed);
/* Returns the bytes of memory that the worker has taken since its fork; 0: not known. */
uint64_t kh_worker_memory(kh_supervisor *supervisor, kh_worker *worker);

#endif

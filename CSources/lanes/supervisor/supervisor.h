/* The host's end of a fork server: one thread that starts it, lives as long as it, and hears
 * what it says. Private. */
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

/* A client's worker. The supervisor writes it under its lock; [state] says when the rest may be
 * read without: it does not change while the worker is dead or there is none. */
typedef struct kh_worker {
    _Atomic uint32_t state;
    _Atomic uint32_t stopped; /* the signal that stopped it; 0: none */
    uint32_t id;
    bool is_measured;
    int handle; /* a pidfd, of one that is measured, checked to be the fork server's child; -1 */
    uint64_t shared; /* bytes that its arena and its output had when it was started */
    uint32_t overdue; /* looks of the supervisor since it was to be killed; 0: it is not to be */
    int status; /* of wait; -1: it could not be started */
    int error;  /* why not */
    uint64_t most_memory; /* bytes */
    char symbol[KH_DEATH_TEXT]; /* what KH_MESSAGE_DIED tells */
    kh_wake *owner; /* of the lane, which waits for its end; NULL: nobody does */
} kh_worker;

/* What all lanes of a supervisor need to know. */
uint64_t kh_supervisor_base(const kh_supervisor *supervisor);
uint64_t kh_supervisor_room(const kh_supervisor *supervisor);
pid_t kh_supervisor_process(const kh_supervisor *supervisor);
bool kh_supervisor_checks_memory(const kh_supervisor *supervisor);

/* Asks for a worker; it counts as running from then on, until it is dead, though it be
 * because it could not be started. [how]: of kh_start. 0, or errno if the fork server is gone. */
int kh_worker_start(kh_supervisor *supervisor, kh_worker *worker, kh_wake *owner, uint32_t how,
                    int arena, int output);
void kh_worker_kill(kh_supervisor *supervisor, kh_worker *worker);
/* Waits until it has ended by its own, but not longer than that. */
void kh_worker_await(kh_supervisor *supervisor, kh_worker *worker, uint64_t nanoseconds);
/* Kills and waits till it is dead; then the supervisor has forgotten it. */
void kh_worker_end(kh_supervisor *supervisor, kh_worker *worker);
/* Bytes of memory that the worker has taken since it was forked; 0: not known. */
uint64_t kh_worker_memory(kh_supervisor *supervisor, kh_worker *worker);

#endif

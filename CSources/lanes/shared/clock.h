/* The clock ticks the arenas of all awake lanes: one thread of the host. */
#ifndef KH_CLOCK_H
#define KH_CLOCK_H

#include "shared/arena.h"

/* What the clock has seen of a lane, in the host's own memory. */
typedef struct kh_clock_account {
    _Atomic uint64_t stepping;   /* the arena's word, at the last tick */
    _Atomic uint64_t step_ns;    /* how long the lane has been in that step */
    _Atomic uint64_t outside_ns; /* how long the lane has been awake and in no step */
    _Atomic uint64_t *own_ns;    /* by id: time in which ticks found the lane in the call's steps */
    uint32_t live_limit;
    const _Atomic uint32_t *live;    /* calls in the lane */
    const _Atomic uint32_t *stopped; /* the signal that stopped the worker; 0: it runs */
    const _Atomic int *process;      /* of the worker; 0: it is not known */
    int parent; /* the process that reports stopped workers, unless it is stopped as well */
    _Atomic uint32_t is_halted; /* one of these two processes is stopped */
} kh_clock_account;

/* Adds an arena to the clock. A lane in another process has an [account]. It cannot poke the
 * clock, so the clock looks at it while it has calls. Returns 0 or errno. */
int kh_clock_add(kh_arena *arena, const kh_layout *layout, kh_clock_account *account);
void kh_clock_remove(kh_arena *arena);
/* Tells the clock that a lane has woken, or wants a tick. [any] */
void kh_clock_poke(void);
/* Gives the arena a tick every millisecond from now on, because a call has a timeout. */
void kh_clock_hasten(kh_arena *arena);

#endif

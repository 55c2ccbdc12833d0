/* The clock: one thread that writes the time into the arenas of all lanes that are awake. */
#ifndef KH_CLOCK_H
#define KH_CLOCK_H

#include "shared/arena.h"

/* What the clock has seen of a lane, for its client: in the host's own memory. */
typedef struct kh_clock_account {
    _Atomic uint64_t stepping;   /* the arena's, at the last tick */
    _Atomic uint64_t step_ns;    /* for how long it has been in that step */
    _Atomic uint64_t outside_ns; /* for how long it has been awake and in no step */
    _Atomic uint64_t *own_ns;    /* by id: time in which ticks found the lane in its steps */
    uint32_t live_limit;
    const _Atomic uint32_t *live;    /* calls in the lane */
    const _Atomic uint32_t *stopped; /* the signal that stopped the worker; 0: it runs */
    int parent; /* the process that would tell of that, if it is not stopped as well */
    _Atomic uint32_t is_halted; /* it is stopped as well */
} kh_clock_account;

/* The clock: one thread that ticks the arenas of all lanes awake. A lane in another
 * process, which has a [account], cannot poke it: while it has calls it is looked at anyway. */
int kh_clock_add(kh_arena *arena, const kh_layout *layout, kh_clock_account *account);
void kh_clock_remove(kh_arena *arena);
/* A lane awoke, or wants to be looked at. [any] */
void kh_clock_poke(void);
/* A call of the arena has a timeout: it wants a tick every millisecond from now on. */
void kh_clock_hasten(kh_arena *arena);

#endif

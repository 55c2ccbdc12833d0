/* A lane: the C loop that steps its live calls in turn. Its own bookkeeping is
 * private to the thread or process that runs it; all else is in the arena. */
#ifndef KH_LANE_H
#define KH_LANE_H

#include "arena.h"
#include "heap.h"

/* Calls that a lane which is one of several has live when it begins no more: enough for steps
 * of different calls to overlap in the processor. */
#define KH_LIVE_SHARED 16

/* A parked call, in a binary heap by time, then by order of parking. */
typedef struct kh_parked {
    uint64_t wake;
    uint64_t order;
    kh_slot *slot;
} kh_parked;

typedef struct kh_lane {
    kh_services services; /* first: a call's services lead to its lane */
    kh_arena *arena;
    const kh_kernel *const *kernels;
    uint32_t kernel_count;
    kh_cold *cold;
    kh_heap blocks; /* what kh_alloc gives out */

    bool is_shared;       /* one of several: see the arena */
    bool is_worker;       /* a process of its own: the clock is elsewhere */
    const char *output;   /* what kernels wrote by themselves; not 0: there is something */
    uint64_t done_head; /* of the arena, as last seen */

    uint32_t *live; /* slots in units of 64 bytes from the arena's start, in turn */
    uint32_t live_count;
    bool goes_on;    /* a dead lane's pass, from its place [goes_on_at] */
    uint32_t goes_on_at;
    uint64_t pass;
    kh_parked *parked;
    size_t parked_count, parked_capacity;
    uint64_t parked_order;

    uint64_t now;         /* read at the end of each call; the start of the next */
    bool now_is_old;      /* a step has run since */
    uint64_t tick;        /* of the arena, at the last look at deadlines */
    uint64_t last_signal; /* when the port was last told of something */
    uint64_t tell_ns;     /* of the arena */
    uint32_t untold;      /* completions and texts since */
    uint32_t attention, news; /* of the arena, as last seen */
    kh_slot *sleeper;     /* who asked for kh_sleep in this step, and till when */
    uint64_t wake;
} kh_lane;

void kh_lane_init(kh_lane *lane, kh_arena *arena, const kh_kernel *const *kernels, uint32_t count,
                  bool is_worker);
/* Runs until the port says quit, then ends what is live. */
void kh_lane_run(kh_lane *lane);
void kh_lane_free(kh_lane *lane);

/* parking.c: lays a call to sleep until [wake] or its deadline; false: no memory. */
bool kh_lane_park(kh_lane *lane, kh_slot *slot);
/* The one to wake first; there is one. O(log parked). */
kh_slot *kh_lane_unpark(kh_lane *lane);
/* Some of their times have changed. */
void kh_lane_sort_parked(kh_lane *lane);

/* pass.c: steps the calls of the list from [at] on in turn while each answers KH_MORE; if
 * [repeats], pass after pass until there is news or the clock ticks. Answers [count], or
 * the place of a call that answered something else, wrote something or, if [is_late] asks
 * for a look at deadlines, is KH_OVERDUE and had no step. */
uint32_t kh_lane_pass(kh_lane *lane, uint32_t at, uint32_t count, bool repeats, bool is_late,
                      int64_t *answer);
#define KH_OVERDUE INT64_MAX /* no step can answer that */

/* services.c: what the call that ran last wrote to descriptors 1 and 2. */
void kh_lane_take_output(kh_lane *lane, const kh_slot *slot);

/* services.c */
void kh_services_init(kh_services *services);
void *kh_lane_alloc(kh_lane *lane, kh_slot *slot, uint64_t size);
void kh_lane_set_message(kh_lane *lane, kh_slot *slot, int code, const char *text, size_t length);

/* settle.c: what is left to do for a call that ends. */
void kh_lane_settle(kh_lane *lane, kh_slot *slot, enum kh_ending ending, int code);

/* Waits until the port has made room in a ring, or wants to quit. */
void kh_lane_wait_room(kh_lane *lane, bool (*has_room)(const kh_arena *arena, uint64_t need),
                       uint64_t need);
/* Tells the port that there is something to take. */
void kh_lane_tell(kh_lane *lane);

static inline void kh_lane_look_at_output(kh_lane *lane, const kh_slot *slot) {
    if (KH_UNLIKELY(*(const volatile char *)lane->output != 0)) kh_lane_take_output(lane, slot);
}

static inline kh_cold *kh_cold_of(kh_lane *lane, const kh_slot *slot) {
    return &lane->cold[slot->id];
}

static inline const kh_kernel *kh_kernel_of(kh_lane *lane, const kh_slot *slot) {
    return lane->kernels[kh_cold_of(lane, slot)->kernel];
}

static inline void *kh_state_of(kh_slot *slot) {
    return (char *)slot + slot->state_offset;
}

static inline kh_lane *kh_lane_of(kh_call *call) {
    return (kh_lane *)(uintptr_t)call->services;
}

#endif

/* A lane: the C loop that steps its live calls in turn. Its own bookkeeping lies in the
 * tables of its arena, out of the reach of what kernels overrun. */
#ifndef KH_LANE_H
#define KH_LANE_H

#include "shared/arena.h"
#include "process/float_state.h"
#include "shared/guard_words.h"
#include "plugins/loader.h"
#include "process/process_state.h"

/* Calls that a lane which is one of several has live when it begins no more: enough for steps
 * of different calls to overlap in the processor. */
#define KH_LIVE_SHARED 16

/* What a worker exits with when its own bookkeeping contradicts itself. */
enum { KH_WORKER_DAMAGED = 115 };

/* Looks behind steps that may find nothing in a row: each takes a microsecond or some, which short
 * steps of a kernel that changes nothing shall not take for ever. */
enum { KH_LOOKS = 4096 };

typedef struct kh_made kh_made;

typedef struct kh_lane {
    kh_services services; /* first: a call's services lead to its lane */
    kh_arena *arena;
    kh_tables *tables;
    kh_layout layout;
    const kh_kernel *const *kernels;
    uint32_t kernel_count;
    kh_cold *cold;
    kh_turn *turns;
    kh_call *calls;
    const _Atomic uint8_t *ends;
    const uint64_t *numbers; /* by id: kh_number_word */
    kh_made *made;      /* setup.c: by kernel, what its calls share; NULL: nothing yet */
    uint32_t last_made; /* the number + 1 of the kernel that is to be torn down first */
    kh_blocks blocks; /* what kh_alloc gives out */

    bool is_shared;     /* one of several: see the arena */
    bool is_worker;     /* a process of its own: the clock is elsewhere */
    const char *output; /* what kernels wrote to descriptors 1 and 2, if its mark is gone */
    uint64_t done_head; /* of the arena, as last seen */
    kh_process_state process; /* of a worker, as each kernel finds it */
    uint64_t process_seen;    /* when it was looked at last */
    const char *locale;       /* the name of the one that is set: where it lies */
    bool checks;              /* memory: only the call that runs can reach its own */
    uint64_t opened;          /* the stepping word of that call; 0: none */
    uint32_t all_touch;       /* what some kernel can change of the process, of its own names */
    bool is_watched;          /* some live call's kernel can: each step of it is looked behind */
    uint32_t looks_left;      /* that may find nothing in a row: then it is looked now and then */

    kh_live *live; /* in turn */
    uint32_t live_count;
    kh_function only_step; /* of all live calls, unless they are mixed */
    bool is_mixed;
    bool goes_on; /* a dead lane's pass, from its place [goes_on_at] */
    bool verifies; /* in the first pass over calls that a dead lane left: are they whole? */
    uint32_t goes_on_at;
    uint64_t pass;
    kh_parked *parked;
    size_t parked_count;
    uint64_t parked_order;

    /* Time; see own_time.h. */
    uint64_t now;         /* the last reading of the clock */
    bool now_is_old;      /* a step has run since */
    bool is_slow;         /* each step is measured */
    uint32_t slow_steps;  /* measured since the last look at whether they are slow */
    uint64_t slow_ns;     /* their time */
    uint64_t counted_pass; /* when the time of fast steps was last counted */
    uint64_t active_seen; /* of the arena, then */
    uint64_t share;       /* own time of a call that was live, and never slow, all along */
    uint64_t next_expiry; /* the least share at which a live call's timeout may be over */
    uint64_t next_deadline;
    uint64_t tick;        /* of the arena, at the last look */
    uint64_t last_notify; /* when the client was last told of something */
    uint64_t notify_ns;     /* of the arena */
    uint32_t unnotified;      /* completions and texts since */
    uint32_t cancel_epoch, epoch; /* of the arena, as last seen */
    uint32_t sleeper;     /* the id + 1 of the call that asked for kh_sleep in this step; 0 */
    uint64_t wake;        /* until when */

    /* Processor time; see processor_time.h. */
    bool is_counted, has_timers;
    int timers[2];
    uint64_t processor_most; /* of each call; 0: no limit */
    uint64_t processor_seen; /* at the last look */
    uint64_t processor_wall, processor_read; /* the clock at that, and at the last reading */
    uint64_t processor_due;  /* when the timers end the process; 0: never */
} kh_lane;

/* [lane] is inside of the arena's tables. */
void kh_lane_init(kh_lane *lane, kh_arena *arena, const kh_layout *layout,
                  const kh_kernel *const *kernels, uint32_t count, bool is_worker);
/* Runs until the client says quit, then ends what is live. */
void kh_lane_run(kh_lane *lane);

static inline kh_lane *kh_lane_in(kh_arena *arena, const kh_layout *layout) {
    return (kh_lane *)(void *)(kh_tables_of(arena, layout) + 1);
}

/* timer_heap.c: adds a sleeping call. O(log of the calls that sleep). */
void kh_timer_heap_add(kh_lane *lane, uint32_t id, uint32_t place, uint64_t wake);
/* timer_heap.c: takes the call that wakes first. The heap is not empty. */
kh_parked kh_timer_heap_pop(kh_lane *lane);
/* timer_heap.c: restores the order after wake times were changed. O(calls that sleep). */
void kh_timer_heap_restore(kh_lane *lane);

/* sleep.c: lays a call to sleep until the lane's [wake]; its own time goes on meanwhile. */
void kh_lane_sleep(kh_lane *lane, uint32_t id, uint32_t place);
/* sleep.c: wakes the sleepers that are due; there is one at least. */
void kh_lane_wake_due(kh_lane *lane);
/* sleep.c: ends calls that were cancelled, or all of them. */
void kh_lane_end_cancelled(kh_lane *lane);
/* sleep.c: ends all live calls that are to end. O(live). */
void kh_lane_end_some(kh_lane *lane);

/* pass.c: steps the calls of the list from [at] on in turn while each answers KH_MORE; if
 * [repeats], pass after pass until there is news or the clock ticks. Returns [count], or
 * the place of a call that answered something else or wrote something. */
uint32_t kh_lane_pass(kh_lane *lane, uint32_t at, uint32_t count, bool repeats, int *answer);

/* text.c: adds a piece of text of a call to the text ring. [id]: perhaps with KH_PIECE_OUTPUT. */
void kh_lane_put_text(kh_lane *lane, uint32_t id, const char *text, size_t length);
/* text.c: what the call that ran last wrote to descriptors 1 and 2. */
void kh_lane_take_output(kh_lane *lane, uint32_t id);

/* setup.c: makes what the calls of this one's kernel share in this process. To be asked for
 * before any of its code runs; the call is entered. 0, or the call's error. */
int kh_lane_set_up(kh_lane *lane, uint32_t id);
/* What that is. */
void *kh_lane_shared(const kh_lane *lane, uint32_t id);
/* When no code of kernels runs any more. */
void kh_lane_tear_down(kh_lane *lane);

/* outcome.c: continues with a call whose start or step has returned something other than KH_MORE.
 * [function]: "start" or "step". */
void kh_lane_take_result(kh_lane *lane, uint32_t id, uint32_t place, int result,
                         const char *function);
/* outcome.c: whether a call whose last lane is dead can go on in this process. A call that cannot
 * has ended. */
bool kh_lane_can_go_on(kh_lane *lane, uint32_t id, uint32_t place);
/* admit.c: begins the calls that were submitted, or those that a shared lane takes now. Returns
 * whether there were any. */
bool kh_lane_admit(kh_lane *lane);

/* services.c */
void kh_services_init(kh_services *services);

/* call_memory.c */
/* The number of a block of zeroed bytes that the call owns; 0: no memory. */
uint32_t kh_lane_alloc(kh_lane *lane, uint32_t id, uint64_t size);
void kh_lane_set_message(kh_lane *lane, uint32_t id, int code, const char *text, size_t length);

/* complete.c: what is left to do for a call that ends. */
void kh_lane_complete(kh_lane *lane, uint32_t id, uint32_t place, enum kh_ending ending, int code);

/* notify.c */
/* Waits until the client has made room in a ring, or wants to quit. */
void kh_lane_wait_room(kh_lane *lane, bool (*has_room)(const kh_lane *lane, uint64_t need),
                       uint64_t need);
/* Tells the client that there is something to take. */
void kh_lane_notify_client(kh_lane *lane);

static inline bool kh_lane_has_output(const kh_lane *lane) {
    return *(const volatile unsigned char *)lane->output != KH_OUTPUT_MARK;
}

static inline void kh_lane_look_at_output(kh_lane *lane, uint32_t id) {
    if (KH_UNLIKELY(kh_lane_has_output(lane))) kh_lane_take_output(lane, id);
}

/* The floating-point state is the same for all: what the call has changed is restored. */
static inline void kh_lane_look_at_floats(kh_lane *lane, uint32_t id) {
    if (KH_LIKELY(kh_float_is_as_given())) return;
    kh_float_restore();
    KH_WRITE_ONCE(lane->cold[id].changes, lane->cold[id].changes | KH_CHANGED_FLOATS);
}

static inline const kh_kernel *kh_kernel_of(kh_lane *lane, uint32_t id) {
    return lane->kernels[lane->cold[id].kernel];
}

/* Whether nothing was written over the words around a call's state. Asked before it begins, or
 * goes on from bytes that a dead lane left: a neighbour may have written there, and the client,
 * which finds the same, runs the call again with arguments of its own. */
static inline bool kh_lane_is_whole(kh_lane *lane, uint32_t id, uint32_t place) {
    if (KH_UNLIKELY(lane->checks))
        return true; /* no neighbour reaches it, nor can it be read yet */
    return kh_state_overruns(kh_at_place(lane->arena, place),
                             kh_kernel_of(lane, id)->state_size) == 0;
}

/* Whether the call's kernel can run in this process. */
static inline int kh_lane_make_ready(kh_lane *lane, uint32_t id) {
    return KH_LIKELY(kh_kernel_of(lane, id)->setup == NULL) ? 0 : kh_lane_set_up(lane, id);
}

/* What the call's kernel can change of its process, bits of kh_change. The kernels of workers are
 * those that the fork server has loaded. */
static inline uint32_t kh_lane_touches(kh_lane *lane, uint32_t id) {
    if (!lane->is_worker) return 0;
    return ((const kh_loaded *)(const void *)kh_kernel_of(lane, id))->touches;
}

/* restore.c: restores these of the process that the call has changed, and notes it. */
void kh_lane_restore_process(kh_lane *lane, uint32_t id, uint32_t parts);

/* restore.c: the same, at the end of a call, of what its kernel is not known to change. */
void kh_lane_look_at_process(kh_lane *lane, uint32_t id);

/* Behind a step of a call whose kernel is known to change something. */
static inline void kh_lane_look_behind(kh_lane *lane, uint32_t id) {
    uint32_t parts = lane->looks_left == 0 ? 0 : kh_lane_touches(lane, id);
    if (KH_UNLIKELY(parts != 0)) kh_lane_restore_process(lane, id, parts);
}

/* checked.c: opens the memory of the call of a stepping word, and closes that of another; 0: of
 * none. */
void kh_lane_open_memory(kh_lane *lane, uint64_t word);

/* The call whose code is about to run; 0, 0: none. Before it runs: a death has a name. */
static inline void kh_lane_enter(kh_lane *lane, uint32_t id, uint32_t place) {
    if (KH_UNLIKELY(lane->checks)) kh_lane_open_memory(lane, kh_stepping_word(id, place));
    KH_WRITE_ONCE(lane->tables->stepping, kh_stepping_word(id, place));
}

static inline void kh_lane_leave(kh_lane *lane) {
    KH_WRITE_ONCE(lane->tables->stepping, 0);
}

#endif

/* A lane: the C loop that steps its live calls in turn. Its bookkeeping lies in the tables of
 * its arena, which an overrun of a kernel does not reach. */
#ifndef KH_LANE_H
#define KH_LANE_H

#include "shared/arena.h"
#include "process/float_state.h"
#include "shared/guard_words.h"
#include "plugins/loader.h"
#include "process/process_state.h"

/* A lane that is one of several begins no more calls while it has this many live ones. These
 * suffice for steps of different calls to overlap in the processor. */
#define KH_LIVE_SHARED 16

/* The exit code of a worker whose own bookkeeping contradicts itself. */
enum { KH_WORKER_DAMAGED = 115 };

/* How many checks after steps may find nothing in a row. Each takes about a microsecond, which
 * the short steps of a harmless kernel should not pay for ever. */
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
    kh_made *made;      /* setup.c: by kernel, what its calls share; NULL: nothing was made yet */
    uint32_t last_made; /* the number + 1 of the kernel that is torn down first */
    kh_blocks blocks; /* the memory of kh_alloc */

    bool is_shared;     /* it is one of several: see the arena */
    bool is_worker;     /* it is a process of its own: the clock is in another */
    const char *output; /* what kernels wrote to descriptors 1 and 2, if its mark is gone */
    uint64_t done_head; /* of the arena, as last seen */

    /* Copies of half-done calls; see snapshot.c. */
    bool copies;              /* calls may be copied */
    bool is_copying;          /* a snapshot is half made */
    _Atomic uint32_t is_frozen; /* the last snapshot is made, and no call is stepped after it */
    /* says that all calls are to end: the arena's word, or the one above */
    const _Atomic uint32_t *stop;
    uint32_t snapshots_seen;  /* of the arena */
    uint32_t targets, target; /* calls to copy, and the next one of them */
    uint64_t copied;          /* bytes */
    uint64_t chosen_ns;       /* when they were listed */

    kh_process_state process; /* of a worker, as each kernel finds it */
    uint64_t process_seen;    /* when it was last checked */
    const char *locale;       /* the name of the current locale: where that text lies */
    bool checks;              /* memory is checked: see checked.h */
    /* the stepping word of the call whose memory is open; 0: absent */
    uint64_t opened;
    /* what any kernel can change of the process, by the functions that it uses */
    uint32_t all_touch;
    /* a live call's kernel can change something: each of its steps is checked */
    bool is_watched;
    /* checks that may still find nothing in a row; at 0 they become rare */
    uint32_t looks_left;

    kh_live *live; /* in turn */
    uint32_t live_count;
    kh_function only_step; /* of all live calls, unless they are mixed */
    bool is_mixed;
    bool goes_on; /* it continues a dead lane's pass, from entry [goes_on_at] */
    bool verifies; /* in the first pass over calls of a dead lane: check that they are intact */
    uint32_t goes_on_at;
    uint64_t pass;
    kh_parked *parked;
    size_t parked_count;
    uint64_t parked_order;

    /* Time; see own_time.h. */
    uint64_t now;         /* the last reading of the clock */
    bool now_is_old;      /* a step has run since */
    bool is_slow;         /* each step is measured */
    uint32_t slow_steps;  /* measured since the last decision */
    uint64_t slow_ns;     /* their time */
    uint64_t counted_pass; /* when the time of fast steps was last counted */
    uint64_t active_seen; /* of the arena, at that time */
    uint64_t share;       /* own time of a call that was live all along, and never measured */
    uint64_t next_expiry; /* the least share at which a live call's timeout may be over */
    uint64_t next_deadline;
    uint64_t tick;        /* of the arena, at the last look */
    uint64_t last_notify; /* when the client was last notified */
    uint64_t notify_ns;     /* of the arena */
    uint32_t unnotified;      /* completions and texts since then */
    uint32_t cancel_epoch, epoch; /* of the arena, as last seen */
    uint32_t sleeper;     /* the id + 1 of the call that called kh_sleep in this step; 0 */
    uint64_t wake;        /* until when it sleeps */

    /* Processor time; see processor_time.h. */
    bool is_counted, has_timers;
    int timers[2];
    uint64_t processor_most; /* the limit of each call; 0: no limit */
    uint64_t processor_seen; /* at the last look */
    /* the clock at that look, and at the last reading of processor time */
    uint64_t processor_wall, processor_read;
    uint64_t processor_due;  /* when the timers end the process; 0: never */
} kh_lane;

/* Initialises a lane. [lane] lies in the arena's tables. */
void kh_lane_init(kh_lane *lane, kh_arena *arena, const kh_layout *layout,
                  const kh_kernel *const *kernels, uint32_t count, bool is_worker);
/* Runs until the client sets `quit` and no call is left. */
void kh_lane_run(kh_lane *lane);

static inline kh_lane *kh_lane_in(kh_arena *arena, const kh_layout *layout) {
    return (kh_lane *)(void *)(kh_tables_of(arena, layout) + 1);
}

/* timer_heap.c: adds a sleeping call. O(log of the sleeping calls). */
void kh_timer_heap_add(kh_lane *lane, uint32_t id, uint32_t place, uint64_t wake);
/* timer_heap.c: takes the call that wakes first. The heap is not empty. */
kh_parked kh_timer_heap_pop(kh_lane *lane);
/* timer_heap.c: restores the order after wake times were changed. O(sleeping calls). */
void kh_timer_heap_restore(kh_lane *lane);

/* sleep.c: puts a call to sleep until the lane's [wake]. Its own time continues meanwhile. */
void kh_lane_sleep(kh_lane *lane, uint32_t id, uint32_t place);
/* sleep.c: wakes the sleeping calls that are due. There is at least one sleeping call. */
void kh_lane_wake_due(kh_lane *lane);
/* sleep.c: ends the calls that were cancelled, or all of them. */
void kh_lane_end_cancelled(kh_lane *lane);
/* sleep.c: ends all live calls that were cancelled or are out of time. O(live calls). */
void kh_lane_end_some(kh_lane *lane);

/* pass.c: steps the calls of the list in turn, from [at] on, while each returns KH_MORE. If
 * [repeats], runs pass after pass until the epoch changes or the clock ticks. Returns [count],
 * or the entry of a call that returned something else or wrote something. */
uint32_t kh_lane_pass(kh_lane *lane, uint32_t at, uint32_t count, bool repeats, int *result);

/* text.c: adds a piece of text of a call to the text ring. [id] may have KH_PIECE_OUTPUT set. */
void kh_lane_put_text(kh_lane *lane, uint32_t id, const char *text, size_t length);
/* text.c: moves what the last call wrote to descriptors 1 and 2 into the text ring. */
void kh_lane_take_output(kh_lane *lane, uint32_t id);

/* setup.c: makes what the calls of this kernel share in this process, before any of its code
 * runs. The call is entered. Returns 0, or the call's error. */
int kh_lane_set_up(kh_lane *lane, uint32_t id);
/* Returns what they share. */
void *kh_lane_shared(const kh_lane *lane, uint32_t id);
/* Tears all of it down. No code of kernels runs any more. */
void kh_lane_tear_down(kh_lane *lane);

/* outcome.c: continues with a call whose start or step has returned something other than KH_MORE.
 * [function]: "start" or "step". */
void kh_lane_take_result(kh_lane *lane, uint32_t id, uint32_t place, int result,
                         const char *function);
/* outcome.c: returns whether a call of a dead lane can continue in this process. If not, it has
 * ended. */
bool kh_lane_can_go_on(kh_lane *lane, uint32_t id, uint32_t place);
/* admit.c: begins the calls that were submitted, as many as a shared lane takes now. Returns
 * whether there were any. */
bool kh_lane_admit(kh_lane *lane);

/* snapshot.c: copies calls if the client wants that, for a few milliseconds at a time. All live
 * calls are between two steps. */
void kh_lane_copy_calls(kh_lane *lane);

/* services.c */
void kh_services_init(kh_services *services);

/* call_memory.c */
/* Returns the number of a block of zeroed bytes that the call owns; 0: no memory. */
uint32_t kh_lane_alloc(kh_lane *lane, uint32_t id, uint64_t size);
void kh_lane_set_message(kh_lane *lane, uint32_t id, int code, const char *text, size_t length);

/* complete.c: ends a call, and writes its completion. */
void kh_lane_complete(kh_lane *lane, uint32_t id, uint32_t place, enum kh_ending ending, int code);

/* notify.c */
/* Waits until the client has made room in a ring, or wants to quit. */
void kh_lane_wait_room(kh_lane *lane, bool (*has_room)(const kh_lane *lane, uint64_t need),
                       uint64_t need);
/* Notifies the client that there is something to reap. */
void kh_lane_notify_client(kh_lane *lane);

static inline bool kh_lane_has_output(const kh_lane *lane) {
    return *(const volatile unsigned char *)lane->output != KH_OUTPUT_MARK;
}

static inline void kh_lane_look_at_output(kh_lane *lane, uint32_t id) {
    if (KH_UNLIKELY(kh_lane_has_output(lane))) kh_lane_take_output(lane, id);
}

/* Restores the floating-point state if the call has changed it. */
static inline void kh_lane_look_at_floats(kh_lane *lane, uint32_t id) {
    if (KH_LIKELY(kh_float_is_as_given())) return;
    kh_float_restore();
    KH_WRITE_ONCE(lane->cold[id].changes, lane->cold[id].changes | KH_CHANGED_FLOATS);
}

static inline const kh_kernel *kh_kernel_of(kh_lane *lane, uint32_t id) {
    return lane->kernels[lane->cold[id].kernel];
}

/* Returns whether the guard words around a call's state are intact. The lane asks before a call
 * begins, or continues from the bytes of a dead lane. If a neighbour has written there, the
 * client finds the same, and runs the call again with its own copy of the arguments. */
static inline bool kh_lane_is_whole(kh_lane *lane, uint32_t id, uint32_t place) {
    if (KH_UNLIKELY(lane->checks))
        return true; /* no neighbour can reach it, and it cannot be read yet */
    return kh_state_overruns(kh_at_place(lane->arena, place),
                             kh_kernel_of(lane, id)->state_size) == 0;
}

/* Makes what the call's kernel needs in this process. Returns 0, or the call's error. */
static inline int kh_lane_make_ready(kh_lane *lane, uint32_t id) {
    return KH_LIKELY(kh_kernel_of(lane, id)->setup == NULL) ? 0 : kh_lane_set_up(lane, id);
}

/* Returns what the call's kernel can change of its process, as bits of kh_change. The kernels of
 * workers are those that the fork server has loaded. */
static inline uint32_t kh_lane_touches(kh_lane *lane, uint32_t id) {
    if (!lane->is_worker) return 0;
    return ((const kh_loaded *)(const void *)kh_kernel_of(lane, id))->touches;
}

/* restore.c: restores these parts of the process, and notes what the call had changed. */
void kh_lane_restore_process(kh_lane *lane, uint32_t id, uint32_t parts);

/* restore.c: the same at the end of a call, for what its kernel is not known to change. */
void kh_lane_look_at_process(kh_lane *lane, uint32_t id);

/* Checks the process after a step of a call whose kernel is known to change something. */
static inline void kh_lane_look_behind(kh_lane *lane, uint32_t id) {
    uint32_t parts = lane->looks_left == 0 ? 0 : kh_lane_touches(lane, id);
    if (KH_UNLIKELY(parts != 0)) kh_lane_restore_process(lane, id, parts);
}

/* checked.c: opens the memory of the call of a stepping word, and closes that of the previous
 * one. 0: opens no memory. */
void kh_lane_open_memory(kh_lane *lane, uint64_t word);

/* Names the call whose code is about to run, so that a death can be attributed. 0, 0: no call. */
static inline void kh_lane_enter(kh_lane *lane, uint32_t id, uint32_t place) {
    if (KH_UNLIKELY(lane->checks)) kh_lane_open_memory(lane, kh_stepping_word(id, place));
    KH_WRITE_ONCE(lane->tables->stepping, kh_stepping_word(id, place));
}

static inline void kh_lane_leave(kh_lane *lane) {
    KH_WRITE_ONCE(lane->tables->stepping, 0);
}

#endif

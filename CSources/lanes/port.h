/* The port's own tables: private memory of the host, which no kernel can reach while
 * lanes are other processes. */
#ifndef KH_PORT_H
#define KH_PORT_H

#include "arena.h"
#include "guard.h"
#include "heap.h"
#include "lane.h"

#include <pthread.h>

#define KH_POKE_NS 1000000

/* What the port knows of a slot. Small, for it is written for each call. */
typedef struct kh_entry {
    uint64_t tag;
    kh_slot *slot; /* NULL: the id is free */
    uint64_t size;
    uint32_t kernel;
    bool submitted : 1, ended : 1, has_blocks : 1, has_memory_limit : 1, cancelled : 1, seen : 1;
} kh_entry;
_Static_assert(sizeof(kh_entry) == 32, "two entries share a cache line");

/* And what it needs to know besides where the lane may die. */
typedef struct kh_more {
    uint64_t timeout_ns, grace_ns;
    uint64_t order;   /* of submission */
    uint64_t printed; /* bytes of text so far */
    uint64_t skip;    /* bytes of text that were shown in an earlier attempt */
} kh_more;

/* A pass that does not go on, as the port saw it last. */
typedef struct kh_watch {
    uint32_t stepping;
    uint64_t pass, since;
} kh_watch;

/* What a lane changes while it gets on, as kh_port_running saw it last; since: 0: never. */
typedef struct kh_standing {
    uint32_t stepping;
    uint64_t pass, taken, done, since;
} kh_standing;

/* A call that a dead worker left. */
typedef struct kh_left {
    uint64_t steps;
    uint32_t id;
    enum kh_fate fate;
} kh_left;

struct kh_port {
    kh_arena *arena;
    kh_layout layout;
    const kh_shape *shapes;
    const kh_kernel *const *kernels; /* for a lane that is a thread */
    uint32_t kernel_count, live_limit;
    kh_entry *entries;
    kh_more *more; /* by slot id, too; of workers only */
    uint32_t *free_ids;
    uint32_t free_count, fresh;
    uint64_t last_poke;  /* of the clock, where it is not urgent */
    uint64_t first_pass; /* the worker has not shown itself while the arena says so */
    bool is_timed; /* some call has, or had, a deadline */
    uint32_t rigid; /* slots of kernels that are not flat; of workers only */
    _Atomic uint32_t live;
    kh_heap slots;
    uint64_t submit_tail, published;
    uint64_t submit_head; /* as last seen: the word itself is in the lane's cache */
    uint64_t order;
    uint64_t done_seen, text_seen; /* tails of the rings at the last look */
    bool ring_was_full;            /* a draft was refused for it */
    bool wants_open, may_look;
    uint64_t opened; /* when */
    _Atomic uint32_t stopped; /* kh_port_stop was called */
    uint64_t *waiting; /* words that found the ring full: to be pushed before any other */
    size_t waiting_count, waiting_first, waiting_capacity;
    _Atomic uint32_t woken;
    kh_standing standing;
    int64_t distance; /* a lane's address less the port's own */

    /* A lane that is a thread, away from what the port's own thread writes. */
    KH_LINE kh_lane lane;
    KH_LINE _Atomic uint32_t lane_ended;
    pthread_t thread;

    /* A lane that is a process. */
    kh_guard *guard;
    int descriptor; /* of the arena */
    int output_descriptor;
    char *output; /* what kernels wrote by themselves and the lane has not taken */
    kh_worker worker;
    kh_watch watch;
    uint64_t stopped_since; /* 0: it is not */
    bool death_is_known;   /* and nothing to wake up for */
    enum kh_reason reason; /* why the port killed it */
    kh_left *survivors;    /* in the order in which they go on */
    size_t survivor_count;
};

static inline kh_cold *kh_port_cold(kh_port *port, uint32_t id) {
    return (kh_cold *)kh_at(port->arena, port->layout.cold) + id;
}

/* submit.c: queues a word for the lane, in order, even where the ring is full. False: no memory. */
bool kh_port_push(kh_port *port, uint64_t word);
/* recovery.c: kills the worker, if it lives, and remembers why. */
void kh_port_end_worker(kh_port *port, enum kh_reason reason);
/* submit.c: whether the ring takes more words ahead of the lane. */
bool kh_port_may_push_ahead(kh_port *port);
/* submit.c: begins all anew but for the slots. */
void kh_port_forget_ring(kh_port *port);
/* recovery.c: the live call whose slot begins so many units into the arena; UINT32_MAX: none. */
uint32_t kh_port_call_at(kh_port *port, uint32_t unit);

/* So many calls more. One thread changes it, the clock looks. */
static inline void kh_port_change_live(kh_port *port, uint32_t by) {
    atomic_store_explicit(&port->live,
                          atomic_load_explicit(&port->live, memory_order_relaxed) + by,
                          memory_order_relaxed);
}

/* Of what a worker may write at any time: one look. */
static inline uint32_t kh_look32(const uint32_t *word) {
    return *(const volatile uint32_t *)word;
}

static inline uint64_t kh_look64(const uint64_t *word) {
    return *(const volatile uint64_t *)word;
}

#endif

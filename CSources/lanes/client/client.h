/* The client's own tables. They are private memory of the host: no kernel in a worker can reach
 * them. */
#ifndef KH_CLIENT_H
#define KH_CLIENT_H

#include "shared/arena.h"
#include "shared/clock.h"
#include "supervisor/supervisor.h"
#include "shared/slab.h"
#include "lane/lane.h"

#include <pthread.h>

#define KH_POKE_NS 1000000

/* What the client knows of a call. It is small, because the client writes one for each call. */
typedef struct kh_entry {
    uint64_t tag;
    char *slot; /* NULL: the id is free */
    uint64_t size;
    uint32_t kernel;
    bool submitted : 1, ended : 1, has_blocks : 1, has_turn : 1, cancelled : 1, seen : 1;
} kh_entry;
_Static_assert(sizeof(kh_entry) == 32, "two entries share a cache line");

/* What the client also knows of a call in a worker, which may die. */
typedef struct kh_worker_entry {
    uint64_t timeout_ns, deadline_ns, grace_ns, processor_ns;
    uint64_t order;   /* of submission */
    uint64_t printed; /* bytes of text so far */
    uint64_t skip;    /* bytes of text that an earlier attempt has shown */
} kh_worker_entry;

/* How long the watchdog has seen a suspicious state of a worker, in nanoseconds. */
typedef struct kh_watchdog {
    uint64_t looked;    /* when it looked last */
    uint64_t passed;    /* from the look before to this one */
    uint64_t acted;     /* the part of it in which the worker could act */
    bool acted_is_known;
    kh_activity activity;
    uint64_t starting;  /* the worker has written nothing yet */
    uint64_t outside;   /* the lane is awake, and in no step */
    uint64_t asleep;    /* the lane sleeps, though it has something to do */
    uint64_t blocked;   /* the lane waits for room that exists */
    uint64_t taken;     /* bytes and completions that the client had reaped at the last look */
    uint64_t leaving;   /* the lane has nothing to do, and does not end */
    uint64_t pass;      /* at the last check of sleeping calls */
    uint64_t head;      /* what the lane had taken by then */
    uint64_t next_look_at_sleepers;
    bool has_begun;     /* the worker has written something */
} kh_watchdog;

/* The lane's progress as kh_client_running saw it last. since 0: it never looked. */
typedef struct kh_progress_sample {
    uint64_t stepping, pass, taken, done, since;
} kh_progress_sample;

/* A call that a dead worker has left. */
typedef struct kh_survivor_entry {
    uint64_t steps;
    uint32_t id;
    enum kh_fate fate;
} kh_survivor_entry;

struct kh_client {
    kh_arena *arena;
    kh_tables *tables;
    kh_layout layout;
    const kh_shape *shapes;
    const kh_kernel *const *kernels; /* for a lane that is a thread */
    uint32_t kernel_count, live_limit;
    kh_entry *entries;
    kh_worker_entry *worker_entries; /* by slot id; NULL without a worker */
    uint32_t *free_ids;
    uint32_t free_count, fresh;
    uint64_t last_poke;  /* of the clock, for calls without a deadline */
    /* the arena's pass when the worker was started; until it changes, the worker has not begun */
    uint64_t first_pass;
    bool is_timed;  /* some call has, or had, a timeout or a deadline */
    bool is_shared; /* a copy of the arena's word */
    bool is_checked; /* memory of its calls is checked: see checked.h */
    uint32_t rigid; /* slots of kernels that are not flat; used for workers only */
    _Atomic uint32_t live;
    kh_slab slots;
    /* Bytes of live calls' texts and arrays. The limit is a sixteenth of the machine's memory,
     * and holds while any call is live. */
    uint64_t payload, payload_limit;
    uint64_t submit_tail, published;
    uint64_t submit_head; /* as last seen: the word itself is in the lane's cache */
    uint64_t order;
    uint64_t done_head, text_head; /* of the rings: the arena has copies for the lane */
    uint64_t done_seen, text_seen; /* tails of the rings at the last look */
    bool is_open;                  /* a copy of the arena's word */
    bool ring_was_full;            /* a draft was refused because of it */
    bool wants_open, may_look;
    uint64_t opened; /* when */
    _Atomic uint32_t stopped; /* kh_client_stop was called */
    uint64_t *waiting; /* words that found the ring full, and go before any other */
    size_t waiting_count, waiting_first, waiting_capacity;
    kh_wake wake; /* of the thread that calls kh_client_wait */
    kh_progress_sample last_progress;
    int64_t distance; /* a lane's address minus the client's address */

    /* Snapshots; see kh_snapshot.h. */
    bool snapshots;           /* its calls may be copied */
    bool snapshot_is_asked;   /* and was not taken */
    bool final_is_taken;
    _Atomic uint32_t is_read; /* the copy that was asked for is read now */
    uint64_t past;            /* the most that a restored call has had before, in ns or steps */

    /* A lane that is a thread. This is on another cache line than what the client's own thread
     * writes. */
    KH_LINE _Atomic uint32_t lane_ended;
    pthread_t thread;
    bool thread_has_ended; /* and was joined */

    /* A lane that is a process. */
    kh_supervisor *supervisor;
    int descriptor; /* of the arena */
    int output_descriptor;
    char *output; /* what kernels wrote to descriptors 1 and 2 and the lane has not taken */
    kh_worker worker;
    kh_clock_account account;
    kh_watchdog watchdog;
    bool death_is_known;   /* the owner knows of the death: do not wake it again */
    enum kh_reason reason; /* why the client killed the worker */
    kh_survivor_entry *survivors;    /* in the order in which they continue */
    size_t survivor_count;
};

static inline kh_cold *kh_client_cold(const kh_client *client, uint32_t id) {
    return (kh_cold *)kh_at(client->arena, client->layout.cold) + id;
}

static inline kh_turn *kh_client_turn(const kh_client *client, uint32_t id) {
    return (kh_turn *)kh_at(client->arena, client->layout.turns) + id;
}

static inline _Atomic uint8_t *kh_client_end(const kh_client *client, uint32_t id) {
    return (_Atomic uint8_t *)kh_at(client->arena, client->layout.ends) + id;
}

/* The bytes of a call's slot, for the lane that copies it. */
static inline uint64_t *kh_client_size(const kh_client *client, uint32_t id) {
    return (uint64_t *)kh_at(client->arena, client->layout.sizes) + id;
}

/* Returns nanoseconds since the client was opened, and before that in restored calls: no call
 * has run for longer, or had more steps. */
static inline uint64_t kh_client_age(const kh_client *client) {
    return kh_monotonic() - client->opened + client->past;
}

/* Returns the bytes of a slot without a payload. After the state there is a guard word, or an
 * inaccessible page. */
static inline uint64_t kh_bare_size(const kh_shape *shape, bool is_checked) {
    uint64_t end =
        kh_state_offset(shape->state_size, shape->state_align, is_checked) + shape->state_size;
    return is_checked ? kh_up_to_page(end) + KH_CHECKED_PAGE : kh_up_to_place(end + 8);
}

/* Returns the state of a call. */
static inline char *kh_client_state(const kh_client *client, uint32_t id) {
    const kh_entry *entry = &client->entries[id];
    const kh_shape *shape = &client->shapes[entry->kernel];
    return entry->slot +
           kh_state_offset(shape->state_size, shape->state_align, client->is_checked);
}

static inline uint32_t kh_client_place(const kh_client *client, uint32_t id) {
    return kh_place(client->arena, kh_client_state(client, id));
}

/* Returns [id] if it is a submitted call that has not ended and its state is at that place.
 * Otherwise UINT32_MAX. This checks every id that a lane writes. */
static inline uint32_t kh_client_call(const kh_client *client, uint32_t id, uint32_t place) {
    if (id >= client->fresh) return UINT32_MAX;
    const kh_entry *entry = &client->entries[id];
    bool is_live = entry->slot != NULL && entry->submitted && !entry->ended;
    return is_live && kh_client_place(client, id) == place ? id : UINT32_MAX;
}

/* Returns the call of a stepping word, checked likewise. */
static inline uint32_t kh_client_stepping(const kh_client *client, uint64_t word) {
    return word >> 32 == 0 ? UINT32_MAX
                           : kh_client_call(client, (uint32_t)(word >> 32) - 1, (uint32_t)word);
}

/* Returns the bytes that kernels wrote and no lane has taken. The worker's descriptors share the
 * client's file offset, unless a kernel has opened others. */
static inline uint64_t kh_client_output_length(const kh_client *client) {
    if ((unsigned char)client->output[0] == KH_OUTPUT_MARK) return 0;
    off_t place = lseek(client->output_descriptor, 0, SEEK_CUR);
    return place > 0 && place <= KH_OUTPUT_BYTES ? (uint64_t)place
                                                 : kh_output_length(client->output);
}

/* Discards these bytes. */
static inline void kh_client_wipe_output(kh_client *client) {
    memset(client->output, 0, kh_client_output_length(client));
    client->output[0] = (char)KH_OUTPUT_MARK;
    lseek(client->output_descriptor, 0, SEEK_SET);
}

/* ring.c: returns whether a worker's ring counter is between [least], which was seen, and
 * [most]. */
bool kh_is_counter(uint64_t value, uint64_t least, uint64_t most);
/* ring.c: adds the words that found the ring full, as far as there is room now. */
void kh_client_push_all_waiting(kh_client *client);
/* ring.c: notifies the lane. It reads one word a pass, and the others when that word has
 * changed. */
void kh_client_notify_lane(kh_client *client);
/* ring.c: queues a word for the lane, in order, even if the ring is full. Returns false if there
 * is no memory. */
bool kh_client_push(kh_client *client, uint64_t word);
/* worker_end.c: kills the worker, if it lives, and keeps the reason. */
void kh_client_end_worker(kh_client *client, enum kh_reason reason);
/* ring.c: resets the rings. The slots stay. */
void kh_client_forget_ring(kh_client *client);
/* ring.c: returns how far the lane has taken what was submitted. Ends a worker that reports an
 * impossible number. */
uint64_t kh_client_read_head(kh_client *client);
/* watchdog.c: ends a worker that is stuck, or whose call takes too long. The client calls this
 * whenever it has reaped everything. It looks every few milliseconds. */
void kh_client_watch(kh_client *client);
/* Resets the watchdog for another worker. */
void kh_client_watch_anew(kh_client *client);
/* Returns the longest time that a client with a worker may sleep. A lane's own account may be
 * wrong. */
int64_t kh_client_longest_wait(const kh_client *client, int64_t nanoseconds);

/* Adds a word to a ring that has room for it. */
static inline void kh_client_push_call(kh_client *client, uint64_t word) {
    atomic_store_explicit(&client->arena->submits[client->submit_tail % KH_SUBMITS], word,
                          memory_order_relaxed);
    client->submit_tail++;
}

static inline void kh_client_push_waiting(kh_client *client) {
    if (KH_UNLIKELY(client->waiting_count > 0)) kh_client_push_all_waiting(client);
}

/* Returns whether the ring takes more words ahead of the lane. For a worker there are fewer,
 * because recovery looks at each. */
static inline bool kh_client_may_push_ahead(kh_client *client) {
    uint64_t most = client->supervisor == NULL ? KH_SUBMITS : KH_SUBMITS_AHEAD;
    if (client->submit_tail - client->submit_head < most) return true;
    return client->submit_tail - kh_client_read_head(client) < most;
}

static inline uint32_t kh_client_count_live(const kh_client *client) {
    return atomic_load_explicit(&client->live, memory_order_relaxed);
}

/* Returns which guard words of a slot are damaged, as bits of kh_overrun. */
static inline uint32_t kh_client_slot_overruns(const kh_client *client, uint32_t id) {
    const kh_entry *entry = &client->entries[id];
    const kh_shape *shape = &client->shapes[entry->kernel];
    uint32_t overruns = kh_state_overruns(kh_client_state(client, id), shape->state_size);
    if (entry->size > kh_bare_size(shape, client->is_checked) &&
        !kh_is_end_word_whole(entry->slot + entry->size))
        overruns |= KH_OVERRUN_BEHIND;
    return overruns;
}

/* Adds to the number of live calls. One thread changes it, and the clock reads it. */
static inline void kh_client_change_live(kh_client *client, uint32_t by) {
    atomic_store_explicit(&client->live,
                          kh_client_count_live(client) + by,
                          memory_order_relaxed);
}

#endif

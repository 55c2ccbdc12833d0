/* What lies where in the memory that a lane and its client share.
 *
 *     control   the client writes; a worker can only read it
 *     tables    the lane's own bookkeeping, and its rings to the client
 *     slots     the calls' states and what their arguments point to
 *     blocks    memory of kh_alloc
 *     snapshots copies of half-done calls; see kh_snapshot.h. Only where they are wanted
 *
 * Kernels are given pointers into slots and blocks alone. Between the regions a worker has
 * nothing mapped, so an overrun ends in a fault and not in a table. */
#ifndef KH_ARENA_H
#define KH_ARENA_H

#include "shared/blocks.h"
#include "kh_lanes.h"
#include "platform/eventcount.h"

#include <string.h>

/* Entries of the rings: powers of two. */
enum { KH_SUBMITS = 4096, KH_SUBMITS_AHEAD = 1024, KH_COMPLETIONS = 4096, KH_TEXT_BYTES = 1 << 20 };

/* The most bytes of one piece of text, and of a message. */
enum { KH_LONGEST_PIECE = 65536, KH_LONGEST_MESSAGE = 4000 };

/* A file beside the arena receives what kernels write to descriptors 1 and 2. While it is empty
 * its first byte is a mark that no text begins with, and the rest is 0. All its descriptors
 * share one file offset, which tells how much was written. */
enum { KH_OUTPUT_BYTES = 1 << 26, KH_OUTPUT_MARK = 0xff };

/* Returns the number of bytes written. Without the file offset, a first 0 ends them. */
static inline uint64_t kh_output_length(const char *output) {
    return (unsigned char)output[0] == KH_OUTPUT_MARK ? 0 : strnlen(output, KH_OUTPUT_BYTES);
}

/* A pass prefetches the state of the call this many places further in the list. The same number
 * of spare places follows the end of the list. */
enum { KH_AHEAD = 32 };

/* States begin at multiples of this many bytes. A place counts these units from the arena's
 * start. */
enum { KH_PLACE = 16 };

/* The phase of a call. */
enum kh_phase {
    KH_NOT_BEGUN = 0,
    KH_IN_START = 1,
    KH_LIVE = 2,     /* its bytes are those between two steps, or of the running step */
    KH_IN_FINISH = 3, /* and all that follows */
    KH_IN_SETUP = 4 /* of its kernel, in this process; the call's own phase comes back afterwards */
};

/* A live call in the list: all that a pass needs. */
typedef struct kh_live {
    uint32_t place; /* of the state; 0: this entry is empty */
    uint32_t id;
    kh_function step;
} kh_live;

/* The record of a call, by id. It is called cold because a pass does not need it. */
typedef struct kh_cold {
    uint64_t timeout_ns; /* client -> lane: of own time; 0: no limit */
    uint64_t started_ns; /* 0: it was never started */
    uint64_t pass_base;  /* steps so far = passes since this one; of a sleeping call: 0 - steps */
    uint64_t own_ns;     /* its steps and sleeps so far, without its share since it joined */
    uint64_t memory_left; /* bytes that kh_alloc may still give it; 0: no limit */
    uint32_t block;       /* its last block of kh_alloc; 0: it has no block */
    uint32_t message;     /* the block that holds its message; 0: absent */
    uint16_t message_length;
    uint16_t changes;     /* enum kh_change, as bits */
    int32_t fail_code;
    uint32_t kernel; /* client -> lane */
    uint8_t phase;   /* enum kh_phase */
    uint8_t is_parked, said, has_joined; /* said: enum kh_said, as bits */
} kh_cold;
_Static_assert(sizeof(kh_cold) == 64, "a cold record is one cache line");

/* What a call has said so far. */
enum kh_said {
    KH_SAID_PROGRESS = 1,
    KH_SAID_TEXT = 2,
    KH_IS_COPIED = 4 /* for another process, which continues it and runs its finish */
};

/* The second record of a call that takes turns with others, by id. */
typedef struct kh_turn {
    uint64_t share_base;  /* the lane's share when the call joined */
    uint64_t wake_ns;     /* of a sleeping call: when it wakes */
    uint64_t parked_ns;   /* of a sleeping call: since when */
    uint64_t deadline_ns; /* client -> lane: of wall time after its start; 0: no limit */
    uint64_t processor_ns;   /* client -> lane: of processor time; 0: no limit */
    uint64_t processor_used; /* by its steps so far, where steps are counted */
    union {
        uint64_t payload; /* client -> lane, where memory is checked: bytes of its arguments */
        uint64_t printed; /* where calls are copied: bytes of its text, after KH_SAID_TEXT */
    };
    _Atomic double progress;
} kh_turn;

/* A sleeping call in a binary heap, ordered by time, then by when it was added. */
typedef struct kh_parked {
    uint64_t wake;
    uint64_t order;
    uint32_t id, place;
} kh_parked;

#define KH_MOST_LIVE (1u << 24) /* calls in a lane: ids have 24 bits */

/* How a call ended. It takes half a cache line, because the lane writes one for each call. */
typedef struct kh_done {
    uint64_t steps;
    uint64_t started_ns; /* 0: it was never started */
    float own_ns;        /* its steps and sleeps */
    float elapsed_ns;    /* from its start to its end */
    /* Whether the call holds memory of kh_alloc, and overwrote the guard words around it. */
    uint32_t id : 24, ending : 4, has_blocks : 1, has_overrun : 1, has_changes : 1;
    int32_t code;
} kh_done;
_Static_assert(sizeof(kh_done) == 32, "two to a cache line");

/* The submit ring carries words. The top byte has one of these kinds, and the next 24 bits the
 * call's id. The low 32 bits have the place of its state, or the number of its last block. */
#define KH_SUBMIT_CALL UINT64_C(0)
#define KH_SUBMIT_RELEASE UINT64_C(1)
#define KH_SUBMIT_RESUME UINT64_C(2) /* continue from its bytes */

static inline uint64_t kh_submit_word(uint64_t kind, uint32_t id, uint32_t value) {
    return kind << 56 | (uint64_t)id << 32 | value;
}

static inline uint64_t kh_submit_kind(uint64_t word) { return word >> 56; }
static inline uint32_t kh_submit_id(uint64_t word) { return (uint32_t)(word >> 32) & 0xffffffu; }
static inline uint32_t kh_submit_value(uint64_t word) { return (uint32_t)word; }

/* The call that a lane steps, as one word: its id + 1 above the place of its state. 0: no call. */
static inline uint64_t kh_stepping_word(uint32_t id, uint32_t place) {
    return ((uint64_t)id + 1) << 32 | place;
}

/* What a worker's signal handler saw of its own death. It is a hint: the wait status is the
 * truth. */
typedef struct kh_crash {
    _Atomic uint32_t signal; /* 0: nothing was written */
    int32_t code;
    uint64_t address, instruction;
    /* the code in a plugin that called what crashed; 0: not known, or the plugin itself crashed */
    uint64_t caller;
    uint64_t full_stack; /* the size of the stack in bytes, if it was full; 0 */
} kh_crash;

#define KH_LINE _Alignas(64)
#define KH_PAGE _Alignas(4096)

/* Where the regions of an arena begin, as offsets, and their sizes. The client trusts only its
 * own copy. */
typedef struct kh_layout {
    uint64_t size; /* of the whole, bytes */
    uint64_t ends, numbers, sizes, control_size;
    uint64_t tables, cold, turns, calls, live, parked, records, tables_size;
    uint64_t slots, slots_size, blocks, blocks_size;
    uint64_t snapshots, snapshots_size; /* 0: calls are not copied */
    uint32_t live_limit, record_limit;
} kh_layout;

/* What the client wants of a call, in its byte of `ends`. */
enum { KH_GO_ON = 0, KH_CANCEL = 1 };

/* The control region. Only the client and the clock write it. */
typedef struct kh_arena {
    kh_layout layout;
    /* For a new lane: where free memory for kh_alloc, and free records, begin. */
    uint64_t blocks_used;
    uint32_t records_used;
    /* For a lane that continues in a dead one's place: the number of live calls in the list.
     * Those before place goes_on_at have had their step of the pass. */
    uint32_t goes_on, goes_on_live, goes_on_at;
    /* Both ends may spin before they sleep: each has a processor. */
    uint32_t may_look;
    /* The lane is one of several. It begins few calls at a time, and the client may take back
     * the rest. */
    uint32_t is_shared;
    uint32_t is_checked; /* see checked.h */
    uint64_t notify_ns; /* see kh_client_options */
    KH_LINE _Atomic uint64_t tick; /* the time, every millisecond or four; the clock writes it */
    /* The step that the clock has seen for more than one tick: the call's id + 1, how long, and
     * when last. A hint for the lane's own account of time. */
    _Atomic uint64_t slow_id, slow_ns, slow_until;
    /* Nanoseconds, by the clock, in which the lane could run. A stopped worker, or a suspended
     * host, does not count. */
    _Atomic uint64_t active_ns;
    _Atomic uint32_t is_timed;     /* some call has, or had, a timeout or a deadline */
    _Atomic uint32_t is_counted;   /* some call has, or had, a limit of processor time */
    _Atomic uint32_t stop;         /* end all calls */
    _Atomic uint32_t quit;         /* and leave */
    _Atomic uint32_t open;         /* more calls of this batch will come */
    _Atomic uint32_t cancel_epoch; /* counts cancellations */
    _Atomic uint32_t snapshots_wanted; /* counts requests for a snapshot */
    _Atomic uint64_t snapshot_age;     /* of the last request: the least age of calls */
    _Atomic uint32_t epoch;        /* counts changes of any of these and of the submits */
    KH_LINE _Atomic uint64_t submit_tail;
    _Atomic uint64_t done_head, text_head;
    KH_LINE _Atomic uint64_t submits[KH_SUBMITS];
    /* Then `ends`: a byte for each call; and `numbers`: a word; and, where calls are copied,
     * `sizes`: the bytes of its slot. */
} kh_arena;

/* What kh_number and kh_attempt return, as one word. */
static inline uint64_t kh_number_word(uint64_t number, uint32_t attempt) {
    return number << 16 | (attempt < 0xffff ? attempt : 0xffff);
}

/* The beginning of the tables: the lane writes it, and the client reads it. The client trusts
 * nothing here: watchdog.c and reap.c have the checks. */
typedef struct kh_tables {
    kh_eventcount client_event;         /* where the client sleeps */
    KH_LINE kh_eventcount lane_event; /* where the lane sleeps */
    KH_LINE _Atomic uint64_t submit_head;
    _Atomic uint64_t done_tail, text_tail;
    _Atomic uint32_t awake;     /* the lane wants ticks */
    /* when the lane will wake without a notification; UINT64_MAX: never */
    _Atomic uint64_t next_wake;
    /* kh_stepping_word of the call whose code runs; 0: no code of a call runs */
    KH_LINE uint64_t stepping;
    uint32_t live_count;        /* entries of the list of live calls, with the empty ones */
    _Atomic uint32_t parked_count;
    uint64_t pass;
    uint64_t share;      /* see kh_lane */
    uint64_t blocks_top; /* the end of all memory that kh_alloc has given out */
    uint32_t record_top; /* the end of all records in use */
    uint32_t has_made;   /* the worker has something to tear down at its end */
    /* The request that was carried out last, and whether the copy at the stop is complete. */
    _Atomic uint32_t snapshots_made, has_final_snapshot;
    kh_crash crash;
    /* Of a shared lane: who has taken the word at a place of the submit ring, the lane or the
     * client. The first to write the place's number + 1 here owns the word. */
    KH_LINE _Atomic uint32_t claims[KH_SUBMITS];
    KH_LINE kh_done completions[KH_COMPLETIONS];
    KH_LINE char text[KH_TEXT_BYTES];
    /* Then come the lane's private struct, and tables by id. */
} kh_tables;

/* The head of a piece in the text ring. Pieces start at multiples of eight. */
typedef struct kh_piece {
    uint32_t id, length;
} kh_piece;

/* Set in a piece's id: written to descriptor 1 or 2, not by kh_print. */
#define KH_PIECE_OUTPUT 0x80000000u

static inline void *kh_at(kh_arena *arena, uint64_t offset) {
    return (char *)arena + offset;
}

static inline uint64_t kh_offset(const kh_arena *arena, const void *pointer) {
    return (uint64_t)((const char *)pointer - (const char *)arena);
}

static inline void *kh_at_place(kh_arena *arena, uint32_t place) {
    return kh_at(arena, (uint64_t)place * KH_PLACE);
}

static inline uint32_t kh_place(const kh_arena *arena, const void *state) {
    return (uint32_t)(kh_offset(arena, state) / KH_PLACE);
}

/* Returns where the state begins in a slot: after a guard word. A checked state ends where its
 * pages end, as far as its alignment allows. */
static inline uint64_t kh_state_offset(uint64_t size, uint32_t align, bool is_checked) {
    uint64_t step = align > KH_PLACE ? align : KH_PLACE;
    uint64_t whole = (size + step - 1) / step * step;
    return is_checked ? kh_up_to_page(KH_PLACE + whole) - whole : step;
}

/* Returns whether the caller has won the word at a place of the submit ring. */
static inline bool kh_claim(kh_tables *tables, uint64_t at) {
    uint32_t mark = (uint32_t)at + 1;
    return atomic_exchange_explicit(&tables->claims[at % KH_SUBMITS], mark,
                                    memory_order_acq_rel) != mark;
}

/* Maps an arena for one lane. [most]: the largest size, a power of two. [lane_size]: bytes of
 * the lane's private struct. [snapshots]: calls may be copied. [descriptor] NULL: a private
 * mapping, for a lane that is a thread. Otherwise the memory can be shared, its size is sealed,
 * and the caller closes [*descriptor]. Returns NULL with errno. */
kh_arena *kh_arena_map(uint32_t live_limit, uint64_t most, uint64_t lane_size, bool snapshots,
                       int *descriptor);
void kh_arena_unmap(kh_arena *arena, uint64_t size);
/* Maps the regions of an arena of [size] bytes at [base] in a worker. Returns 0, or -1 with
 * errno. */
int kh_arena_map_in_worker(int descriptor, void *base, uint64_t size);
/* Resets an arena for a new lane: rings empty, no calls. The contents of slots and blocks stay. */
void kh_arena_reset(kh_arena *arena, const kh_layout *layout);

static inline kh_tables *kh_tables_of(kh_arena *arena, const kh_layout *layout) {
    return kh_at(arena, layout->tables);
}

#endif

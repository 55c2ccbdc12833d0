/* What lies where in the memory that a lane and its port share. */
#ifndef KH_ARENA_H
#define KH_ARENA_H

#include "kh_lanes.h"
#include "platform.h"

/* Entries of the rings: powers of two. */
enum { KH_SUBMITS = 4096, KH_SUBMITS_AHEAD = 1024, KH_COMPLETIONS = 4096, KH_TEXT_BYTES = 1 << 20 };

/* A file beside the arena for what kernels write to descriptors 1 and 2: as many bytes,
 * and a 0 behind them. */
enum { KH_OUTPUT_BYTES = 1 << 26 };

/* What a pass needs of a slot comes in time if it is asked for so many places of the list
 * of live calls ahead; the list's end has as many places more. */
enum { KH_AHEAD = 32 };

/* A call's fixed part; the state follows at the kernel's state offset, then
 * what the port wrote behind it. What a pass touches comes first, in one cache
 * line with the start of the state. */
typedef struct kh_slot {
    kh_call call;
    kh_function step;
    _Atomic uint64_t deadline; /* of the tick; UINT64_MAX: none; 0: look at `cancel` */
    uint32_t id;
    uint32_t state_offset; /* from here, bytes */
} kh_slot;
_Static_assert(sizeof(kh_slot) == 32, "a slot's head fills half a cache line");

/* How far a call is. */
enum kh_phase {
    KH_NOT_BEGUN = 0,
    KH_IN_START = 1,
    KH_LIVE = 2,     /* its bytes are those between two steps, or of the step that runs */
    KH_IN_FINISH = 3 /* and whatever comes behind */
};

/* What a pass does not touch, by slot id. */
typedef struct kh_cold {
    uint64_t timeout_ns;  /* port -> lane; 0: none. Of a parked call: when it wakes */
    uint64_t started_ns;
    uint64_t pass_base;   /* steps so far = passes since this one */
    uint64_t allocations; /* offset of the last block of kh_alloc; 0: none */
    uint64_t message;     /* offset; 0: none */
    _Atomic double progress;
    uint32_t message_length;
    int32_t fail_code;
    _Atomic uint16_t cancel;
    uint8_t phase; /* enum kh_phase */
    uint8_t is_parked;
    uint32_t kernel;
} kh_cold;
_Static_assert(sizeof(kh_cold) == 64, "a cold record is one cache line");

#define KH_MOST_LIVE (1u << 24) /* calls in a lane: their slots are counted with 24 bits */

/* How a call ended: half a cache line, for the lane writes one for each. */
typedef struct kh_done {
    uint64_t steps, nanoseconds;
    uint64_t started_ns; /* 0: it never was */
    uint32_t slot : 24, ending : 4, has_blocks : 1; /* holds memory of kh_alloc */
    int32_t code;
} kh_done;
_Static_assert(sizeof(kh_done) == 32, "two to a cache line");

/* Before each block of kh_alloc. */
typedef struct kh_block {
    uint64_t next; /* offset; 0: none */
    uint64_t size; /* with this head */
} kh_block;

/* What the submit ring carries: a word with one of these in its top byte. */
#define KH_SUBMIT_CALL (UINT64_C(0) << 56)    /* | offset of the slot */
#define KH_SUBMIT_RELEASE (UINT64_C(1) << 56) /* | offset of the last block */
#define KH_SUBMIT_RESUME (UINT64_C(2) << 56)  /* | offset of the slot: go on from its bytes */
#define KH_SUBMIT_VALUE ((UINT64_C(1) << 56) - 1)

/* What a worker's signal handler could see of its own death: a hint, not the truth. */
typedef struct kh_crash {
    _Atomic uint32_t signal; /* 0: nothing was written */
    int32_t code;
    uint64_t address, instruction;
    uint64_t caller;     /* of what crashed, in a plugin; 0: not known, or it was the plugin */
    uint64_t full_stack; /* bytes that the stack may have, if it was full; 0 */
} kh_crash;

#define KH_LINE _Alignas(64)
#define KH_PAGE _Alignas(4096)

/* Where the regions of an arena begin, as offsets, and how large they are. The port
 * keeps a copy: what stands in the arena is soon a kernel's word. */
typedef struct kh_layout {
    uint64_t size; /* of the whole, bytes */
    uint64_t cold, live, memory, slots, slots_size, blocks, blocks_size;
    uint32_t live_limit;
} kh_layout;

typedef struct kh_arena {
    /* What only the port writes: a worker can read it, and a kernel that writes here by
     * mistake dies of it. */
    kh_layout layout;
    uint64_t blocks_used; /* for a new lane: where memory for kh_alloc begins to be free */
    /* For a lane that goes on where a dead one was: so many live calls are in the list, and
     * those before that place have had their step of the pass. */
    uint32_t goes_on, goes_on_live, goes_on_at;
    /* Both ends may look a while before they sleep: there is a processor for each. */
    uint32_t may_look;
    /* The lane is one of several: it begins few calls at a time, and the port may take back
     * what it has not begun. */
    uint32_t is_shared;
    uint64_t tell_ns; /* see kh_port_options */
    KH_LINE _Atomic uint64_t tick; /* the time, every millisecond or four; written by the clock */
    _Atomic uint32_t is_timed;     /* some call has, or had, a deadline */
    _Atomic uint32_t stop;         /* end all calls */
    _Atomic uint32_t quit;         /* and leave */
    _Atomic uint32_t open;         /* more calls of this batch will come */
    _Atomic uint32_t attention;    /* some call was cancelled */
    _Atomic uint32_t news;         /* any of these, or submits, changed */
    KH_LINE _Atomic uint64_t submit_tail;
    _Atomic uint64_t done_head, text_head;
    KH_LINE _Atomic uint64_t submits[KH_SUBMITS];

    /* What a lane writes. */
    KH_PAGE kh_gate port_gate; /* where the port sleeps */
    KH_LINE kh_gate lane_gate; /* where the lane sleeps */
    KH_LINE _Atomic uint64_t submit_head;
    _Atomic uint64_t done_tail, text_tail;
    _Atomic uint32_t awake;     /* the lane wants ticks */
    _Atomic uint64_t next_wake; /* when the lane will wake by itself; UINT64_MAX: never */
    KH_LINE uint32_t stepping;  /* the slot whose code runs, in units of 64; 0: none */
    uint32_t live_count;        /* entries of the list of live calls, holes (0) among them */
    _Atomic uint32_t parked_count;
    uint64_t pass;
    uint64_t blocks_top; /* behind all memory that kh_alloc has given out */
    kh_crash crash;
    /* Of a shared lane: who has taken the word at a place of the submit ring, the lane or the
     * port. The first to write the place's number + 1 there has it. */
    KH_LINE _Atomic uint32_t claims[KH_SUBMITS];
    KH_LINE kh_done completions[KH_COMPLETIONS];
    KH_LINE char text[KH_TEXT_BYTES];
} kh_arena;

/* Whether the word at a place of the submit ring is the caller's now. */
static inline bool kh_claim(kh_arena *arena, uint64_t place) {
    uint32_t mark = (uint32_t)place + 1;
    return atomic_exchange_explicit(&arena->claims[place % KH_SUBMITS], mark,
                                    memory_order_acq_rel) != mark;
}

/* Before each piece in the text ring; pieces start at multiples of eight. */
typedef struct kh_piece {
    uint32_t slot, length;
} kh_piece;

/* Set in a piece's slot: written to descriptor 1 or 2, not by kh_print. */
#define KH_PIECE_OUTPUT 0x80000000u

static inline void *kh_at(kh_arena *arena, uint64_t offset) {
    return (char *)arena + offset;
}

static inline uint64_t kh_offset(const kh_arena *arena, const void *pointer) {
    return (uint64_t)((const char *)pointer - (const char *)arena);
}

/* Where the state begins in a slot. */
static inline uint32_t kh_state_offset(uint32_t state_align) {
    return state_align > sizeof(kh_slot) ? state_align : (uint32_t)sizeof(kh_slot);
}

/* Bytes that a call may still take with kh_alloc, by slot id; 0: no limit. */
static inline uint64_t *kh_memory_left(kh_arena *arena, const kh_layout *layout, uint32_t id) {
    return (uint64_t *)kh_at(arena, layout->memory) + id;
}

/* An arena for one lane. [*descriptor] NULL: a private mapping, for a lane that is a
 * thread; else memory that can be shared, whose size nobody can change, and its
 * descriptor, which the caller closes. [most]: the largest size wanted, a power of
 * two. NULL with errno. */
kh_arena *kh_arena_map(uint32_t live_limit, uint64_t most, int *descriptor);
void kh_arena_unmap(kh_arena *arena, uint64_t size);
/* As after kh_arena_map, for a new lane: rings empty, no call. What slots and blocks
 * hold stays. */
void kh_arena_reset(kh_arena *arena);

/* The clock: one thread that ticks the arenas of all lanes awake. A lane in another
 * process cannot poke it: while [live] calls of it are there it is looked at by itself. */
int kh_clock_add(kh_arena *arena, const _Atomic uint32_t *live);
void kh_clock_remove(kh_arena *arena);
/* A lane awoke, or wants to be looked at. [any] */
void kh_clock_poke(void);
/* A call of the arena has a deadline: it wants a tick every millisecond from now on. */
void kh_clock_hasten(kh_arena *arena);

#endif

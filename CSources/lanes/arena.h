/* What lies where in the memory that a lane and its port share. */
#ifndef KH_ARENA_H
#define KH_ARENA_H

#include "kh_lanes.h"
#include "platform.h"

/* Entries of the rings: powers of two. */
enum { KH_SUBMITS = 4096, KH_COMPLETIONS = 4096, KH_TEXT_BYTES = 1 << 20 };

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

/* What a pass does not touch, by slot id. */
typedef struct kh_cold {
    uint64_t timeout_ns;  /* port -> lane; 0: none */
    uint64_t started_ns;
    uint64_t pass_base;   /* steps so far = passes since this one */
    uint64_t allocations; /* offset of the last block of kh_alloc; 0: none */
    uint64_t message;     /* offset; 0: none */
    _Atomic double progress;
    uint32_t message_length;
    int32_t fail_code;
    _Atomic uint32_t cancel;
    uint32_t kernel;
} kh_cold;
_Static_assert(sizeof(kh_cold) == 64, "a cold record is one cache line");

typedef struct kh_done {
    uint64_t steps, nanoseconds;
    uint32_t slot, ending;
    int32_t code;
    uint32_t has_blocks; /* the call holds memory of kh_alloc */
} kh_done;

/* Before each block of kh_alloc. */
typedef struct kh_block {
    uint64_t next; /* offset; 0: none */
    uint64_t size; /* with this head */
} kh_block;

/* What the submit ring carries: a word with one of these in its top byte. */
#define KH_SUBMIT_CALL (UINT64_C(0) << 56)    /* | offset of the slot */
#define KH_SUBMIT_RELEASE (UINT64_C(1) << 56) /* | offset of the last block */
#define KH_SUBMIT_VALUE ((UINT64_C(1) << 56) - 1)

#define KH_LINE _Alignas(64)

typedef struct kh_arena {
    uint64_t size; /* of the whole, bytes */
    /* Where the regions begin, as offsets. */
    uint64_t cold, live, slots, slots_size, blocks, blocks_size;
    uint32_t live_limit;

    KH_LINE _Atomic uint64_t tick; /* the time, about every millisecond; written by the clock */
    _Atomic uint32_t stop;         /* port -> lane: end all calls */
    _Atomic uint32_t quit;         /* port -> lane: and leave */
    _Atomic uint32_t open;         /* port -> lane: more calls of this batch will come */
    _Atomic uint32_t attention;    /* port -> lane: some call was cancelled */
    _Atomic uint32_t news;         /* port -> lane: any of these, or submits, changed */

    KH_LINE _Atomic uint64_t submit_tail;
    KH_LINE kh_gate port_gate; /* where the port sleeps */
    _Atomic uint64_t done_head, text_head;
    KH_LINE kh_gate lane_gate; /* where the lane sleeps */
    KH_LINE _Atomic uint64_t submit_head;
    _Atomic uint64_t done_tail, text_tail;
    _Atomic uint32_t awake;     /* the lane wants ticks */
    _Atomic uint64_t next_wake; /* when the lane will wake by itself; UINT64_MAX: never */
    KH_LINE uint32_t stepping;  /* the slot whose code runs, in units of 64; 0: none */
    uint64_t pass;

    KH_LINE _Atomic uint64_t submits[KH_SUBMITS];
    KH_LINE kh_done completions[KH_COMPLETIONS];
    KH_LINE char text[KH_TEXT_BYTES];
} kh_arena;

/* Before each piece in the text ring; pieces start at multiples of eight. */
typedef struct kh_piece {
    uint32_t slot, length;
} kh_piece;

static inline void *kh_at(kh_arena *arena, uint64_t offset) {
    return (char *)arena + offset;
}

static inline uint64_t kh_offset(const kh_arena *arena, const void *pointer) {
    return (uint64_t)((const char *)pointer - (const char *)arena);
}

/* Where the state begins in a slot. */
static inline uint32_t kh_state_offset(const kh_kernel *kernel) {
    return kernel->state_align > sizeof(kh_slot) ? kernel->state_align : (uint32_t)sizeof(kh_slot);
}

/* A private mapping for a lane that is a thread. NULL with errno. */
kh_arena *kh_arena_map(uint32_t live_limit);
void kh_arena_unmap(kh_arena *arena);

/* The clock: one thread that ticks the arenas of all lanes awake. */
int kh_clock_add(kh_arena *arena);
void kh_clock_remove(kh_arena *arena);
/* A lane awoke, or wants to be looked at. [any] */
void kh_clock_poke(void);

#endif

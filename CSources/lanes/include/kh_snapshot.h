/* Snapshots: copies of half-done calls, which another process can continue. Private; KernelBridge
 * sees it.
 *
 * A snapshot begins with a kh_snapshot_head. For each call there is a kh_saved_call, then its
 * kh_saved_blocks, then the bytes of its slot (state with guard words, texts and arrays), then
 * the bytes of each block. Each part is padded to 8 bytes. Addresses are those of the lane, so a
 * snapshot can be restored where the arena has the same address and the same regions. */
#ifndef KH_INCLUDE_SNAPSHOT_H
#define KH_INCLUDE_SNAPSHOT_H

#include "kh_client.h"

#define KH_SNAPSHOT_MAGIC UINT64_C(0x31302d70616e536b) /* "kSnap-01" */

typedef struct kh_snapshot_head {
    uint64_t magic;
    uint64_t size; /* of the whole, bytes */
    uint64_t base; /* where the lane has the arena */
    uint64_t slots, slots_size, blocks, blocks_size; /* offsets in the arena */
    uint32_t count;    /* calls */
    uint32_t left_out; /* calls that were damaged, or had no room */
    uint64_t copy_ns;  /* how long the lane copied instead of stepping its calls */
    uint64_t pause_ns; /* the longest part of that between two steps */
} kh_snapshot_head;

typedef struct kh_saved_block {
    uint32_t unit, units; /* as in kh_block */
    uint64_t bytes;       /* as requested */
} kh_saved_block;

typedef struct kh_saved_call {
    uint64_t size;        /* of this call's part of the snapshot, bytes */
    uint64_t number;      /* kh_number_word: the call's number, and which attempt it is */
    uint64_t slot;        /* address of its slot */
    uint64_t slot_size;
    uint64_t steps, own_ns, elapsed_ns;
    uint64_t wait_ns;     /* of a sleeping call: how long it will sleep; UINT64_MAX: for ever */
    uint64_t memory_left; /* of kh_alloc; 0: no limit */
    uint64_t processor_ns; /* processor time that it has used */
    uint64_t printed;     /* bytes of its text */
    double progress;
    uint32_t id, kernel;
    uint32_t state_size, state_offset; /* of its state in its slot */
    uint32_t block_count;
    uint32_t message;     /* which block holds the text of its failure, from 1; 0: absent */
    int32_t fail_code;
    uint16_t message_length;
    uint8_t is_parked, said; /* as in kh_cold */
} kh_saved_call;
_Static_assert(sizeof(kh_saved_call) == 128, "a whole number of words");

/* What became of a call of a snapshot. */
enum kh_restoration {
    KH_RESTORED = 0,
    KH_NOT_WANTED = 1,    /* the caller left it out */
    KH_OTHER_KERNEL = 2,  /* the kernel is not flat, or its state has another size */
    KH_OTHER_PLACE = 3,   /* another arena, or its place in it is taken */
    KH_IMPOSSIBLE = 4     /* the snapshot contradicts itself */
};

/* A call to restore. */
typedef struct kh_restore {
    const kh_saved_call *call; /* in the snapshot, at a multiple of 8 bytes */
    kh_call_options options;   /* limits as for a new call: what it has used is subtracted */
    uint32_t kernel;           /* its number in this process */
    uint32_t outcome;          /* enum kh_restoration; the caller sets the first two */
} kh_restore;

/* Asks the lane to copy the flat calls that began at least [age_ns] ago. Returns false while the
 * previous copy has not been taken. Only with kh_client_options.snapshots. [client] */
bool kh_client_want_snapshot(kh_client *client, uint64_t age_ns);
/* Returns a copy that is complete and was not taken; NULL: there is none. [final]: the one that
 * was made when all calls were stopped, which the calls have not left behind. The bytes stay
 * until kh_client_snapshot_taken. [client] */
const void *kh_client_snapshot(kh_client *client, bool final, uint64_t *size);
/* The bytes were copied, and the lane may use their place again. [any] */
void kh_client_snapshot_taken(kh_client *client, bool final);
/* Returns whether the lane copies calls now, or has copied some that were not taken. [client] */
bool kh_client_has_snapshot(kh_client *client);
/* Restores calls before the first call of a lane, whose worker has not been started. All of them
 * are in one snapshot with this head. Sets each outcome. [client] */
void kh_client_restore(kh_client *client, const kh_snapshot_head *head, kh_restore *calls,
                       size_t count);
/* Returns the call at [*at] and moves to the next one. [*at] begins at 0. NULL: there are no
 * more, or what follows is impossible. [bytes] is aligned to 8. [any] */
const kh_saved_call *kh_snapshot_next(const void *bytes, uint64_t size, uint64_t *at);

/* Addresses of the process of a lane, for kh_snapshot_stray. */
typedef struct kh_address_map kh_address_map;
/* Reads where the client's worker has memory, apart from its arena. NULL: this is not known. */
kh_address_map *kh_address_map_read(kh_client *client);
void kh_address_map_free(kh_address_map *map);
/* A word of a kernel's default state, which is another one in another process. */
typedef struct kh_default_word {
    uint64_t offset, word;
} kh_default_word;
/* Returns whether a call has a pointer to memory that another process does not have. [ignored]:
 * offsets in the state that are not looked at, and [defaults]: words that are allowed where they
 * are, both in ascending order. [*offset]: where it is in the
 * state, or in a block of kh_alloc, whose number from 1 is in [*block]; 0: in the state. */
bool kh_snapshot_stray(const kh_address_map *map, const kh_saved_call *call,
                       const uint32_t *ignored, size_t ignored_count,
                       const kh_default_word *defaults, size_t default_count, uint64_t *offset,
                       uint32_t *block);

#endif

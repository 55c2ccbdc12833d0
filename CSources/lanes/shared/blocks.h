/* Memory of kh_alloc: blocks of one region, for one lane. A table outside the region has the
 * records of the blocks, so an overrun of a block cannot mislead the allocator. There is no
 * lock: one thread owns it. */
#ifndef KH_BLOCKS_H
#define KH_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KH_BLOCK_CLASSES = 16 + 4 * 30 };

/* Guard words stand before and after a block's bytes. */
enum { KH_BLOCK_GUARD = 16 };

/* A block. Its number counts from 1. */
typedef struct kh_block {
    uint32_t unit;  /* where it begins in the region, in units of 64 bytes */
    uint32_t units; /* its size with its guard words, in the same units */
    /* the previous block of the same call, or the next of a free list; 0: absent */
    uint32_t next;
    uint32_t owner; /* the id of its call + 1; 0: it is free */
    uint64_t bytes; /* as requested */
} kh_block;

typedef struct kh_blocks {
    char *base;
    uint64_t size;      /* of the region, bytes */
    uint64_t top;       /* memory after this was never given out, and is zero */
    kh_block *records;  /* the first is not used */
    uint32_t record_limit, record_top;
    uint32_t lists[KH_BLOCK_CLASSES]; /* free blocks by size; 0: absent */
    bool is_checked; /* each block ends at an inaccessible page: see checked.h */
} kh_blocks;

enum { KH_CHECKED_PAGE = 4096 };

static inline uint64_t kh_up_to_page(uint64_t size) {
    return (size + KH_CHECKED_PAGE - 1) & ~(uint64_t)(KH_CHECKED_PAGE - 1);
}

/* Rounds up to a multiple of 16, the alignment of checked memory. */
static inline uint64_t kh_up_to_place(uint64_t size) { return (size + 15) & ~UINT64_C(15); }

/* Returns the bytes of whole pages for a block with its guard in front. An inaccessible page
 * follows. */
static inline uint64_t kh_checked_room(uint64_t bytes) {
    return kh_up_to_page(KH_BLOCK_GUARD + kh_up_to_place(bytes));
}

/* Returns the offset in the region of the bytes of a block that begins at a unit. */
static inline uint64_t kh_block_offset(uint64_t unit, uint64_t bytes, bool is_checked) {
    uint64_t before = is_checked ? kh_checked_room(bytes) - kh_up_to_place(bytes) : KH_BLOCK_GUARD;
    return unit * 64 + before;
}

void kh_blocks_init(kh_blocks *blocks, char *base, uint64_t size, kh_block *records,
                    uint32_t record_limit);
/* Allocates [size] zeroed bytes for a call. Returns the number of the block; 0: no room. Its
 * bytes are at kh_block_bytes. O(1), plus the zeroing. */
uint32_t kh_blocks_take(kh_blocks *blocks, uint64_t size, uint32_t id);
/* Gives back a call's blocks, the last one first. The system gets the pages of large ones.
 * O(blocks). Returns false if the list is impossible; the blocks before that point are given
 * back. */
bool kh_blocks_give(kh_blocks *blocks, uint32_t last, uint32_t id);
/* Makes the block with the next unused number, at an address where nothing was given out, for a
 * call whose last block is [*last]. The caller has checked that it overlaps no other. Returns its
 * bytes; NULL: no room. */
char *kh_blocks_take_at(kh_blocks *blocks, uint32_t unit, uint32_t units, uint64_t bytes,
                        uint32_t id, uint32_t *last);
/* Returns whether the guard words around all blocks of a call are intact. O(blocks). */
bool kh_blocks_are_whole(const kh_blocks *blocks, uint32_t last, uint32_t id);

static inline char *kh_block_bytes(const kh_blocks *blocks, uint32_t number) {
    const kh_block *block = &blocks->records[number];
    return blocks->base + kh_block_offset(block->unit, block->bytes, blocks->is_checked);
}

#endif

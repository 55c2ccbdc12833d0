/* A slab allocator over a region, in size classes. Its bookkeeping lies outside the region, so a
 * write into the region cannot mislead it. There is no lock: one thread owns a slab. */
#ifndef KH_SLAB_H
#define KH_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KH_HEAP_CLASSES = 16 + 4 * 30 };

typedef struct kh_slab {
    char *base;
    uint64_t size; /* of the region, bytes */
    uint64_t top;  /* memory after this was never given out, and is zero */
    struct {
        uint64_t *offsets; /* free blocks */
        uint32_t count, capacity;
    } classes[KH_HEAP_CLASSES];
} kh_slab;

void kh_slab_init(kh_slab *heap, char *base, uint64_t size);
void kh_slab_free_all(kh_slab *heap);
/* Allocates at least [size] bytes, aligned to 64. [*is_zero] says whether they are known to be
 * zero. Returns NULL if there is no room. O(1). */
void *kh_slab_take(kh_slab *heap, uint64_t size, bool *is_zero);
/* Takes the block at an address where nothing was given out yet. Returns false if that is
 * impossible. What lies in front of it is never given out. O(1). */
bool kh_slab_take_at(kh_slab *heap, void *block, uint64_t size);
/* Gives back a block. [size] as requested. O(1). The system gets the pages of a large block. */
void kh_slab_give(kh_slab *heap, void *block, uint64_t size);

#endif

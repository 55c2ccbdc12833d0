/* Memory inside a region, in size classes. The bookkeeping lies outside the
 * region, so whoever scribbles on the region cannot mislead it. Not locked:
 * one thread owns a heap. */
#ifndef KH_SLAB_H
#define KH_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KH_HEAP_CLASSES = 16 + 4 * 30 };

typedef struct kh_slab {
    char *base;
    uint64_t size; /* of the region, bytes */
    uint64_t top;  /* what lies behind was never given out, and is zero */
    struct {
        uint64_t *offsets; /* free blocks */
        uint32_t count, capacity;
    } classes[KH_HEAP_CLASSES];
} kh_slab;

void kh_slab_init(kh_slab *heap, char *base, uint64_t size);
void kh_slab_free_all(kh_slab *heap);
/* A block of at least [size] bytes, aligned to 64; [*is_zero] says whether it
 * is known to be zero. NULL: no room. O(1). */
void *kh_slab_take(kh_slab *heap, uint64_t size, bool *is_zero);
/* [size] as it was asked for. O(1); a large block's pages go back to the system. */
void kh_slab_give(kh_slab *heap, void *block, uint64_t size);

#endif

#include "heap.h"

#include "platform.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Blocks from here on give their pages back when they are freed. */
#define LARGE_BLOCK (UINT64_C(1) << 20)

/* Up to 1024 bytes a class every 64; beyond, four classes to a doubling. */
static uint32_t class_of(uint64_t size, uint64_t *rounded) {
    if (size <= 1024) {
        uint32_t index = size == 0 ? 0 : (uint32_t)((size - 1) / 64);
        *rounded = (uint64_t)(index + 1) * 64;
        return index;
    }
    uint32_t doubling = 63u - (uint32_t)__builtin_clzll(size - 1); /* 2^doubling < size */
    uint64_t quarter = UINT64_C(1) << (doubling - 2);
    uint64_t quarters = (size - (UINT64_C(1) << doubling) + quarter - 1) / quarter; /* 1...4 */
    *rounded = (UINT64_C(1) << doubling) + quarters * quarter;
    return 16 + 4 * (doubling - 10) + (uint32_t)quarters - 1;
}

void kh_heap_init(kh_heap *heap, char *base, uint64_t size) {
    memset(heap, 0, sizeof *heap);
    heap->base = base;
    heap->size = size;
}

void kh_heap_free_all(kh_heap *heap) {
    for (size_t i = 0; i < KH_HEAP_CLASSES; i++) free(heap->classes[i].offsets);
    memset(heap, 0, sizeof *heap);
}

void *kh_heap_take(kh_heap *heap, uint64_t size, bool *is_zero) {
    if (size > heap->size) return NULL;
    uint64_t rounded;
    uint32_t index = class_of(size, &rounded);
    if (index >= KH_HEAP_CLASSES) return NULL;
    if (heap->classes[index].count > 0) {
        *is_zero = rounded >= LARGE_BLOCK;
        /* A block given back was last written by the other end: fetch one of those to come
         * now, while there is time. */
        if (heap->classes[index].count > 6)
            kh_fetch_to_write(heap->base +
                              heap->classes[index].offsets[heap->classes[index].count - 6]);
        return heap->base + heap->classes[index].offsets[--heap->classes[index].count];
    }
    if (rounded > heap->size - heap->top) return NULL;
    void *block = heap->base + heap->top;
    heap->top += rounded;
    *is_zero = true;
    return block;
}

void kh_heap_give(kh_heap *heap, void *block, uint64_t size) {
    uint64_t rounded;
    uint32_t index = class_of(size, &rounded);
    uint64_t offset = (uint64_t)((char *)block - heap->base);
    if (index >= KH_HEAP_CLASSES) return;
    if (rounded >= LARGE_BLOCK) {
        /* Only whole pages of the block; what is left at its ends is zeroed. */
        uint64_t page = 4096;
        uint64_t first = (offset + page - 1) / page * page, last = (offset + rounded) / page * page;
        memset(heap->base + offset, 0, first - offset);
        memset(heap->base + last, 0, offset + rounded - last);
        if (madvise(heap->base + first, last - first, MADV_REMOVE) != 0 &&
            madvise(heap->base + first, last - first, MADV_DONTNEED) != 0)
            memset(heap->base + first, 0, last - first);
    }
    if (heap->classes[index].count == heap->classes[index].capacity) {
        uint32_t capacity = heap->classes[index].capacity ? heap->classes[index].capacity * 2 : 64;
        uint64_t *offsets = realloc(heap->classes[index].offsets, capacity * sizeof *offsets);
        if (offsets == NULL) return; /* the block is lost to this heap, and nothing else */
        heap->classes[index].offsets = offsets;
        heap->classes[index].capacity = capacity;
    }
    heap->classes[index].offsets[heap->classes[index].count++] = offset;
}

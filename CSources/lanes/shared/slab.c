/* The slab allocator of slots. */
#include "shared/slab.h"

#include "platform/platform.h"
#include "shared/sizes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void kh_discard(char *bytes, uint64_t size) {
    uint64_t page = 4096;
    uint64_t start = (uint64_t)(uintptr_t)bytes;
    uint64_t first = (start + page - 1) / page * page - start;
    uint64_t last = (start + size) / page * page - start;
    if (first >= last) {
        memset(bytes, 0, size);
        return;
    }
    memset(bytes, 0, first);
    memset(bytes + last, 0, size - last);
    if (madvise(bytes + first, last - first, MADV_REMOVE) != 0 &&
        madvise(bytes + first, last - first, MADV_DONTNEED) != 0)
        memset(bytes + first, 0, last - first);
}

void kh_slab_init(kh_slab *heap, char *base, uint64_t size) {
    memset(heap, 0, sizeof *heap);
    heap->base = base;
    heap->size = size;
}

void kh_slab_free_all(kh_slab *heap) {
    for (size_t i = 0; i < KH_HEAP_CLASSES; i++) free(heap->classes[i].offsets);
    memset(heap, 0, sizeof *heap);
}

void *kh_slab_take(kh_slab *heap, uint64_t size, bool *is_zero) {
    if (size > heap->size) return NULL;
    uint64_t rounded;
    uint32_t index = kh_size_class(size, &rounded);
    if (index >= KH_HEAP_CLASSES) return NULL;
    if (heap->classes[index].count > 0) {
        *is_zero = rounded >= KH_LARGE_BLOCK;
        /* The other end wrote last to a block given back: prefetch one that is used soon. */
        if (heap->classes[index].count > 6)
            kh_prefetch_write(heap->base +
                              heap->classes[index].offsets[heap->classes[index].count - 6]);
        return heap->base + heap->classes[index].offsets[--heap->classes[index].count];
    }
    if (rounded > heap->size - heap->top) return NULL;
    void *block = heap->base + heap->top;
    heap->top += rounded;
    *is_zero = true;
    return block;
}

bool kh_slab_take_at(kh_slab *heap, void *block, uint64_t size) {
    uint64_t rounded, offset = (uint64_t)((char *)block - heap->base);
    if (size > heap->size || offset % 64 != 0 || offset < heap->top || offset > heap->size)
        return false;
    if (kh_size_class(size, &rounded) >= KH_HEAP_CLASSES || rounded > heap->size - offset)
        return false;
    heap->top = offset + rounded;
    return true;
}

void kh_slab_give(kh_slab *heap, void *block, uint64_t size) {
    uint64_t rounded;
    uint32_t index = kh_size_class(size, &rounded);
    uint64_t offset = (uint64_t)((char *)block - heap->base);
    if (index >= KH_HEAP_CLASSES) return;
    if (rounded >= KH_LARGE_BLOCK) kh_discard(heap->base + offset, rounded);
    if (heap->classes[index].count == heap->classes[index].capacity) {
        uint32_t capacity = heap->classes[index].capacity ? heap->classes[index].capacity * 2 : 64;
        uint64_t *offsets = realloc(heap->classes[index].offsets, capacity * sizeof *offsets);
        if (offsets == NULL) return; /* the slab loses the block, and nothing else */
        heap->classes[index].offsets = offsets;
        heap->classes[index].capacity = capacity;
    }
    heap->classes[index].offsets[heap->classes[index].count++] = offset;
}

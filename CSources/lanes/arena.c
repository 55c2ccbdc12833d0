#include "arena.h"

#include <stddef.h>
#include <sys/mman.h>

/* Address space is asked for, not memory: pages come when they are touched. */
static const uint64_t most = UINT64_C(1) << 36, least = UINT64_C(1) << 26;

static uint64_t up_to_page(uint64_t size) {
    return (size + 4095) & ~UINT64_C(4095);
}

kh_arena *kh_arena_map(uint32_t live_limit) {
    uint64_t cold = up_to_page(sizeof(kh_arena));
    uint64_t live = cold + up_to_page((uint64_t)live_limit * sizeof(kh_cold));
    uint64_t slots = live + up_to_page((uint64_t)live_limit * sizeof(uint32_t));
    void *base = MAP_FAILED;
    uint64_t size = most;
    /* Where address space is limited (ulimit -v, strict overcommit), less will do. */
    for (; size >= least; size /= 2) {
        base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
        if (base != MAP_FAILED) break;
    }
    if (base == MAP_FAILED || slots >= size / 2) {
        if (base != MAP_FAILED) munmap(base, size);
        errno = ENOMEM;
        return NULL;
    }
    kh_arena *arena = base;
    arena->size = size;
    arena->cold = cold;
    arena->live = live;
    arena->slots = slots;
    arena->slots_size = (size - slots) / 2 & ~UINT64_C(4095);
    arena->blocks = slots + arena->slots_size;
    arena->blocks_size = size - arena->blocks;
    arena->live_limit = live_limit;
    atomic_store(&arena->next_wake, UINT64_MAX);
    return arena;
}

void kh_arena_unmap(kh_arena *arena) {
    munmap(arena, arena->size);
}

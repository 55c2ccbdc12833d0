#include "arena.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>

static const uint64_t least = UINT64_C(1) << 26;

static uint64_t up_to_page(uint64_t size) {
    return (size + 4095) & ~UINT64_C(4095);
}

static void *map_private(uint64_t size) {
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                0);
}

/* The seals keep a worker from shrinking the memory under the host. */
static void *map_shared(uint64_t size, int *descriptor) {
    int file = memfd_create("kernelhost-arena", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return MAP_FAILED;
    void *base = MAP_FAILED;
    if (ftruncate(file, (off_t)size) == 0 &&
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
    if (base == MAP_FAILED) {
        int error = errno;
        close(file);
        errno = error;
        return base;
    }
    *descriptor = file;
    return base;
}

kh_arena *kh_arena_map(uint32_t live_limit, uint64_t most, int *descriptor) {
    uint64_t cold = up_to_page(sizeof(kh_arena));
    uint64_t live = cold + up_to_page((uint64_t)live_limit * sizeof(kh_cold));
    uint64_t memory = live + up_to_page(((uint64_t)live_limit + KH_AHEAD) * sizeof(uint32_t));
    uint64_t slots = memory + up_to_page((uint64_t)live_limit * sizeof(uint64_t));
    void *base = MAP_FAILED;
    uint64_t size = most;
    int error = ENOMEM;
    /* Address space is asked for, not memory: pages come when they are touched. Where
     * it is limited (ulimit -v, ulimit -f, strict overcommit), less will do. */
    for (; size >= least && slots < size / 2; size /= 2) {
        base = descriptor == NULL ? map_private(size) : map_shared(size, descriptor);
        if (base != MAP_FAILED) break;
        error = errno;
    }
    if (base == MAP_FAILED) {
        errno = error == EFBIG || error == EMFILE || error == ENFILE || error == ENOSYS ? error : ENOMEM;
        return NULL;
    }
    uint64_t slots_size = (size - slots) / 2 & ~UINT64_C(4095);
    kh_arena *arena = base;
    arena->layout = (kh_layout){.size = size,
                                .cold = cold,
                                .live = live,
                                .memory = memory,
                                .slots = slots,
                                .slots_size = slots_size,
                                .blocks = slots + slots_size,
                                .blocks_size = size - slots - slots_size,
                                .live_limit = live_limit};
    atomic_store(&arena->next_wake, UINT64_MAX);
    return arena;
}

void kh_arena_reset(kh_arena *arena) {
    /* Not `stop`, which any thread may set, nor the port's own gate. */
    atomic_store(&arena->submit_head, 0);
    atomic_store(&arena->submit_tail, 0);
    atomic_store(&arena->done_head, 0);
    atomic_store(&arena->done_tail, 0);
    atomic_store(&arena->text_head, 0);
    atomic_store(&arena->text_tail, 0);
    atomic_store(&arena->quit, 0);
    atomic_store(&arena->open, 0);
    atomic_store(&arena->awake, 0);
    atomic_store(&arena->next_wake, UINT64_MAX);
    atomic_store(&arena->lane_gate.sleeping, 0);
    arena->pass++;
    arena->stepping = 0;
    arena->live_count = 0;
    atomic_store(&arena->parked_count, 0);
    arena->blocks_top = 0;
    arena->goes_on = 0;
    arena->crash.code = 0;
    arena->crash.address = arena->crash.instruction = 0;
    atomic_store(&arena->crash.signal, 0);
    if (arena->is_shared == 0) return;
    for (uint32_t i = 0; i < KH_SUBMITS; i++)
        atomic_store_explicit(&arena->claims[i], 0, memory_order_relaxed);
}

void kh_arena_unmap(kh_arena *arena, uint64_t size) {
    munmap(arena, size);
}

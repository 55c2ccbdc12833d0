/* Maps arenas, and lays out their regions. */
#include "shared/arena.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>

static const uint64_t least = UINT64_C(1) << 26;

/* ulimit -d counts private memory, used or not, but not a worker's arena. So where there is a
 * limit, a thread's arena is not private either. */
static void *map_private(uint64_t size) {
    struct rlimit data;
    bool is_limited = getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur != RLIM_INFINITY;
    return mmap(NULL, size, PROT_READ | PROT_WRITE,
                (is_limited ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/* The seals prevent a worker from shrinking the memory under the host. */
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

/* Takes [size] bytes at [*at] in whole pages. Returns where they begin. */
static uint64_t lay(uint64_t *at, uint64_t size) {
    uint64_t start = *at;
    *at += kh_up_to_page(size);
    return start;
}

/* Where calls are copied, states begin at an eighth of the arena, if there is room in front. So
 * their addresses do not depend on the number of live calls. Copies take the last eighth. */
static kh_layout lay_out(uint32_t live_limit, uint64_t size, uint64_t lane_size, bool snapshots) {
    /* The unmapped gap between two regions: only a longer overrun reaches the next region. */
    uint64_t gap = size >> 8 < (UINT64_C(1) << 24) ? size >> 8 : UINT64_C(1) << 24;
    uint64_t records = size >> 10 < (UINT64_C(1) << 24) ? size >> 10 : UINT64_C(1) << 24;
    kh_layout layout = {.size = size, .live_limit = live_limit, .record_limit = (uint32_t)records};
    uint64_t at = 0, live = live_limit;
    lay(&at, sizeof(kh_arena));
    layout.ends = lay(&at, live);
    layout.numbers = lay(&at, live * sizeof(uint64_t));
    if (snapshots) layout.sizes = lay(&at, live * sizeof(uint64_t));
    layout.control_size = at;
    at += gap;
    layout.tables = lay(&at, sizeof(kh_tables) + lane_size);
    layout.cold = lay(&at, live * sizeof(kh_cold));
    layout.turns = lay(&at, live * sizeof(kh_turn));
    layout.calls = lay(&at, live * sizeof(kh_call));
    layout.live = lay(&at, (live + KH_AHEAD) * sizeof(kh_live));
    layout.parked = lay(&at, live * sizeof(kh_parked));
    layout.records = lay(&at, records * sizeof(kh_block));
    layout.tables_size = at - layout.tables;
    at += gap;
    if (at + gap >= size / 2) return (kh_layout){0};
    if (snapshots && at < size / 8) at = size / 8;
    if (snapshots) layout.snapshots_size = size / 8;
    layout.slots = at;
    layout.slots_size = (size - layout.snapshots_size - at - 2 * gap) / 2 & ~UINT64_C(4095);
    layout.blocks = layout.slots + layout.slots_size + gap;
    layout.blocks_size = layout.slots_size;
    if (snapshots) layout.snapshots = size - layout.snapshots_size;
    return layout;
}

kh_arena *kh_arena_map(uint32_t live_limit, uint64_t most, uint64_t lane_size, bool snapshots,
                       int *descriptor) {
    void *base = MAP_FAILED;
    int error = ENOMEM;
    kh_layout layout = {0};
    /* This reserves address space, not memory: pages come when they are touched. Where address
     * space is limited (ulimit -v, ulimit -f, strict overcommit), a smaller arena is made. */
    for (uint64_t size = most; size >= least && base == MAP_FAILED; size /= 2) {
        layout = lay_out(live_limit, size, lane_size, snapshots);
        if (layout.size == 0) break;
        base = descriptor == NULL ? map_private(size) : map_shared(size, descriptor);
        error = errno;
    }
    if (base == MAP_FAILED) {
        errno = error == EFBIG || error == EMFILE || error == ENFILE || error == ENOSYS ? error
                                                                                        : ENOMEM;
        return NULL;
    }
    kh_arena *arena = base;
    arena->layout = layout;
    atomic_store(&kh_tables_of(arena, &layout)->next_wake, UINT64_MAX);
    return arena;
}

static int map_region(int descriptor, char *base, uint64_t offset, uint64_t size, int protection) {
    void *map = mmap(base + offset, size, protection, MAP_SHARED | MAP_FIXED | MAP_NORESERVE,
                     descriptor, (off_t)offset);
    return map == MAP_FAILED ? -1 : 0;
}

int kh_arena_map_in_worker(int descriptor, void *base, uint64_t size) {
    kh_layout layout;
    if (pread(descriptor, &layout, sizeof layout, offsetof(kh_arena, layout)) != sizeof layout)
        return -1;
    if (layout.size != size) {
        errno = EINVAL;
        return -1;
    }
    if (map_region(descriptor, base, 0, layout.control_size, PROT_READ) != 0) return -1;
    const struct {
        uint64_t offset, size;
    } regions[] = {{layout.tables, layout.tables_size},
                   {layout.slots, layout.slots_size},
                   {layout.blocks, layout.blocks_size},
                   {layout.snapshots, layout.snapshots_size}};
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++)
        if (regions[i].size > 0 &&
            map_region(descriptor, base, regions[i].offset, regions[i].size,
                       PROT_READ | PROT_WRITE) != 0)
            return -1;
    return 0;
}

void kh_arena_reset(kh_arena *arena, const kh_layout *layout) {
    kh_tables *tables = kh_tables_of(arena, layout);
    /* This keeps `stop`, which any thread may set, and the client's own event. */
    arena->layout = *layout;
    atomic_store(&arena->submit_tail, 0);
    atomic_store(&arena->done_head, 0);
    atomic_store(&arena->text_head, 0);
    atomic_store(&arena->quit, 0);
    atomic_store(&arena->open, 0);
    arena->goes_on = 0;
    atomic_store(&tables->submit_head, 0);
    atomic_store(&tables->done_tail, 0);
    atomic_store(&tables->text_tail, 0);
    atomic_store(&tables->awake, 0);
    atomic_store(&tables->next_wake, UINT64_MAX);
    atomic_store(&tables->lane_event.sleeping, 0);
    /* The clock of the host may still read these. */
    KH_WRITE_ONCE(tables->pass, tables->pass + 1);
    KH_WRITE_ONCE(tables->stepping, 0);
    KH_WRITE_ONCE(tables->live_count, 0);
    atomic_store(&tables->parked_count, 0);
    tables->blocks_top = 0;
    tables->record_top = 0;
    tables->has_made = 0;
    tables->crash.code = 0;
    tables->crash.address = tables->crash.instruction = 0;
    atomic_store(&tables->crash.signal, 0);
    if (arena->is_shared == 0) return;
    for (uint32_t i = 0; i < KH_SUBMITS; i++)
        atomic_store_explicit(&tables->claims[i], 0, memory_order_relaxed);
}

void kh_arena_unmap(kh_arena *arena, uint64_t size) {
    munmap(arena, size);
}

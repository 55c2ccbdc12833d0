/* Seals the descriptors of kernels, and the code of plugins, against changes. */
#include "fork_server/seal.h"

#include "process/frames.h"
#include "platform/platform.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A block of kernels that is sealed. */
typedef struct kh_sealed {
    struct kh_sealed *next;
    const char *first, *end;
} kh_sealed;

static kh_sealed *all_sealed;

/* Copies pieces one after another. Without memory it only counts their bytes. */
typedef struct kh_packer {
    char *memory; /* NULL: only counts */
    size_t used;
} kh_packer;

static void *pack(kh_packer *packer, const void *bytes, size_t size) {
    void *place = packer->memory == NULL ? NULL : packer->memory + packer->used;
    if (place != NULL) memcpy(place, bytes, size);
    packer->used += (size + 15) & ~(size_t)15;
    return place;
}

static bool is_sealed(const void *pointer) {
    const kh_sealed *at = all_sealed;
    while (at != NULL && !((const char *)pointer >= at->first && (const char *)pointer < at->end))
        at = at->next;
    return at != NULL;
}

/* Packs a list. Its entries begin with a name, and a NULL name ends it. */
static const void *pack_list(kh_packer *packer, const void *list, size_t size) {
    if (list == NULL) return NULL;
    size_t count = 1;
    for (const char *at = list; *(const char *const *)at != NULL; at += size) count++;
    return pack(packer, list, count * size);
}

static kh_loaded *pack_kernel(kh_packer *packer, const kh_loaded *loaded) {
    kh_loaded *copy = pack(packer, loaded, sizeof *loaded);
    const void *params = pack_list(packer, loaded->kernel.params, sizeof(kh_field));
    const void *results = pack_list(packer, loaded->kernel.results, sizeof(kh_field));
    const void *errors = pack_list(packer, loaded->kernel.errors, sizeof(kh_error));
    if (copy == NULL) return NULL;
    copy->kernel.params = params;
    copy->kernel.results = results;
    copy->kernel.errors = errors;
    return copy;
}

/* Protects memory, and seals the protection if the system can. */
static void shut(void *memory, size_t size, int protection) {
    enum { KH_MSEAL = 462 };
    if (mprotect(memory, size, protection) == 0) syscall(KH_MSEAL, memory, size, 0ul);
}

static void shut_code(uint64_t first, uint64_t end) {
    enum { KH_MSEAL = 462 };
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start = first & ~(page - 1);
    syscall(KH_MSEAL, (void *)(uintptr_t)start, (size_t)(end - start), 0ul);
}

static void *room_for(size_t size) {
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void seal_new(kh_kernels *kernels) {
    kh_packer counter = {0};
    for (uint32_t i = 0; i < kernels->count; i++)
        if (!is_sealed(kernels->list[i])) pack_kernel(&counter, kernels->list[i]);
    if (counter.used == 0) return;
    kh_sealed *sealed = malloc(sizeof *sealed);
    kh_packer packer = {.memory = sealed == NULL ? NULL : room_for(counter.used)};
    if (packer.memory == NULL) {
        free(sealed);
        return;
    }
    for (uint32_t i = 0; i < kernels->count; i++)
        if (!is_sealed(kernels->list[i]))
            kernels->list[i] = pack_kernel(&packer, kernels->list[i]);
    *sealed = (kh_sealed){all_sealed, packer.memory, packer.memory + counter.used};
    all_sealed = sealed;
    shut(packer.memory, counter.used, PROT_READ);
}

void kh_kernels_seal(kh_kernels *kernels, const kh_kernel *const **table) {
    seal_new(kernels);
    for (uint32_t i = 0; i < kernels->count; i++) kernels->table[i] = &kernels->list[i]->kernel;
    kh_frames_each(shut_code);
    *table = kernels->table;
    size_t size = kernels->count * sizeof *kernels->table;
    const kh_kernel **copy = size == 0 ? NULL : room_for(size);
    if (copy == NULL) return;
    memcpy(copy, kernels->table, size);
    mprotect(copy, size, PROT_READ); /* a new table for each plugin */
    *table = copy;
}

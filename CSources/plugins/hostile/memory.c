/* Kernels that write and read outside their memory. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include <stdio.h>
#include <unistd.h>

static volatile int *volatile nowhere; /* NULL, but the compiler cannot know */

static int null_write_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    *nowhere = 1;
    return KH_DONE;
}
HOSTILE_KERNEL(null_write, "Write to address 0.");

/* Not memset: the compiler knows what memset may touch. */
static void scribble(volatile unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) bytes[i] = 0xA5;
}

typedef struct {
    HOSTILE_MEMBERS;
    int64_t bytes;
    bool hold;
} wild_write_arena;

/* Returns the first byte of the mapping that contains [address], and its size; NULL with errno. */
static unsigned char *mapping_of(const void *address, size_t *size) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) return NULL;
    char line[512];
    unsigned char *found = NULL;
    while (found == NULL && fgets(line, sizeof line, maps) != NULL) {
        uintptr_t first, end;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &first, &end) != 2) continue;
        if ((uintptr_t)address < first || (uintptr_t)address >= end) continue;
        found = (unsigned char *)first;
        *size = end - first;
    }
    fclose(maps);
    if (found == NULL) errno = EFAULT;
    return found;
}

static int wild_write_arena_step(kh_call *call, void *state) {
    wild_write_arena *self = state;
    HOSTILE_WAIT(self);
    size_t size = 0;
    unsigned char *start = mapping_of(state, &size);
    if (start == NULL) return hostile_refused(call, "its own mapping in /proc/self/maps");
    bool holds = self->hold; /* the overwritten bytes may be its own */
    scribble(start, (uint64_t)self->bytes < size ? (size_t)self->bytes : size);
    while (holds) pause();
    return KH_DONE; /* the next reader of the arena's heads is the victim */
}

KH_KERNEL(wild_write_arena,
    .summary = "Overwrite the start of the mapping that holds its state, then end well.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        HOSTILE_AT(wild_write_arena),
        KH_PARAM(wild_write_arena, bytes, "how much, up to the whole mapping", .unit = "bytes",
                 .range = KH_AT_LEAST(0)),
        KH_PARAM(wild_write_arena, hold, "whether to stay in the step for ever, instead of ending")),
    .defaults = KH_DEFAULTS(wild_write_arena, .bytes = 65536),
    .step = wild_write_arena_step);

static int wild_write_neighbour_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    scribble((volatile unsigned char *)(self + 1), 4096);
    return KH_DONE;
}
HOSTILE_KERNEL(wild_write_neighbour, "Overwrite the 4 KiB behind its state, then end well.");

typedef struct {
    HOSTILE_MEMBERS;
    int64_t value;
} misaligned;

static int misaligned_step(kh_call *call, void *state) {
    misaligned *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    _Alignas(int64_t) char bytes[2 * sizeof(int64_t)] = {0};
    bytes[1] = 42; /* the number's low byte, or its high one */
    char *volatile odd = bytes + 1;
    self->value = *(int64_t *)odd; /* through volatile, clang would not check it */
    return KH_DONE;
}

KH_KERNEL(misaligned,
    .summary = "Read a number at an odd address: traps under -fsanitize=alignment, else ends well.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(misaligned)),
    .results = KH_RESULTS(KH_RESULT(misaligned, value, "the number, 42 on a small-endian machine")),
    .step = misaligned_step);

/* Kernels that overwrite foreign memory at random: near their own state, or anywhere in the
 * memory that their lane shares with the host. Each then ends, continues or stays in its step,
 * also at random. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include <stdio.h>
#include <unistd.h>

typedef struct {
    HOSTILE_MEMBERS;
    uint64_t seed;
    int64_t writes;
} scribbles_near;

typedef struct {
    HOSTILE_MEMBERS;
    uint64_t seed;
    int64_t writes;
} scribbles_far;

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t next(uint64_t *seed) {
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* What follows the misdeed. */
static int then(uint64_t choice) {
    switch (choice % 8) {
    case 0: for (;;) pause();
    case 1: for (volatile uint64_t i = 0;; i++) continue;
    case 2: _exit(0);
    case 3:
    case 4: return KH_DONE;
    default: return KH_MORE;
    }
}

static int scribbles_near_step(kh_call *call, void *state) {
    scribbles_near *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    uint64_t seed = self->seed + (uint64_t)self->steps;
    volatile unsigned char *bytes = state;
    for (int64_t left = self->writes; left > 0; left--) {
        uint64_t reach = UINT64_C(1) << (4 + next(&seed) % 13); /* 16 bytes to 64 KiB */
        int64_t place = (int64_t)(next(&seed) % (2 * reach)) - (int64_t)reach;
        bytes[place] = (unsigned char)next(&seed);
    }
    return then(next(&seed));
}

/* Lists the writable mappings that it shares with the host. */
typedef struct {
    uintptr_t first, end;
} span;

static size_t shared_spans(span *spans, size_t most) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) return 0;
    char line[512], access[5];
    size_t count = 0;
    while (count < most && fgets(line, sizeof line, maps) != NULL) {
        span *one = &spans[count];
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &one->first, &one->end, access) != 3)
            continue;
        if (access[1] == 'w' && access[3] == 's') count++;
    }
    fclose(maps);
    return count;
}

/* Tables are small, and the most important words are at their beginning. So the reach is random
 * too. */
static int scribbles_far_step(kh_call *call, void *state) {
    scribbles_far *self = state;
    HOSTILE_WAIT(self);
    uint64_t seed = self->seed + (uint64_t)self->steps;
    int64_t writes = self->writes;
    span spans[16];
    size_t count = shared_spans(spans, 16);
    if (count == 0) return hostile_refused(call, "/proc/self/maps");
    for (; writes > 0; writes--) {
        span one = spans[next(&seed) % count];
        uint64_t reach = UINT64_C(1) << (6 + next(&seed) % 20);
        if (reach > one.end - one.first) reach = one.end - one.first;
        uint64_t value = next(&seed);
        if (next(&seed) % 2 == 0) value %= 4096;
        *(volatile uint64_t *)(one.first + next(&seed) % (reach / 8) * 8) = value;
    }
    return then(next(&seed));
}

#define SCRIBBLES(kernel, what) \
    KH_KERNEL(kernel, .summary = what, .flags = KH_PURE | KH_FLAT, \
        .params = KH_PARAMS(HOSTILE_AT(kernel), KH_PARAM(kernel, seed, "of its random numbers"), \
                            KH_PARAM(kernel, writes, "how many", .range = KH_AT_LEAST(0))), \
        .defaults = KH_DEFAULTS(kernel, .writes = 8), .step = kernel##_step)

SCRIBBLES(scribbles_near, "Change random bytes within 64 KiB of its state.");
SCRIBBLES(scribbles_far, "Write random words into all that it shares with the host.");

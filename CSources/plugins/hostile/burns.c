/* A kernel that takes a known time. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include <time.h>

typedef struct {
    int64_t steps;
    double seconds;
    int64_t done;
} burns;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int burns_step(kh_call *call, void *state) {
    burns *self = state;
    (void)call;
    for (double end = now() + self->seconds; now() < end;) continue;
    return ++self->done < self->steps ? KH_MORE : KH_DONE;
}

KH_KERNEL(burns,
    .summary = "Compute for a while in each step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(KH_PARAM(burns, steps, "how many", .range = KH_AT_LEAST(1)),
                        KH_PARAM(burns, seconds, "of each step", .unit = "s")),
    .results = KH_RESULTS(KH_RESULT(burns, done, "steps done")),
    .defaults = KH_DEFAULTS(burns, .steps = 1, .seconds = 0.001),
    .step = burns_step);

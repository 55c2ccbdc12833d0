/* Kernels of a package that depends on this one, and the least that their calls can cost. */
#include "own.h"

#include <stdlib.h>
#include <time.h>

#include "kernel_host.h"

typedef struct {
    int64_t steps, done;
    double sum;
} own_count;

static int own_count_step(kh_call *call, void *state) {
    own_count *self = state;
    (void)call;
    self->sum += (double)self->done;
    return ++self->done >= self->steps ? KH_DONE : KH_MORE;
}

KH_KERNEL(own_count,
    .summary = "Count steps.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(KH_PARAM(own_count, steps, "steps to take", .range = KH_AT_LEAST(1))),
    .results = KH_RESULTS(KH_RESULT(own_count, sum, "0 + 1 + ... + (steps - 1)")),
    .defaults = KH_DEFAULTS(own_count, .steps = 1),
    .step = own_count_step);

double own_loop(long calls) {
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    double *results = malloc((size_t)calls * sizeof *results);
    kh_function step = own_count_step;
    for (long i = 0; results != NULL && i < calls; i++) {
        own_count *state = calloc(1, sizeof *state);
        if (state == NULL) break;
        state->steps = 1;
        while (step(NULL, state) == KH_MORE) {}
        results[i] = state->sum;
        free(state);
    }
    free(results);
    clock_gettime(CLOCK_MONOTONIC, &after);
    double seconds = (double)(after.tv_sec - before.tv_sec);
    return (seconds * 1e9 + (double)(after.tv_nsec - before.tv_nsec)) / (double)calls;
}

/* The logistic map x = r x (1 - x), iterated (May, "Simple mathematical models with very
 * complicated dynamics", 1976). */
#include "kernel_host.h"

typedef struct {
    double r, x0; /* parameters */
    int64_t n;
    int64_t done;
    double x; /* result */
} logistic_map;

static int logistic_map_start(kh_call *call, void *state) {
    logistic_map *self = state;
    (void)call;
    self->x = self->x0;
    return KH_MORE;
}

static int logistic_map_step(kh_call *call, void *state) {
    logistic_map *self = state;
    (void)call;
    if (self->done >= self->n) return KH_DONE;
    self->x = self->r * self->x * (1.0 - self->x);
    self->done++;
    return KH_MORE;
}

KH_KERNEL(logistic_map,
    .summary = "Iterate the logistic map x = r x (1 - x), once a step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(logistic_map, r, "growth rate", .range = KH_RANGE(0, 4)),
        KH_PARAM(logistic_map, x0, "first value", .range = KH_RANGE(0, 1)),
        KH_PARAM(logistic_map, n, "iterations", .range = KH_AT_LEAST(0))),
    .results = KH_RESULTS(KH_RESULT(logistic_map, x, "the value after n iterations")),
    .defaults = KH_DEFAULTS(logistic_map, .r = 3.5, .x0 = 0.5, .n = 100),
    .start = logistic_map_start,
    .step = logistic_map_step);

/* while i < max: ...; i += incr, printed as the asyncio prototype prints it. */
#include "kernel_host.h"

typedef struct {
    int64_t min, incr, max; /* parameters */
    int64_t i;
    bool past_end; /* i would exceed every int64_t, and so be at least max */
} while_loop_increment;

static int while_loop_increment_start(kh_call *call, void *state) {
    while_loop_increment *self = state;
    (void)call;
    self->i = self->min;
    return KH_MORE;
}

static int while_loop_increment_step(kh_call *call, void *state) {
    while_loop_increment *self = state;
    if (self->past_end || self->i >= self->max) return KH_DONE;
    kh_print(call, "Looping for: %" PRId64 "\n%" PRId64 "\n", self->max, self->i);
    if (__builtin_add_overflow(self->i, self->incr, &self->i)) {
        if (self->incr < 0) return kh_fail(call, -EOVERFLOW, "i fell below the least int64_t");
        self->past_end = true;
    }
    return KH_MORE;
}

KH_KERNEL(while_loop_increment,
    .summary = "Print i while i < max, one value a step; an incr of 0 never ends.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(while_loop_increment, min, "first value"),
        KH_PARAM(while_loop_increment, incr, "added after each value"),
        KH_PARAM(while_loop_increment, max, "the value to stop before")),
    .defaults = KH_DEFAULTS(while_loop_increment, .incr = 1, .max = 1000000),
    .start = while_loop_increment_start,
    .step = while_loop_increment_step);

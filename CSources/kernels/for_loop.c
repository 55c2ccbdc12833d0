/* for i in range(min, max, increment), printed as the asyncio prototype prints it. */
#include "kernel_host.h"

typedef struct {
    int64_t min, increment, max; /* parameters */
    int64_t value;               /* the next value to print */
    bool past_end;               /* the next value would not fit an int64_t */
} for_loop;

static int for_loop_start(kh_call *call, void *state) {
    for_loop *self = state;
    if (self->increment == 0) return kh_fail(call, -EINVAL, "increment must not be 0");
    self->value = self->min;
    return KH_MORE;
}

static int for_loop_step(kh_call *call, void *state) {
    for_loop *self = state;
    bool more = self->increment > 0 ? self->value < self->max : self->value > self->max;
    if (self->past_end || !more) return KH_DONE;
    kh_print(call, "Looping for: %" PRId64 "\n%" PRId64 "\n", self->max, self->value);
    self->past_end = __builtin_add_overflow(self->value, self->increment, &self->value);
    return KH_MORE;
}

KH_KERNEL(for_loop,
    .summary = "Print every value of a range, one a step, as Python's range counts.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(for_loop, min, "first value"),
        KH_PARAM(for_loop, increment, "added after each value; negative counts down, 0 is an error"),
        KH_PARAM(for_loop, max, "the value to stop before")),
    .defaults = KH_DEFAULTS(for_loop, .increment = 1, .max = 1000000),
    .start = for_loop_start,
    .step = for_loop_step);

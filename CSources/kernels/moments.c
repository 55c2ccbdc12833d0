/* Mean and variance of an array in one pass, a block of it a step. Welford, "Note on a method for
 * calculating corrected sums of squares and products", 1962. */
#include "kernel_host.h"

#include <math.h>

typedef struct {
    kh_f64_array values; /* parameter */
    double squares;      /* sum of squared differences from the mean so far */
    int64_t count;       /* results */
    double mean, variance, min, max;
} moments;

enum { VALUES_A_STEP = 4096 };

static int moments_start(kh_call *call, void *state) {
    moments *self = state;
    if (self->values.count == 0) return kh_fail(call, -EINVAL, "values is empty");
    self->min = self->max = self->values.data[0];
    return KH_MORE;
}

static int moments_step(kh_call *call, void *state) {
    moments *self = state;
    int64_t all = (int64_t)self->values.count;
    int64_t stop = all - self->count < VALUES_A_STEP ? all : self->count + VALUES_A_STEP;
    while (self->count < stop) {
        double value = self->values.data[self->count++];
        double before = value - self->mean;
        self->mean += before / (double)self->count;
        self->squares += before * (value - self->mean);
        /* A NaN makes all results NaN, not only some: comparisons with it are false. */
        if (value < self->min || isnan(value)) self->min = value;
        if (value > self->max || isnan(value)) self->max = value;
    }
    kh_progress(call, (double)self->count / (double)all);
    if (self->count < all) return KH_MORE;
    self->variance = all > 1 ? self->squares / (double)(all - 1) : 0;
    return KH_DONE;
}

KH_KERNEL(moments,
    .summary = "Mean, variance and extremes of an array, 4096 values a step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(moments, values, "at least one number; a NaN makes all but the count NaN",
                 .required = 1)),
    .results = KH_RESULTS(
        KH_RESULT(moments, count, "how many values"),
        KH_RESULT(moments, mean, "their mean"),
        KH_RESULT(moments, variance, "sample variance, divided by count - 1; 0 for one value"),
        KH_RESULT(moments, min, "the least"),
        KH_RESULT(moments, max, "the greatest")),
    .start = moments_start,
    .step = moments_step);

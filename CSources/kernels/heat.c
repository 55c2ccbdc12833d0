/* The steady temperature of a square plate whose edges are kept at fixed
 * temperatures: Laplace's equation by Jacobi's method, a sweep a step. Each inner
 * point becomes the mean of its four neighbours. */
#include "kernel_host.h"

#include <math.h>
#include <string.h>

typedef struct {
    int64_t n; /* parameters */
    double top, bottom, left, right, tolerance;
    int64_t max_sweeps;
    double *old, *new; /* (n + 2) x (n + 2), edges included */
    int64_t sweeps;    /* results */
    double residual, center;
    kh_f64_array temperatures;
} heat;

enum { HEAT_NO_CONVERGENCE = KH_CODE(1) };
enum { LARGEST_N = 1024 }; /* a sweep then takes some milliseconds */

static int heat_start(kh_call *call, void *state) {
    heat *self = state;
    if (self->n < 1 || self->n > LARGEST_N)
        return kh_fail(call, -EINVAL, "n must be from 1 to %d", LARGEST_N);
    size_t n = (size_t)self->n, side = n + 2;
    self->old = kh_alloc(call, side * side * sizeof(double));
    self->new = kh_alloc(call, side * side * sizeof(double));
    self->temperatures.data = kh_alloc(call, n * n * sizeof(double));
    if (self->old == NULL || self->new == NULL || self->temperatures.data == NULL)
        return kh_fail(call, -ENOMEM, "no memory for %zu x %zu points", n, n);
    for (size_t i = 0; i < side; i++) {
        self->old[i * side] = self->left;
        self->old[i * side + side - 1] = self->right;
    }
    for (size_t j = 1; j <= n; j++) {
        self->old[j] = self->top;
        self->old[(side - 1) * side + j] = self->bottom;
    }
    memcpy(self->new, self->old, side * side * sizeof(double));
    return KH_MORE;
}

static int heat_step(kh_call *call, void *state) {
    heat *self = state;
    size_t n = (size_t)self->n, side = n + 2;
    double change = 0;
    for (size_t i = 1; i <= n; i++) {
        const double *up = self->old + (i - 1) * side, *here = up + side, *down = here + side;
        double *out = self->new + i * side;
        for (size_t j = 1; j <= n; j++) {
            out[j] = 0.25 * (up[j] + down[j] + here[j - 1] + here[j + 1]);
            double difference = fabs(out[j] - here[j]);
            /* A NaN stays one: comparisons with it are false. */
            if (difference > change || isnan(difference)) change = difference;
        }
    }
    double *swap = self->old;
    self->old = self->new;
    self->new = swap;
    self->sweeps++;
    self->residual = change;
    if (change <= self->tolerance) {
        for (size_t i = 0; i < n; i++)
            memcpy(self->temperatures.data + i * n, self->old + (i + 1) * side + 1,
                   n * sizeof(double));
        self->temperatures.count = n * n;
        const double *t = self->temperatures.data;
        size_t low = (n - 1) / 2, high = n / 2; /* the same element if n is odd */
        self->center = 0.25 * (t[low * n + low] + t[low * n + high] + t[high * n + low] +
                               t[high * n + high]);
        return KH_DONE;
    }
    if (self->sweeps >= self->max_sweeps)
        return kh_fail(call, HEAT_NO_CONVERGENCE,
                       "still changing by %g after %" PRId64 " sweeps, tolerance %g", change,
                       self->sweeps, self->tolerance);
    return KH_MORE;
}

KH_KERNEL(heat,
    .summary = "Steady temperatures of a square plate with fixed edges, a Jacobi sweep a step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(heat, n, "inner points a side", .range = KH_RANGE(1, LARGEST_N)),
        KH_PARAM(heat, top, "temperature of the top edge", .unit = "K"),
        KH_PARAM(heat, bottom, "temperature of the bottom edge", .unit = "K"),
        KH_PARAM(heat, left, "temperature of the left edge", .unit = "K"),
        KH_PARAM(heat, right, "temperature of the right edge", .unit = "K"),
        KH_PARAM(heat, tolerance, "done when no point changes by more", .unit = "K",
                 .range = KH_AT_LEAST(0)),
        KH_PARAM(heat, max_sweeps, "fail if as many sweeps were not enough",
                 .range = KH_AT_LEAST(1))),
    .results = KH_RESULTS(
        KH_RESULT(heat, sweeps, "sweeps made"),
        KH_RESULT(heat, residual, "largest change of the last sweep", .unit = "K"),
        KH_RESULT(heat, center, "temperature of the middle point; of an even n, the mean of four",
                  .unit = "K"),
        KH_RESULT(heat, temperatures, "n x n temperatures, row by row", .unit = "K")),
    .errors = KH_ERRORS(KH_ERROR(HEAT_NO_CONVERGENCE, "max_sweeps were not enough")),
    .defaults = KH_DEFAULTS(heat, .n = 15, .top = 100, .tolerance = 1e-9, .max_sweeps = 100000),
    .start = heat_start,
    .step = heat_step);

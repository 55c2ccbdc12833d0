/* Pi from random points in the unit square: 4 times the part of them inside the
 * quarter circle. Points from SplitMix64 (Steele, Lea, Flood, "Fast splittable
 * pseudorandom number generators", 2014), so that a seed gives the same on every machine. */
#include "kernel_host.h"

typedef struct {
    int64_t samples, seed; /* parameters */
    uint64_t random;
    int64_t done;
    double pi; /* results */
    int64_t inside;
} monte_carlo_pi;

enum { SAMPLES_A_STEP = 4096 };

/* Returns the next number in [0, 1), of 53 random bits. */
static double next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static int monte_carlo_pi_start(kh_call *call, void *state) {
    monte_carlo_pi *self = state;
    if (self->samples < 1) return kh_fail(call, -EINVAL, "samples must be at least 1");
    self->random = (uint64_t)self->seed;
    return KH_MORE;
}

static int monte_carlo_pi_step(kh_call *call, void *state) {
    monte_carlo_pi *self = state;
    int64_t left = self->samples - self->done;
    int64_t count = left < SAMPLES_A_STEP ? left : SAMPLES_A_STEP;
    for (int64_t i = 0; i < count; i++) {
        double x = next_random(&self->random), y = next_random(&self->random);
        self->inside += x * x + y * y < 1.0;
    }
    self->done += count;
    kh_progress(call, (double)self->done / (double)self->samples);
    if (self->done < self->samples) return KH_MORE;
    self->pi = 4.0 * (double)self->inside / (double)self->samples;
    return KH_DONE;
}

KH_KERNEL(monte_carlo_pi,
    .summary = "Estimate pi from random points, 4096 of them a step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(monte_carlo_pi, samples, "points", .range = KH_AT_LEAST(1)),
        KH_PARAM(monte_carlo_pi, seed, "start of the random numbers")),
    .results = KH_RESULTS(
        KH_RESULT(monte_carlo_pi, pi, "the estimate"),
        KH_RESULT(monte_carlo_pi, inside, "points inside the quarter circle")),
    .defaults = KH_DEFAULTS(monte_carlo_pi, .samples = 1000000, .seed = 1),
    .start = monte_carlo_pi_start,
    .step = monte_carlo_pi_step);

/* The primes up to a limit: the sieve of Eratosthenes, a segment a step. Memory grows
 * only with the square root of the limit. */
#include "kernel_host.h"

#include <string.h>

enum { SEGMENT = 1 << 16 };

typedef struct {
    int64_t limit; /* parameter */
    int64_t low;   /* first number of the next segment */
    int64_t base_count;
    int64_t *base;    /* primes up to the root of the limit */
    uint8_t *segment; /* 1: composite */
    int64_t count, largest; /* results */
} primes;

static int64_t root(int64_t n) {
    int64_t low = 0, high = 1000001; /* limit is at most 10^12 */
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (middle * middle <= n) low = middle;
        else high = middle;
    }
    return low;
}

static int primes_start(kh_call *call, void *state) {
    primes *self = state;
    if (self->limit < 0 || self->limit > 1000000000000)
        return kh_fail(call, -EINVAL, "limit must be from 0 to 10^12");
    int64_t last = root(self->limit);
    uint8_t *composite = kh_alloc(call, (size_t)last + 1);
    self->base = kh_alloc(call, ((size_t)last + 1) * sizeof *self->base);
    self->segment = kh_alloc(call, SEGMENT);
    if (composite == NULL || self->base == NULL || self->segment == NULL)
        return kh_fail(call, -ENOMEM, "no memory for the primes up to %" PRId64, last);
    for (int64_t i = 2; i <= last; i++) {
        if (composite[i]) continue;
        self->base[self->base_count++] = i;
        for (int64_t j = i * i; j <= last; j += i) composite[j] = 1;
    }
    self->low = 2;
    return KH_MORE;
}

static int primes_step(kh_call *call, void *state) {
    primes *self = state;
    if (self->low > self->limit) return KH_DONE;
    int64_t high = self->limit - self->low < SEGMENT ? self->limit + 1 : self->low + SEGMENT;
    memset(self->segment, 0, SEGMENT);
    for (int64_t i = 0; i < self->base_count; i++) {
        int64_t p = self->base[i];
        if (p * p >= high) break;
        int64_t first = (self->low + p - 1) / p * p;
        if (first < p * p) first = p * p;
        for (int64_t j = first; j < high; j += p) self->segment[j - self->low] = 1;
    }
    for (int64_t n = self->low; n < high; n++)
        if (!self->segment[n - self->low]) {
            self->count++;
            self->largest = n;
        }
    self->low = high;
    kh_progress(call, (double)high / ((double)self->limit + 1.0));
    return KH_MORE;
}

KH_KERNEL(primes,
    .summary = "Count the primes up to a limit, 65,536 numbers a step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(KH_PARAM(primes, limit, "the last number to look at",
                                 .range = KH_RANGE(0, 1e12))),
    .results = KH_RESULTS(
        KH_RESULT(primes, count, "how many primes there are"),
        KH_RESULT(primes, largest, "the last of them; 0 if there is none")),
    .defaults = KH_DEFAULTS(primes, .limit = 1000000),
    .start = primes_start,
    .step = primes_step);

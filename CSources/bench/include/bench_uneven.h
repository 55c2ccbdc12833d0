/* Calls of uneven length, for the part `parallel` of the benchmark: the kernel `bench_uneven`,
 * the body that all competitors share, and the ideal. */
#ifndef BENCH_UNEVEN_H
#define BENCH_UNEVEN_H

#include <stdint.h>

/* Returns the character at an index of a C11 source; 0: the end, or beyond. The source has two
 * functions. `static uint64_t uneven_rounds(uint64_t seed, uint64_t rounds)` returns the work of
 * the call of a seed, with [rounds] rounds to a microsecond. `static uint64_t
 * uneven_spin(uint64_t rounds)` does it. A competitor is compiled with it; the kernel and the
 * ideal are made of the same text. */
char bench_uneven_body(uint64_t index);

/* Returns the rounds of a microsecond on this processor now: the best of several trials. */
uint64_t bench_uneven_calibrate(void);

/* Returns the work of all calls of the seeds from 0 to [count] - 1, in rounds. */
uint64_t bench_uneven_total(uint64_t count, uint64_t rounds);

/* Returns the nanoseconds that so much work takes [lanes] threads at once, each with an equal
 * part in [calls] equal calls, averaged over the threads. No distribution of the work can be
 * faster. 0: no memory or thread. */
double bench_uneven_ideal(uint32_t lanes, uint64_t total, uint64_t calls);

#endif

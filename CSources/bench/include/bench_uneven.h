/* Calls of uneven length, for the part `parallel` of the benchmark: the kernel
 * `bench_uneven`, the body that it shares with every peer, and the ideal. */
#ifndef BENCH_UNEVEN_H
#define BENCH_UNEVEN_H

#include <stdint.h>

/* The source of `static uint64_t uneven_rounds(uint64_t seed, uint64_t rounds)`, how much
 * work the call of a seed is if a microsecond is so many rounds, and of `static
 * uint64_t uneven_spin(uint64_t rounds)`, which does it. C11, for a peer to be compiled
 * with; the kernel and the ideal are made of the same text. The character at an index; 0:
 * the end, or beyond. */
char bench_uneven_body(uint64_t index);

/* Rounds of a microsecond on this processor now: the best of several trials. */
uint64_t bench_uneven_calibrate(void);

/* The work of all calls of the seeds from 0 to [count] - 1, in rounds. */
uint64_t bench_uneven_total(uint64_t count, uint64_t rounds);

/* Nanoseconds that so many rounds take [lanes] threads at once, each an equal part in
 * [calls] equal calls, on the average over the threads: what no way of dealing out the
 * work can better. 0: no memory or thread for it. */
double bench_uneven_ideal(uint32_t lanes, uint64_t total, uint64_t calls);

#endif

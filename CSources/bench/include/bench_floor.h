/* The floor of the benchmark: a hand-written C program for the same work, and the kernel that
 * both run. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdint.h>

/* Runs a round-robin loop over [live] states, with [steps] calls of a step function through a
 * pointer each. Returns the nanoseconds of all; 0: no memory. */
uint64_t bench_floor_steps(uint32_t live, uint64_t steps);

/* Runs [count] calls of one step each: a state from malloc, start and step through pointers, a
 * token into an array, in order. Returns the nanoseconds of all. */
uint64_t bench_floor_calls(uint64_t count);

#endif

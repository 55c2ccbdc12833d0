/* The floor of the benchmark: what a hand-written C program does for the same
 * work, and the kernel that both run. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdint.h>

/* A round-robin loop over [live] states that calls a step function through a
 * pointer, [steps] times each. Nanoseconds in all; 0: no memory. */
uint64_t bench_floor_steps(uint32_t live, uint64_t steps);

/* [count] calls of one step each: a state from malloc, its start and step
 * through pointers, a token into an array in order. Nanoseconds in all. */
uint64_t bench_floor_calls(uint64_t count);

#endif

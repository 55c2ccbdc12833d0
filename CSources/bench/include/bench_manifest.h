/* The floor of the part `manifest` of the benchmark. */
#ifndef BENCH_MANIFEST_H
#define BENCH_MANIFEST_H

#include <stdint.h>

/* Does by hand what the benchmark's manifest needs. Reads the file [from], scans for the keys of
 * each task's numbers, computes, and writes a token a line to the file [to]. Returns the
 * nanoseconds, without the start of a process. [calls] gets the number of tokens. 0: a file
 * cannot be read or written. */
uint64_t bench_floor_manifest(const char *from, const char *to, uint64_t *calls);

/* Reads the numbers of a file of digits, points and other bytes, each of at most 15 digits, and adds
 * them up. Sets `count` to how many there are. Returns nanoseconds; 0: the file cannot be read. */
uint64_t bench_floor_numbers(const char *from, uint64_t *count, double *sum);

#endif

/* The floor of the part `manifest` of the benchmark. */
#ifndef BENCH_MANIFEST_H
#define BENCH_MANIFEST_H

#include <stdint.h>

/* What somebody would write by hand for the manifest of the benchmark alone: reads the
 * file [from], takes the numbers of each task by a scan for their keys, computes, and
 * writes a token a line to the file [to]. Nanoseconds, of which none are spent on starting
 * a process; [calls] gets the number of tokens. 0: a file cannot be read or written. */
uint64_t bench_floor_manifest(const char *from, const char *to, uint64_t *calls);

#endif

/* A client of `host serve`, to be measured. Private. */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H

#include <stdbool.h>

/* Makes `count` calls of the kernel "point" of a plugin through a server of its own; one in
 * `every_crash` is told to crash (0: no call). Sets the number of records. Returns the seconds from
 * the server's first line to its end; below 0: it failed. */
double bench_serve(const char *host, const char *plugin, long count, long every_crash,
                   long *tokens);

#endif

/* A kernel for runs that engines start: most calls end well, some fail, a few crash, and some wait
 * for a file, so that a test decides when they end. */
#define _POSIX_C_SOURCE 200809L

#include "kernel_host.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
    int64_t id;
    kh_text gate;
    int64_t waits;
    int64_t fails;
    int64_t crashes;
    double value;
} shard_point;

static int every(int64_t number, int64_t period) {
    return period > 0 && number % period == period - 1;
}

static int shard_point_step(kh_call *call, void *state) {
    shard_point *self = state;
    if (every(self->id, self->waits) && access(self->gate.data, F_OK) != 0)
        return kh_sleep(call, 0.02);
    if (every(self->id, self->fails))
        return kh_fail(call, -EDOM, "there is no value at %lld", (long long)self->id);
    if (every(self->id, self->crashes)) abort();
    self->value = (double)self->id / 7;
    return KH_DONE;
}

KH_KERNEL(shard_point,
    .summary  = "A seventh of a number; some fail, crash or wait.",
    .flags    = KH_PURE | KH_FLAT,
    .params   = KH_PARAMS(KH_PARAM(shard_point, id, "the number"),
                          KH_PARAM(shard_point, gate, "a file that some calls wait for"),
                          KH_PARAM(shard_point, waits, "every so manyth waits; 0: none"),
                          KH_PARAM(shard_point, fails, "every so manyth fails; 0: none"),
                          KH_PARAM(shard_point, crashes, "every so manyth crashes; 0: none")),
    .results  = KH_RESULTS(KH_RESULT(shard_point, value, "a seventh of id")),
    .step     = shard_point_step);

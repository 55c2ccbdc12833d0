/* A plugin with a kernel that has the name of a built-in kernel. */
#include "kernel_host.h"

typedef struct {
    int64_t max;
} for_loop;

static int for_loop_step(kh_call *call, void *state) {
    (void)state;
    return kh_fail(call, -EEXIST, "the for_loop of a plugin must not stand in for the built-in");
}

KH_KERNEL(for_loop,
    .summary = "Would hide the built-in kernel.",
    .params = KH_PARAMS(KH_PARAM(for_loop, max, "of no use")),
    .step = for_loop_step);

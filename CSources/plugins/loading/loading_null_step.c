/* A plugin with a kernel that has no step function. */
#include "kernel_host.h"

typedef struct {
    int64_t n;
} no_step;

KH_KERNEL(no_step,
    .summary = "Lacks what every kernel needs.",
    .params = KH_PARAMS(KH_PARAM(no_step, n, "of no use")));

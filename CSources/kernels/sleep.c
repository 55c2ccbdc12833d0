/* asyncio.sleep: the other calls run meanwhile, and no processor time is used. */
#include "kernel_host.h"

typedef struct {
    double seconds; /* parameter */
} sleep_call;

static int sleep_start(kh_call *call, void *state) {
    sleep_call *self = state;
    return kh_sleep(call, self->seconds);
}

static int sleep_step(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return KH_DONE; /* it is stepped when the time is over */
}

/* The type has another name than the kernel, because C has a function `sleep`. */
KH_KERNEL_AS("sleep", sleep_call,
    .summary = "Do nothing for some seconds.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(KH_PARAM(sleep_call, seconds, "how long", .unit = "s",
                                 .range = KH_AT_LEAST(0), .required = 1)),
    .start = sleep_start,
    .step = sleep_step);

/* A plugin whose loading never ends. */
#include "kernel_host.h"

typedef struct {
    int64_t unused;
} never_loaded;

static volatile int forever = 1; /* a loop on a constant would be undefined */

__attribute__((constructor)) static void hang(void) {
    while (forever) {
    }
}

static int never_loaded_step(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return KH_DONE;
}
KH_KERNEL(never_loaded, .summary = "Never gets so far.", .step = never_loaded_step);

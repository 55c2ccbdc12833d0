/* A plugin that ends its process while it is loaded, with exit code 0. */
#include "kernel_host.h"

#include <stdlib.h>

typedef struct {
    int64_t unused;
} never_loaded;

__attribute__((constructor)) static void leave(void) {
    exit(0);
}

static int never_loaded_step(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return KH_DONE;
}
KH_KERNEL(never_loaded, .summary = "Never gets so far.", .step = never_loaded_step);

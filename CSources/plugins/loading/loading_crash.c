/* A plugin that crashes while it is loaded. */
#include "kernel_host.h"

typedef struct {
    int64_t unused;
} never_loaded;

static volatile int *volatile nowhere; /* NULL, but the compiler cannot know */

__attribute__((constructor)) static void crash(void) {
    *nowhere = 1;
}

static int never_loaded_step(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return KH_DONE;
}
KH_KERNEL(never_loaded, .summary = "Never gets so far.", .step = never_loaded_step);

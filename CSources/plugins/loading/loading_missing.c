/* A plugin that needs a symbol that does not exist. */
#include "kernel_host.h"

typedef struct {
    int64_t unused;
} never_loaded;

/* Data, so that it is searched at load, not at the first use. */
extern int kernel_host_test_symbol_that_nobody_has;
int *volatile needs_it = &kernel_host_test_symbol_that_nobody_has;

static int never_loaded_step(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return *needs_it;
}
KH_KERNEL(never_loaded, .summary = "Never gets so far.", .step = never_loaded_step);

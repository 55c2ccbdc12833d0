/* A plugin whose kh_kernel is shorter than that of its own version. */
/* The header's own accessor makes way for the wrong one below. */
#define kernel_host_library kernel_host_right_library
#include "kernel_host.h"
#undef kernel_host_library

typedef struct {
    int64_t unused;
} never_loaded;

static int never_loaded_step(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return KH_DONE;
}
KH_KERNEL(never_loaded, .summary = "Never gets so far.", .step = never_loaded_step);

__attribute__((visibility("default"))) const kh_library *kernel_host_library(void);
const kh_library *kernel_host_library(void) {
    static kh_library library;
    library = *kernel_host_right_library();
    library.kernel_size = 16;
    return &library;
}

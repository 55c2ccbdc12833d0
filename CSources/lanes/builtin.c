#include "kh_lanes.h"
#include "platform.h"

#include <string.h>

const kh_library *kh_builtin_library(void) {
    return kernel_host_library();
}

uint64_t kh_now(void) {
    return kh_monotonic();
}

const char *kh_errno_name(int number) {
#ifdef __GLIBC__
    return strerrorname_np(number);
#else
    (void)number;
    return NULL;
#endif
}

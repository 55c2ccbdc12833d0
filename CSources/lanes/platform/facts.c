#include "kh_lanes.h"
#include "platform/platform.h"
#include "sandbox/sandbox.h"

#include <string.h>

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

uint32_t kh_sandbox_parts(void) {
    return kh_sandbox_available();
}

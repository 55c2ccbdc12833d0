/* Common parts of all hostile kernels. Each behaves for `at` steps, so that it lives beside its
 * neighbours for a while, and misbehaves in the next step. The compiler must not see the
 * misdeed, or it would warn or remove it. So pointers and conditions go through volatile
 * variables. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "kernel_host.h"

#include <string.h>

/* The first members of each state, and the whole state of most kernels. */
#define HOSTILE_MEMBERS int64_t at, steps
typedef struct {
    HOSTILE_MEMBERS;
} hostile_state;

#define HOSTILE_AT(T) \
    KH_PARAM(T, at, "the step, from 0, in which it misbehaves", .range = KH_AT_LEAST(0))

/* Behaves until step `at`. */
#define HOSTILE_WAIT(self) \
    if ((self)->steps++ < (self)->at) return KH_MORE

/* A kernel with only the parameter `at`. Its step function is NAME_step. */
#define HOSTILE_KERNEL(kernel, what) \
    typedef hostile_state kernel; \
    KH_KERNEL(kernel, \
        .summary = what, \
        .flags = KH_PURE | KH_FLAT, \
        .params = KH_PARAMS(HOSTILE_AT(kernel)), \
        .step = kernel##_step)

/* The system's refusal becomes the call's error. */
static inline int hostile_refused(kh_call *call, const char *what) {
    int number = errno;
    return kh_fail(call, -number, "%s: %s", what, strerror(number));
}

#endif

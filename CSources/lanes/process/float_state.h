/* The floating-point state that every kernel finds: the rounding mode, the treatment of
 * subnormal numbers, and which exceptions trap. A change by one step, or by code at load, would
 * change the numbers of all other calls. */
#ifndef KH_FLOAT_STATE_H
#define KH_FLOAT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)

/* The state of a new process: round to nearest, no traps, no flush to zero. */
#define KH_FLOAT_MXCSR 0x1f80u
#define KH_FLOAT_X87 0x037fu
/* All bits except the exception flags, which record the past and change nothing. */
#define KH_FLOAT_CONTROL 0xffc0u

/* Returns whether the control word of SSE is unchanged. */
static inline bool kh_float_is_plain(void) {
    uint32_t mxcsr;
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    return (mxcsr & KH_FLOAT_CONTROL) == KH_FLOAT_MXCSR;
}

/* Returns whether the control words of SSE and of the x87 unit are unchanged. */
static inline bool kh_float_is_as_given(void) {
    uint16_t control;
    __asm__ volatile("fnstcw %0" : "=m"(control));
    return control == KH_FLOAT_X87 && kh_float_is_plain();
}

static inline void kh_float_restore(void) {
    const uint32_t mxcsr = KH_FLOAT_MXCSR;
    const uint16_t control = KH_FLOAT_X87;
    __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(control));
}

#elif defined(__aarch64__)

static inline bool kh_float_is_plain(void) {
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return control == 0;
}

static inline bool kh_float_is_as_given(void) { return kh_float_is_plain(); }

static inline void kh_float_restore(void) {
    __asm__ volatile("msr fpcr, %0" : : "r"(UINT64_C(0)));
}

#else

static inline bool kh_float_is_plain(void) { return true; }
static inline bool kh_float_is_as_given(void) { return true; }
static inline void kh_float_restore(void) {}

#endif
#endif

/* Kernels that end their process, or leave their function in an unusual way. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static int calls_abort_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    abort();
}
HOSTILE_KERNEL(calls_abort, "Call abort().");

typedef struct {
    HOSTILE_MEMBERS;
    int64_t code;
} calls_exit;

static int calls_exit_step(kh_call *call, void *state) {
    calls_exit *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    exit((int)self->code);
}

KH_KERNEL(calls_exit,
    .summary = "Call exit(), as if the process were its own.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(calls_exit),
                        KH_PARAM(calls_exit, code, "exit code", .range = KH_RANGE(0, 255))),
    .step = calls_exit_step);

typedef calls_exit calls_underscore_exit;

static int calls_underscore_exit_step(kh_call *call, void *state) {
    calls_underscore_exit *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    _exit((int)self->code);
}

KH_KERNEL(calls_underscore_exit,
    .summary = "Call _exit(): nothing is flushed, no handler runs.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(calls_underscore_exit),
                        KH_PARAM(calls_underscore_exit, code, "exit code",
                                 .range = KH_RANGE(0, 255))),
    .step = calls_underscore_exit_step);

typedef struct {
    HOSTILE_MEMBERS;
    int64_t signal;
} raises;

static int raises_step(kh_call *call, void *state) {
    raises *self = state;
    HOSTILE_WAIT(self);
    if (raise((int)self->signal) != 0) return hostile_refused(call, "raise");
    return KH_DONE; /* a signal that does not kill */
}

KH_KERNEL(raises,
    .summary = "Send a signal to itself; ends well if it survives that.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(raises), KH_PARAM(raises, signal, "number of the signal",
                                                     .range = KH_RANGE(0, 64))),
    .defaults = KH_DEFAULTS(raises, .signal = SIGKILL),
    .step = raises_step);

/* Both are volatile: a compiler divides a known 1 by comparing. */
static volatile int one = 1, zero;

static int divides_by_zero_step(kh_call *call, void *state) {
    hostile_state *self = state;
    HOSTILE_WAIT(self);
    volatile int quotient = one / zero;
    /* Not every processor traps: the result on AArch64 is 0. */
    return kh_fail(call, -EDOM, "1 / 0 is %d on this machine", quotient);
}
HOSTILE_KERNEL(divides_by_zero, "Divide an integer by zero.");

static int illegal_instruction_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
#if defined(__x86_64__) || defined(__i386__)
    __asm__ volatile("ud2");
#elif defined(__aarch64__)
    __asm__ volatile(".inst 0"); /* udf; __builtin_trap is a breakpoint here */
#else
    __builtin_trap();
#endif
    return KH_DONE;
}
HOSTILE_KERNEL(illegal_instruction, "Execute an instruction that does not exist.");

/* The jump goes back into a function that has returned. Its frame was a page below start's,
 * where step's own frame is now: it returns to 0xA5A5... */
static jmp_buf place;

__attribute__((noinline)) static int remember_place(volatile char *frame) {
    frame[0] = 1;
    if (setjmp(place) == 0) return KH_MORE;
    return KH_DONE;
}

__attribute__((noinline)) static int remember_far_below(void) {
    volatile char frame[4096];
    int result = remember_place(frame);
    return frame[0] == 1 ? result : KH_DONE;
}

__attribute__((noinline)) static int jump_back(void) {
    volatile unsigned char frame[16384];
    for (size_t i = 0; i < sizeof frame; i++) frame[i] = 0xA5;
    longjmp(place, 1);
}

static int jumps_out_start(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return remember_far_below();
}

static int jumps_out_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    return jump_back();
}

typedef hostile_state jumps_out;
KH_KERNEL(jumps_out,
    .summary = "longjmp from step into start, which has returned long ago.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(HOSTILE_AT(jumps_out)),
    .start = jumps_out_start,
    .step = jumps_out_step);

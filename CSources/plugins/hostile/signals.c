/* Kernels that change how their process takes signals, or stop it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include <signal.h>

typedef struct {
    HOSTILE_MEMBERS;
    int64_t then;
} changes_signals;

static volatile int *volatile nowhere; /* NULL, but the compiler cannot know */

static int changes_signals_step(kh_call *call, void *state) {
    changes_signals *self = state;
    if (self->steps == self->at) {
        for (int number = SIGSEGV; number <= SIGTERM; number++) signal(number, SIG_IGN);
        sigset_t all;
        sigfillset(&all);
        if (sigprocmask(SIG_SETMASK, &all, NULL) != 0) return hostile_refused(call, "sigprocmask");
    }
    if (self->steps >= self->at) {
        if (self->then < 0) return KH_DONE;
        if (self->steps >= self->then) *nowhere = 1;
    }
    self->steps++;
    return KH_MORE;
}

KH_KERNEL(changes_signals,
    .summary = "Ignore SIGSEGV to SIGTERM and block all signals; then crash, or end well.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        HOSTILE_AT(changes_signals),
        KH_PARAM(changes_signals, then, "the step that writes to address 0; -1: it ends well",
                 .range = KH_AT_LEAST(-1))),
    .defaults = KH_DEFAULTS(changes_signals, .then = -1),
    .step = changes_signals_step);

static int stops_itself_step(kh_call *call, void *state) {
    hostile_state *self = state;
    HOSTILE_WAIT(self);
    if (raise(SIGSTOP) != 0) return hostile_refused(call, "raise");
    return KH_DONE; /* another process continued it */
}
HOSTILE_KERNEL(stops_itself, "Stop its process with SIGSTOP.");

/* Well-behaved kernels that run beside hostile ones. Their results must be right in any case. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "kernel_host.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEPS_PARAM(T) \
    KH_PARAM(T, steps, "numbers to add, from 0, one a step", .range = KH_AT_LEAST(0))

typedef struct {
    int64_t steps;       /* parameter */
    int64_t sum, starts; /* results */
    int64_t next;
} good_flat;

static int good_flat_start(kh_call *call, void *state) {
    good_flat *self = state;
    (void)call;
    self->starts++;
    return KH_MORE;
}

static int good_flat_step(kh_call *call, void *state) {
    good_flat *self = state;
    (void)call;
    if (self->next >= self->steps) return KH_DONE;
    self->sum += self->next++;
    return KH_MORE;
}

#define SUM_RESULTS(T) \
    KH_RESULTS(KH_RESULT(T, sum, "0 + 1 + ... + (steps - 1)"), \
               KH_RESULT(T, starts, "how often these bytes were started"))

KH_KERNEL(good_flat,
    .summary = "Add up numbers; may be copied and resumed at any step.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(STEPS_PARAM(good_flat)),
    .results = SUM_RESULTS(good_flat),
    .defaults = KH_DEFAULTS(good_flat, .steps = 10),
    .start = good_flat_start,
    .step = good_flat_step);

typedef struct {
    int64_t steps;
    int64_t sum, starts;
    int64_t *accumulator; /* in the heap: the sum, the next number */
} good_heap;

/* Large enough to come from the main heap, where others leave their damage. */
enum { ACCUMULATOR_BYTES = 4096 };

static int good_heap_start(kh_call *call, void *state) {
    good_heap *self = state;
    self->starts++;
    self->accumulator = malloc(ACCUMULATOR_BYTES);
    if (self->accumulator == NULL) return kh_fail(call, -ENOMEM, "no memory to add in");
    memset(self->accumulator, 0, ACCUMULATOR_BYTES);
    return KH_MORE;
}

static int good_heap_step(kh_call *call, void *state) {
    good_heap *self = state;
    (void)call;
    int64_t *sum = &self->accumulator[0], *next = &self->accumulator[1];
    if (*next >= self->steps) {
        self->sum = *sum;
        return KH_DONE;
    }
    *sum += (*next)++;
    return KH_MORE;
}

static int good_heap_finish(kh_call *call, void *state) {
    good_heap *self = state;
    (void)call;
    free(self->accumulator);
    self->accumulator = NULL;
    return 0;
}

KH_KERNEL(good_heap,
    .summary = "Add up numbers in a block of malloc; may be run again, but not copied.",
    .flags = KH_PURE,
    .params = KH_PARAMS(STEPS_PARAM(good_heap)),
    .results = SUM_RESULTS(good_heap),
    .defaults = KH_DEFAULTS(good_heap, .steps = 10),
    .start = good_heap_start,
    .step = good_heap_step,
    .finish = good_heap_finish);

typedef struct {
    int64_t steps;
    kh_text path;
    int64_t sum, next;
} impure;

static int impure_start(kh_call *call, void *state) {
    impure *self = state;
    if (self->path.length == 0) return KH_MORE;
    static const char line[] = "started\n";
    int file = open(self->path.data, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0)
        return kh_fail(call, -errno, "cannot open %s: %s", self->path.data, strerror(errno));
    ssize_t written = write(file, line, sizeof line - 1);
    close(file);
    return written == sizeof line - 1 ? KH_MORE : kh_fail(call, -EIO, "the line was cut");
}

static int impure_step(kh_call *call, void *state) {
    impure *self = state;
    (void)call;
    if (self->next >= self->steps) return KH_DONE;
    self->sum += self->next++;
    return KH_MORE;
}

KH_KERNEL(impure,
    .summary = "Add up numbers, and leave a line in a file at each start: must not be run again.",
    .params = KH_PARAMS(STEPS_PARAM(impure),
                        KH_PARAM(impure, path, "gets a line at each start; empty: none")),
    .results = KH_RESULTS(KH_RESULT(impure, sum, "0 + 1 + ... + (steps - 1)")),
    .defaults = KH_DEFAULTS(impure, .steps = 10),
    .start = impure_start,
    .step = impure_step);

typedef struct {
    double seconds;
} sleeper;

static int sleeper_start(kh_call *call, void *state) {
    sleeper *self = state;
    return kh_sleep(call, self->seconds);
}

static int sleeper_step(kh_call *call, void *state) {
    (void)call;
    (void)state;
    return KH_DONE;
}

KH_KERNEL(sleeper,
    .summary = "Sleep, then end well.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(sleeper, seconds, "how long", .unit = "s", .range = KH_AT_LEAST(0))),
    .start = sleeper_start,
    .step = sleeper_step);

typedef struct {
    int64_t at, steps;
    int64_t sum, next;
    bool deadly;
} deadly_if;

static volatile int *volatile nowhere; /* NULL, but the compiler cannot know */

static int deadly_if_step(kh_call *call, void *state) {
    deadly_if *self = state;
    (void)call;
    if (self->deadly && self->next == self->at) *nowhere = 1;
    if (self->next >= self->steps) return KH_DONE;
    self->sum += self->next++;
    return KH_MORE;
}

KH_KERNEL(deadly_if,
    .summary = "Add up numbers; write to address 0 in one step, if told to.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(deadly_if, deadly, "whether to crash"),
        KH_PARAM(deadly_if, at, "the step, from 0, in which to crash", .range = KH_AT_LEAST(0)),
        STEPS_PARAM(deadly_if)),
    .results = KH_RESULTS(KH_RESULT(deadly_if, sum, "0 + 1 + ... + (steps - 1)")),
    .defaults = KH_DEFAULTS(deadly_if, .steps = 10),
    .step = deadly_if_step);

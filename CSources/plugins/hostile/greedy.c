/* Kernels that use time, stack or memory without end. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hostile.h"

#include <stdlib.h>

static volatile int forever = 1; /* a loop on a constant would be undefined */

static int endless_step_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    while (forever) {
    }
    return KH_DONE;
}
HOSTILE_KERNEL(endless_step, "Loop forever inside one step.");

typedef struct {
    int64_t steps;
} endless_steps;

static int endless_steps_step(kh_call *call, void *state) {
    endless_steps *self = state;
    (void)call;
    self->steps += self->steps < INT64_MAX;
    return KH_MORE;
}

KH_KERNEL(endless_steps,
    .summary = "Take one short step after the other, forever.",
    .flags = KH_PURE | KH_FLAT,
    .step = endless_steps_step);

static int deeper(volatile char *above);
static int (*volatile call_deeper)(volatile char *above) = deeper;

static int deeper(volatile char *above) {
    volatile char frame[1024];
    frame[0] = *above;
    return call_deeper(frame) + frame[0]; /* not a tail call */
}

static int stack_overflow_step(kh_call *call, void *state) {
    hostile_state *self = state;
    (void)call;
    HOSTILE_WAIT(self);
    volatile char bottom = 1;
    return deeper(&bottom) == 0 ? KH_DONE : KH_MORE;
}
HOSTILE_KERNEL(stack_overflow, "Call itself until the stack is used up.");

enum { MEGABYTE = 1 << 20 };

static void touch(volatile unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count; i += 1024) bytes[i] = 0xA5;
}

typedef struct {
    HOSTILE_MEMBERS;
    int64_t megabytes;
    int64_t touched; /* result */
    void *last;      /* each block begins with the address of the previous one */
} memory_hog;

static int memory_hog_start(kh_call *call, void *state) {
    memory_hog *self = state;
    (void)call;
    self->last = NULL;
    return KH_MORE;
}

static int memory_hog_step(kh_call *call, void *state) {
    memory_hog *self = state;
    HOSTILE_WAIT(self);
    if (self->touched >= self->megabytes) return KH_DONE;
    void **block = malloc(MEGABYTE);
    if (block == NULL)
        return kh_fail(call, -ENOMEM, "no memory after %" PRId64 " MiB", self->touched);
    touch((volatile unsigned char *)block, MEGABYTE);
    *block = self->last;
    self->last = block;
    self->touched++;
    return KH_MORE;
}

static int memory_hog_finish(kh_call *call, void *state) {
    memory_hog *self = state;
    (void)call;
    while (self->last != NULL) {
        void *before = *(void **)self->last;
        free(self->last);
        self->last = before;
    }
    return 0;
}

#define HOG_PARAMS(T) \
    KH_PARAMS(HOSTILE_AT(T), KH_PARAM(T, megabytes, "how much in all", .unit = "MiB", \
                                      .range = KH_RANGE(0, 1 << 30)))
#define HOG_RESULTS(T) KH_RESULTS(KH_RESULT(T, touched, "how much it had", .unit = "MiB"))

KH_KERNEL(memory_hog,
    .summary = "Take and touch memory, 1 MiB a step; give it back in finish.",
    .flags = KH_PURE,
    .params = HOG_PARAMS(memory_hog),
    .results = HOG_RESULTS(memory_hog),
    .defaults = KH_DEFAULTS(memory_hog, .megabytes = 64),
    .start = memory_hog_start,
    .step = memory_hog_step,
    .finish = memory_hog_finish);

typedef memory_hog memory_hog_at_once;

static int memory_hog_at_once_step(kh_call *call, void *state) {
    memory_hog_at_once *self = state;
    HOSTILE_WAIT(self);
    size_t size = (size_t)self->megabytes * MEGABYTE + sizeof(void *);
    void **block = malloc(size);
    if (block == NULL) return kh_fail(call, -ENOMEM, "no %" PRId64 " MiB", self->megabytes);
    touch((volatile unsigned char *)block, size);
    *block = NULL;
    self->last = block;
    self->touched = self->megabytes;
    return KH_DONE;
}

KH_KERNEL(memory_hog_at_once,
    .summary = "Take and touch memory, all in one step; give it back in finish.",
    .flags = KH_PURE,
    .params = HOG_PARAMS(memory_hog_at_once),
    .results = HOG_RESULTS(memory_hog_at_once),
    .defaults = KH_DEFAULTS(memory_hog_at_once, .megabytes = 64),
    .start = memory_hog_start,
    .step = memory_hog_at_once_step,
    .finish = memory_hog_finish);

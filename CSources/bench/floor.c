#include "bench_floor.h"

#include <stdlib.h>
#include <time.h>

#include "kernel_host.h"

/* The cheapest loop body with a result. */
typedef struct {
    int64_t steps;
    int64_t done;
    double sum;
} bench_count;

static int bench_count_step(kh_call *call, void *state) {
    bench_count *self = state;
    (void)call;
    self->sum += (double)self->done;
    return ++self->done >= self->steps ? KH_DONE : KH_MORE;
}

KH_KERNEL(bench_count,
    .summary = "Count steps: the least that a kernel can do.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(KH_PARAM(bench_count, steps, "steps to take", .range = KH_AT_LEAST(1))),
    .results = KH_RESULTS(KH_RESULT(bench_count, sum, "0 + 1 + ... + (steps - 1)")),
    .defaults = KH_DEFAULTS(bench_count, .steps = 1),
    .step = bench_count_step);

typedef struct {
    int64_t steps, done;
    char rest[184];
} bench_wide;

static int bench_wide_step(kh_call *call, void *state) {
    bench_wide *self = state;
    (void)call;
    return ++self->done >= self->steps ? KH_DONE : KH_MORE;
}

KH_KERNEL(bench_wide,
    .summary = "Count steps in a state of 200 bytes.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(KH_PARAM(bench_wide, steps, "steps to take")),
    .defaults = KH_DEFAULTS(bench_wide, .steps = INT64_MAX),
    .step = bench_wide_step);

typedef struct {
    bool crash;
    double result;
} bench_crash;

static int bench_crash_step(kh_call *call, void *state) {
    bench_crash *self = state;
    (void)call;
    if (self->crash) *(volatile int *)NULL = 1;
    self->result = 1;
    return KH_DONE;
}

KH_KERNEL(bench_crash,
    .summary = "Die of a null pointer, or not.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(KH_PARAM(bench_crash, crash, "whether to die")),
    .results = KH_RESULTS(KH_RESULT(bench_crash, result, "1")),
    .step = bench_crash_step);

typedef struct {
    kh_function step;
    void *state;
} live_call;

typedef struct {
    double result;
    int32_t ok, code;
} floor_token;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

/* Not inlined, and called through a pointer that the compiler cannot resolve, as a plugin's step
 * is. */
__attribute__((noinline)) static void round_robin(live_call *calls, uint32_t count) {
    while (count > 0) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < count; i++)
            if (calls[i].step(NULL, calls[i].state) == KH_MORE) calls[kept++] = calls[i];
        count = kept;
    }
}

uint64_t bench_floor_steps(uint32_t live, uint64_t steps) {
    bench_count *states = calloc(live, sizeof *states);
    live_call *calls = calloc(live, sizeof *calls);
    uint64_t elapsed = 0;
    if (states != NULL && calls != NULL) {
        kh_function volatile step = bench_count_step;
        uint64_t start = now();
        for (uint32_t i = 0; i < live; i++) {
            states[i].steps = (int64_t)steps;
            calls[i] = (live_call){step, &states[i]};
        }
        round_robin(calls, live);
        elapsed = now() - start;
    }
    free(states);
    free(calls);
    return elapsed;
}

uint64_t bench_floor_calls(uint64_t count) {
    kh_function volatile step = bench_count_step;
    uint64_t start = now();
    floor_token *tokens = malloc(count * sizeof *tokens);
    if (tokens == NULL) return 0;
    for (uint64_t i = 0; i < count; i++) {
        bench_count *state = malloc(sizeof *state);
        if (state == NULL) abort();
        *state = (bench_count){.steps = 1};
        int result = KH_MORE;
        while (result == KH_MORE) result = step(NULL, state);
        tokens[i] = (floor_token){state->sum, result == KH_DONE, result};
        free(state);
    }
    uint64_t elapsed = now() - start;
    free(tokens);
    return elapsed;
}

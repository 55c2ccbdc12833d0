#include "bench_uneven.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "kernel_host.h"

/* This code is also kept as text. */
#define WITH_TEXT(name, ...) __VA_ARGS__ static const char name[] = #__VA_ARGS__;

/* 20 to 250 us, 97 us on average, most of them short: 20 + 230 x^2 for x uniform in [0, 1). A
 * round is six dependent operations, so no compiler makes it faster than another. */
WITH_TEXT(body,
    static uint64_t uneven_rounds(uint64_t seed, uint64_t rounds) {
        uint64_t x = (seed + 1) * 0x9E3779B97F4A7C15u;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
        x = (x ^ (x >> 27)) >> 54;
        return rounds * (20 * 1048576 + 230 * x * x) / 1048576;
    }
    static uint64_t uneven_spin(uint64_t rounds) {
        uint64_t x = rounds | 1;
        for (uint64_t i = 0; i < rounds; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
        return x;
    })

char bench_uneven_body(uint64_t index) { return index < sizeof body ? body[index] : 0; }

typedef struct {
    int64_t seed;
    int64_t rounds;
    double result;
} bench_uneven;

static int bench_uneven_step(kh_call *call, void *state) {
    bench_uneven *self = state;
    (void)call;
    self->result = (double)(uneven_spin(uneven_rounds((uint64_t)self->seed,
        (uint64_t)self->rounds)) >> 11);
    return KH_DONE;
}

KH_KERNEL(bench_uneven,
    .summary = "Compute for 20 to 250 microseconds, by the seed.",
    .flags = KH_PURE | KH_FLAT,
    .params = KH_PARAMS(
        KH_PARAM(bench_uneven, seed, "which call it is", .range = KH_AT_LEAST(0)),
        KH_PARAM(bench_uneven, rounds, "rounds of a microsecond", .range = KH_AT_LEAST(1))),
    .results = KH_RESULTS(KH_RESULT(bench_uneven, result, "what it computed")),
    .defaults = KH_DEFAULTS(bench_uneven, .rounds = 500),
    .step = bench_uneven_step);

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static volatile uint64_t sink;

uint64_t bench_uneven_calibrate(void) {
    const uint64_t rounds = 1000000;
    double best = 0;
    for (int trial = 0; trial < 15; trial++) {
        double start = now();
        sink = uneven_spin(rounds);
        double speed = (double)rounds * 1e3 / (now() - start);
        if (speed > best) best = speed;
    }
    return best < 1 ? 1 : (uint64_t)best;
}

uint64_t bench_uneven_total(uint64_t count, uint64_t rounds) {
    uint64_t total = 0;
    for (uint64_t seed = 0; seed < count; seed++) total += uneven_rounds(seed, rounds);
    return total;
}

typedef struct {
    pthread_t thread;
    pthread_barrier_t *together;
    uint64_t rounds; /* of a call */
    uint64_t calls;
    double elapsed;
} ideal_lane;

static void *ideal_run(void *argument) {
    ideal_lane *lane = argument;
    pthread_barrier_wait(lane->together);
    double start = now();
    uint64_t all = 0;
    for (uint64_t i = 0; i < lane->calls; i++) all ^= uneven_spin(lane->rounds);
    lane->elapsed = now() - start;
    sink = all;
    return NULL;
}

double bench_uneven_ideal(uint32_t lanes, uint64_t total, uint64_t calls) {
    ideal_lane *all = calloc(lanes, sizeof *all);
    pthread_barrier_t together;
    if (all == NULL || calls < lanes || pthread_barrier_init(&together, NULL, lanes) != 0) {
        free(all);
        return 0;
    }
    double sum = 0;
    for (uint32_t i = 0; i < lanes; i++) {
        all[i] = (ideal_lane){.together = &together, .rounds = total / calls,
            .calls = calls / lanes};
        /* The others wait at the barrier for a thread that cannot be made: there is no way on. */
        if (i > 0 && pthread_create(&all[i].thread, NULL, ideal_run, &all[i]) != 0) abort();
    }
    ideal_run(&all[0]);
    for (uint32_t i = 1; i < lanes; i++) pthread_join(all[i].thread, NULL);
    for (uint32_t i = 0; i < lanes; i++) sum += all[i].elapsed;
    pthread_barrier_destroy(&together);
    free(all);
    return sum / lanes;
}

/* A lane must notice a timeout without a system call a step, so one thread
 * writes the time into the arenas of the lanes that are awake. It sleeps while
 * none is, and goes when the last arena does. */
#include "arena.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

static const uint64_t tick_ns = 1000000;
/* For a lane whose calls have no deadline and do not sleep: each tick may take its
 * processor from a lane for ten microseconds. */
static const uint64_t slow_tick_ns = 4000000;
/* How long a lane that cannot poke may have to wait for its first tick: little after a poke,
 * and longer and longer where it goes on to sleep. */
static const uint64_t longest_look_ns = 50000000;
static uint64_t look_ns = 50000000; /* of the clock thread */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct entry {
    kh_arena *arena;
    const _Atomic uint32_t *live; /* NULL: the lane pokes */
    bool has_slept;               /* some call of it */
} *arenas;
static size_t arena_count, arena_capacity;
static bool running;
/* The clock thread sleeps for long, and a lane that awakes has to wake it. */
static _Atomic uint32_t resting;

static void set_up(void) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* Ticks every arena that wants it; answers when to come again. */
static uint64_t tick_all(uint64_t now) {
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < arena_count; i++) {
        kh_arena *arena = arenas[i].arena;
        uint64_t wake = atomic_load_explicit(&arena->next_wake, memory_order_relaxed);
        bool stop = atomic_load_explicit(&arena->stop, memory_order_acquire) != 0;
        bool awake = atomic_load_explicit(&arena->awake, memory_order_acquire) != 0;
        /* A stop is a time after every deadline: one comparison a step serves both. */
        atomic_store_explicit(&arena->tick, stop ? UINT64_MAX : now, memory_order_release);
        /* What the lane writes of itself decides here how often it is looked at, no more. */
        if (atomic_load_explicit(&arena->parked_count, memory_order_relaxed) > 0)
            arenas[i].has_slept = true;
        bool is_slow = !arenas[i].has_slept &&
                       atomic_load_explicit(&arena->is_timed, memory_order_relaxed) == 0;
        uint64_t period = is_slow ? slow_tick_ns : tick_ns;
        if (awake && now + period < next) next = now + period;
        if (wake < next) next = wake;
        if (arenas[i].live != NULL && now + look_ns < next &&
            atomic_load_explicit(arenas[i].live, memory_order_relaxed) > 0)
            next = now + look_ns;
    }
    return next;
}

static void *clock_main(void *unused) {
    (void)unused;
    pthread_mutex_lock(&lock);
    while (arena_count > 0) {
        uint64_t now = kh_monotonic();
        uint64_t next = tick_all(now);
        if (next > now + slow_tick_ns) {
            /* Look again after saying so: a lane sets `awake` before it looks at this. */
            atomic_store(&resting, 1);
            atomic_thread_fence(memory_order_seq_cst);
            next = tick_all(now);
        }
        bool was_poked = true;
        if (next == UINT64_MAX) {
            pthread_cond_wait(&changed, &lock);
        } else {
            if (next < now + tick_ns) next = now + tick_ns;
            struct timespec until = {(time_t)(next / 1000000000), (long)(next % 1000000000)};
            was_poked = pthread_cond_timedwait(&changed, &lock, &until) == 0;
        }
        look_ns = was_poked                         ? slow_tick_ns
                  : look_ns < longest_look_ns / 2 ? look_ns * 2
                                                  : longest_look_ns;
        atomic_store(&resting, 0);
    }
    running = false;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int kh_clock_add(kh_arena *arena, const _Atomic uint32_t *live) {
    pthread_once(&once, set_up);
    int error = 0;
    pthread_mutex_lock(&lock);
    if (arena_count == arena_capacity) {
        size_t capacity = arena_capacity ? arena_capacity * 2 : 8;
        struct entry *grown = realloc(arenas, capacity * sizeof *grown);
        if (grown == NULL) {
            pthread_mutex_unlock(&lock);
            return ENOMEM;
        }
        arenas = grown;
        arena_capacity = capacity;
    }
    arenas[arena_count++] = (struct entry){arena, live, false};
    atomic_store(&arena->tick, kh_monotonic());
    if (!running) {
        pthread_t thread;
        pthread_attr_t attributes;
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are for the host's threads */
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        error = pthread_create(&thread, &attributes, clock_main, NULL);
        pthread_attr_destroy(&attributes);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        running = error == 0;
        if (error != 0) arena_count--;
    }
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return error;
}

void kh_clock_remove(kh_arena *arena) {
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < arena_count; i++)
        if (arenas[i].arena == arena) arenas[i] = arenas[--arena_count];
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

void kh_clock_hasten(kh_arena *arena) {
    atomic_store_explicit(&arena->is_timed, 1, memory_order_relaxed);
    pthread_mutex_lock(&lock);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

void kh_clock_poke(void) {
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&resting, memory_order_relaxed) == 0) return;
    pthread_mutex_lock(&lock);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

/* The clock: one thread that writes the time into the arenas of all awake lanes. So a lane notices
 * a timeout without a system call a step.
 *
 * At each tick the clock also notes which call a worker's lane is in. So the host has its own
 * account of the time of each call, which no kernel can change. The thread sleeps while no lane
 * is awake, and ends with the last arena. */
#include "shared/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t tick_ns = 1000000;
/* For a lane whose calls have no deadline and do not sleep. Each tick may take the lane's
 * processor for ten microseconds. */
static const uint64_t slow_tick_ns = 4000000;
/* How long a lane in another process may wait for its first tick. It is short after a poke, and
 * doubles while the lane sleeps on. */
static const uint64_t longest_look_ns = 50000000;
static uint64_t look_ns = 50000000; /* used by the clock thread only */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct entry {
    kh_arena *arena;
    kh_tables *tables;
    kh_clock_account *account;    /* NULL: the lane is a thread, and pokes the clock itself */
    uint64_t looked_at; /* the last tick; 0: there was nothing to look at */
    uint64_t active_ns; /* as in the arena */
    uint64_t pass;      /* of the lane, at that tick */
    uint64_t halt_seen; /* when the state of the worker's parent was last read */
    bool has_slept;     /* a call of it has slept */
} *arenas;
static size_t arena_count, arena_capacity;
static bool running;
/* The clock thread sleeps for long, and a lane that wakes has to wake it. */
static _Atomic uint32_t resting;

static void set_up(void) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* More than this between two ticks means that the host itself was suspended. */
static const uint64_t longest_tick_ns = 20000000;

/* Adds to a sum that only this thread writes. */
static void add(_Atomic uint64_t *sum, uint64_t more) {
    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

static void set(_Atomic uint64_t *word, uint64_t value) {
    atomic_store_explicit(word, value, memory_order_relaxed);
}

/* Returns whether a process is stopped, as the system says. */
static bool is_halted(int process) {
    char path[64], text[512];
    if (process <= 0) return false;
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return false;
    text[length] = 0;
    /* the state follows the name, which may have any bytes */
    const char *state = strrchr(text, ')');
    return state != NULL && (state[2] == 'T' || state[2] == 't');
}

/* Returns whether the worker or its parent is stopped. A job's processes are stopped one after
 * another, and the host last or never. The parent reports that the worker is stopped, but only
 * once it has a processor. Called while a step lasts; reads /proc only now and then. */
static bool stands_still(struct entry *entry, uint64_t now) {
    enum { LOOK_NS = 20000000 };
    _Atomic uint32_t *halted = &entry->account->is_halted;
    if (now - entry->halt_seen >= LOOK_NS) {
        entry->halt_seen = now;
        int worker = atomic_load_explicit(entry->account->process, memory_order_relaxed);
        bool is_so = is_halted(worker) || is_halted(entry->account->parent);
        atomic_store_explicit(halted, is_so, memory_order_relaxed);
    }
    return atomic_load_explicit(halted, memory_order_relaxed) != 0;
}

/* Adds the time since the last tick to the step that the lane is in now. This is right on
 * average, and wrong by a tick or two for one call. */
static void look_at_step(struct entry *entry, uint64_t passed, uint64_t now, bool is_awake) {
    kh_clock_account *account = entry->account;
    uint64_t stepping = KH_READ_ONCE(entry->tables->stepping);
    uint64_t pass = KH_READ_ONCE(entry->tables->pass);
    bool is_same = stepping == atomic_load_explicit(&account->stepping, memory_order_relaxed);
    bool is_same_step = is_same && pass == entry->pass;
    entry->pass = pass;
    set(&account->stepping, stepping);
    bool is_asleep =
        atomic_load_explicit(&entry->tables->lane_event.sleeping, memory_order_relaxed) != 0;
    /* What was seen in an earlier step says nothing of this one. */
    if (!is_same_step || is_asleep)
        atomic_store_explicit(&account->is_halted, 0, memory_order_relaxed);
    /* A stopped worker uses no time, nor does one that waits for the client. */
    if (is_asleep || atomic_load_explicit(account->stopped, memory_order_relaxed) != 0) return;
    if (is_same_step && stands_still(entry, now)) return;
    entry->active_ns += passed;
    uint64_t id = (stepping >> 32) - 1;
    if (stepping == 0) {
        set(&account->step_ns, 0);
        if (is_awake && is_same_step) add(&account->outside_ns, passed);
        else set(&account->outside_ns, 0);
        return;
    }
    set(&account->outside_ns, 0);
    if (id < account->live_limit) add(&account->own_ns[id], passed);
    if (!is_same_step) {
        set(&account->step_ns, 0);
        return;
    }
    add(&account->step_ns, passed);
    set(&entry->arena->slow_id, id + 1);
    set(&entry->arena->slow_ns, atomic_load_explicit(&account->step_ns, memory_order_relaxed));
    set(&entry->arena->slow_until, now);
}

/* Ticks one arena. Returns the time of its next tick. */
static uint64_t tick_one(struct entry *entry, uint64_t now) {
    kh_arena *arena = entry->arena;
    kh_tables *tables = entry->tables;
    uint64_t wake = atomic_load_explicit(&tables->next_wake, memory_order_relaxed);
    bool has_calls = entry->account != NULL &&
                     atomic_load_explicit(entry->account->live, memory_order_relaxed) > 0;
    /* The lane's own words decide only how often the clock looks at it. */
    bool is_awake = atomic_load_explicit(&tables->awake, memory_order_acquire) != 0;
    uint64_t passed = entry->looked_at == 0 ? 0 : now - entry->looked_at;
    if (passed > longest_tick_ns) passed = longest_tick_ns;
    entry->looked_at = has_calls || entry->account == NULL ? now : 0;
    if (has_calls) look_at_step(entry, passed, now, is_awake);
    else if (entry->account == NULL) entry->active_ns += passed;
    atomic_store_explicit(&arena->active_ns, entry->active_ns, memory_order_relaxed);
    atomic_store_explicit(&arena->tick, now, memory_order_release);
    if (atomic_load_explicit(&tables->parked_count, memory_order_relaxed) > 0)
        entry->has_slept = true;
    bool is_slow = !entry->has_slept &&
                   atomic_load_explicit(&arena->is_timed, memory_order_relaxed) == 0;
    uint64_t period = is_slow ? slow_tick_ns : tick_ns, next = UINT64_MAX;
    if (is_awake) next = now + period;
    if (wake < next) next = wake;
    if (has_calls && now + look_ns < next) next = now + look_ns;
    return next;
}

/* Ticks every arena. Returns the time of the next tick. */
static uint64_t tick_all(uint64_t now) {
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < arena_count; i++) {
        uint64_t one = tick_one(&arenas[i], now);
        if (one < next) next = one;
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
            /* Look again after announcing the rest: a lane sets `awake` before it reads this. */
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

int kh_clock_add(kh_arena *arena, const kh_layout *layout, kh_clock_account *account) {
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
    arenas[arena_count++] =
        (struct entry){.arena = arena,
                       .tables = kh_tables_of(arena, layout),
                       .account = account};
    atomic_store(&arena->tick, kh_monotonic());
    if (!running) {
        pthread_t thread;
        pthread_attr_t attributes;
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before); /* the host's own threads handle signals */
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

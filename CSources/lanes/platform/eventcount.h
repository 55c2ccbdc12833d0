/* Eventcounts: a thread sleeps until another thread or process has published something. */
#ifndef KH_EVENTCOUNT_H
#define KH_EVENTCOUNT_H

#include "platform/platform.h"

#include <linux/futex.h>

/* An eventcount of one waiting thread. The futex is shared: the two ends may be in two
 * processes. */
typedef struct kh_eventcount {
    _Atomic uint32_t word;
    _Atomic uint32_t sleeping;
} kh_eventcount;

/* Prepares a wait. The caller then looks whether there is something to do, and waits or cancels. */
static inline uint32_t kh_eventcount_prepare(kh_eventcount *event) {
    uint32_t word = atomic_load_explicit(&event->word, memory_order_acquire);
    atomic_store_explicit(&event->sleeping, 1, memory_order_seq_cst);
    atomic_thread_fence(memory_order_seq_cst);
    return word;
}

static inline void kh_eventcount_cancel(kh_eventcount *event) {
    atomic_store_explicit(&event->sleeping, 0, memory_order_relaxed);
}

/* Waits, after the caller found nothing to do. [nanoseconds] negative: no limit. */
static inline void kh_eventcount_wait(kh_eventcount *event, uint32_t word, int64_t nanoseconds) {
    struct timespec limit = {(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};
    syscall(SYS_futex, (uint32_t *)&event->word, FUTEX_WAIT, word, nanoseconds < 0 ? NULL : &limit,
            NULL, 0);
    kh_eventcount_cancel(event);
}

/* Waits for several eventcounts. Kernels before Linux 5.16 cannot: there this returns every
 * millisecond. */
enum { KH_MOST_EVENTS = 64 };

static inline void kh_eventcounts_wait(kh_eventcount *const *events, const uint32_t *words,
                                       size_t count, int64_t nanoseconds) {
    if (count == 1) {
        kh_eventcount_wait(events[0], words[0], nanoseconds);
        return;
    }
    struct {
        uint64_t value, address;
        uint32_t flags, reserved;
    } waits[KH_MOST_EVENTS];
    for (size_t i = 0; i < count; i++) {
        waits[i].value = words[i];
        waits[i].address = (uint64_t)(uintptr_t)&events[i]->word;
        waits[i].flags = 2; /* 32 bits, shared */
        waits[i].reserved = 0;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t end = (uint64_t)until.tv_nsec + (uint64_t)(nanoseconds < 0 ? 0 : nanoseconds);
    until.tv_sec += (time_t)(end / 1000000000);
    until.tv_nsec = (long)(end % 1000000000);
    enum { FUTEX_WAITV = 449 };
    long result = syscall(FUTEX_WAITV, waits, (unsigned)count, 0u, nanoseconds < 0 ? NULL : &until,
                          CLOCK_MONOTONIC);
    if (result < 0 && errno == ENOSYS) {
        struct timespec slice = {0, 1000000};
        nanosleep(&slice, NULL);
    }
}

/* Wakes the waiting thread, and ends a wait that was prepared before. */
static inline void kh_eventcount_wake(kh_eventcount *event) {
    atomic_fetch_add_explicit(&event->word, 1, memory_order_release);
    syscall(SYS_futex, (uint32_t *)&event->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Notifies the other end, after the caller has published something. This costs a fence, and a
 * system call only if the other end sleeps. */
static inline void kh_eventcount_notify(kh_eventcount *event) {
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&event->sleeping, memory_order_relaxed) == 0) return;
    kh_eventcount_wake(event);
}

/* What another thread needs to end an owner's wait. */
typedef struct kh_wake {
    _Atomic uint32_t woken;  /* the current wait, or the next one, must end */
    /* the owner waits. A kernel can change the same flag in [event], so this copy decides */
    _Atomic uint32_t sleeps;
    kh_eventcount *event;
} kh_wake;

/* Ends the owner's wait, now or the next. */
static inline void kh_wake_owner(kh_wake *wake) {
    atomic_store(&wake->woken, 1);
    if (atomic_load(&wake->sleeps) != 0) kh_eventcount_wake(wake->event);
}

#endif

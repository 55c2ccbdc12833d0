/* What is Linux-only about lanes, in one place. */
#ifndef KH_PLATFORM_H
#define KH_PLATFORM_H

#ifndef __linux__
#error "KernelHost runs on Linux: lanes need futex, memfd and /proc"
#endif

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define KH_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define KH_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Writes what another thread may look at meanwhile: no torn value, and no more than a store. */
#define KH_SHOW(place, value) __atomic_store_n(&(place), (value), __ATOMIC_RELAXED)

static inline uint64_t kh_monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Asks for a line that will be written soon, away from whoever has it. (The
 * compiler's own builtin asks for a copy to read, on plain x86-64.) */
static inline void kh_fetch_to_write(const void *address) {
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1);
#endif
}

/* How long an end that has nothing to do looks for more before it sleeps. */
#define KH_LOOK_NS 30000

/* Processors that this process may use. */
static inline int kh_processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/* Says to the processor that this is a loop that waits. */
static inline void kh_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* A place to sleep for one thread, and the word that wakes it. Shared futexes:
 * the two ends may be in two processes. */
typedef struct kh_gate {
    _Atomic uint32_t word;
    _Atomic uint32_t sleeping;
} kh_gate;

/* Before looking whether there is something to do. */
static inline uint32_t kh_gate_prepare(kh_gate *gate) {
    uint32_t word = atomic_load_explicit(&gate->word, memory_order_acquire);
    atomic_store_explicit(&gate->sleeping, 1, memory_order_seq_cst);
    atomic_thread_fence(memory_order_seq_cst);
    return word;
}

static inline void kh_gate_leave(kh_gate *gate) {
    atomic_store_explicit(&gate->sleeping, 0, memory_order_relaxed);
}

/* After looking and finding nothing. [nanoseconds] negative: no limit. */
static inline void kh_gate_sleep(kh_gate *gate, uint32_t word, int64_t nanoseconds) {
    struct timespec limit = {(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};
    syscall(SYS_futex, (uint32_t *)&gate->word, FUTEX_WAIT, word, nanoseconds < 0 ? NULL : &limit,
            NULL, 0);
    kh_gate_leave(gate);
}

/* Several gates at a time: more than one, or more than the system can wait for at once,
 * is looked at every millisecond where the kernel is older than 5.16. */
enum { KH_WAIT_PORTS = 64 };

static inline void kh_gates_sleep(kh_gate *const *gates, const uint32_t *words, size_t count,
                                  int64_t nanoseconds) {
    if (count == 1) {
        kh_gate_sleep(gates[0], words[0], nanoseconds);
        return;
    }
    struct {
        uint64_t value, address;
        uint32_t flags, reserved;
    } waits[KH_WAIT_PORTS];
    for (size_t i = 0; i < count; i++) {
        waits[i].value = words[i];
        waits[i].address = (uint64_t)(uintptr_t)&gates[i]->word;
        waits[i].flags = 2; /* 32 bits, shared */
        waits[i].reserved = 0;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t end = (uint64_t)until.tv_nsec + (uint64_t)(nanoseconds < 0 ? 0 : nanoseconds);
    until.tv_sec += (time_t)(end / 1000000000);
    until.tv_nsec = (long)(end % 1000000000);
    enum { FUTEX_WAITV = 449 };
    long answer = syscall(FUTEX_WAITV, waits, (unsigned)count, 0u, nanoseconds < 0 ? NULL : &until,
                          CLOCK_MONOTONIC);
    if (answer < 0 && errno == ENOSYS) {
        struct timespec slice = {0, 1000000};
        nanosleep(&slice, NULL);
    }
}

/* Wakes whoever sleeps at a gate, and lets no sleep begin that was prepared before. */
static inline void kh_gate_rouse(kh_gate *gate) {
    atomic_fetch_add_explicit(&gate->word, 1, memory_order_release);
    syscall(SYS_futex, (uint32_t *)&gate->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* After publishing something to do. Costs a fence; a system call only if the
 * other end sleeps. */
static inline void kh_gate_signal(kh_gate *gate) {
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&gate->sleeping, memory_order_relaxed) == 0) return;
    kh_gate_rouse(gate);
}

#endif

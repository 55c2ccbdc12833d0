/* The platform: Linux, and two processors. */
#ifndef KH_PLATFORM_H
#define KH_PLATFORM_H

#ifndef __linux__
#error "KernelHost runs on Linux: lanes need futex, memfd and /proc"
#endif

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define KH_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define KH_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Access memory that another thread or process uses at the same time: exactly one store or load,
 * without tearing. They order nothing. */
#define KH_WRITE_ONCE(place, value) __atomic_store_n(&(place), (value), __ATOMIC_RELAXED)
#define KH_READ_ONCE(place) __atomic_load_n(&(place), __ATOMIC_RELAXED)

static inline uint64_t kh_monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Prefetches a cache line for writing. The compiler's builtin prefetches for reading on plain
 * x86-64. */
static inline void kh_prefetch_write(const void *address) {
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1);
#endif
}

/* How long an end without work spins before it sleeps. */
#define KH_LOOK_NS 30000

/* Returns how many processors this process may use. */
static inline int kh_processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/* Tells the processor that this is a spin loop. */
static inline void kh_cpu_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif

/* The kernels that calls can name: of this executable and of plugins, sorted by name. */
#ifndef KH_LOADER_H
#define KH_LOADER_H

#include "kh_lanes.h"

/* What is known of a library besides, in the same word as bits of kh_change. */
enum {
    KH_PRINTS_APART = 1 << 16,   /* see runtimes.h: written out when a call ends, too */
    KH_BEGINS_THREADS = 1 << 17, /* can begin some */
    KH_MINDS_FORKS = 1 << 18,    /* and says what is to be done with them at a fork */
    KH_LEAVES_THREADS = 1 << 19  /* it, or a library that it needs, does the first alone */
};

typedef struct kh_loaded {
    kh_kernel kernel; /* as this host's header has it, whatever the library's minor version */
    const char *origin; /* the path of the library; NULL: this executable */
    uint32_t touches;   /* what it can change of its process, bits of kh_change: after each step
                         * that is looked at; and KH_PRINTS_APART */
} kh_loaded;

struct kh_kernels {
    kh_loaded **list;       /* sorted by name, bytewise */
    const kh_kernel **table; /* the same, for lanes */
    uint32_t count, capacity;
};

/* The kernels of this executable. False: no memory. */
bool kh_kernels_init(kh_kernels *kernels);
/* Adds what a library says it has, all or none. [origin]: lives as long as the process;
 * NULL: this executable. */
enum kh_refusal kh_kernels_add_library(kh_kernels *kernels, const kh_library *library,
                                       const char *origin, kh_load_result *answer);
/* Notes what the kernels of an origin can change of their process; kernels that are sealed have
 * another one. */
void kh_kernels_set_touches(kh_kernels *kernels, const char *origin, uint32_t touches);
/* Loads a library (or a function of one: ffi.h) and adds its kernels, all or none. Runs the
 * library's constructors. KH_LOAD_OK, or why not. */
enum kh_refusal kh_kernels_load(kh_kernels *kernels, const char *path, kh_load_result *answer);
/* The same in a child process that then ends: what kh_kernels_load would answer, or how the
 * child died. It has no patience: the host's ends a hang, for it kills this process too. */
int64_t kh_kernels_probe(kh_kernels *kernels, const char *path, kh_load_result *answer);

#endif

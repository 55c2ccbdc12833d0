/* The kernels that calls can name: those of this executable and of plugins, sorted by name. */
#ifndef KH_LOADER_H
#define KH_LOADER_H

#include "kh_lanes.h"

/* More facts about a library, in the same word as bits of kh_change. */
enum {
    /* it prints through buffers that are flushed when a call ends: see runtimes.h */
    KH_PRINTS_APART = 1 << 16,
    KH_BEGINS_THREADS = 1 << 17, /* it can start threads */
    KH_MINDS_FORKS = 1 << 18,    /* it registers fork handlers for them */
    /* it, or a library that it needs, starts threads without fork handlers */
    KH_LEAVES_THREADS = 1 << 19
};

typedef struct kh_loaded {
    kh_kernel kernel; /* as in this host's header, whatever the library's minor version */
    const char *origin; /* the path of the library; NULL: this executable */
    /* what it can change of its process, bits of kh_change, checked after each step; and
     * KH_PRINTS_APART */
    uint32_t touches;
} kh_loaded;

struct kh_kernels {
    kh_loaded **list;       /* sorted by name, bytewise */
    const kh_kernel **table; /* the same, for lanes */
    uint32_t count, capacity;
};

/* Adds the kernels of this executable. Returns false if there is no memory. */
bool kh_kernels_init(kh_kernels *kernels);
/* Adds all kernels of a library, or none. [origin] lives as long as the process; NULL: this
 * executable. */
enum kh_refusal kh_kernels_add_library(kh_kernels *kernels, const kh_library *library,
                                       const char *origin, kh_load_result *report);
/* Notes what the kernels of an origin can change of their process. Sealed kernels have another
 * origin. */
void kh_kernels_set_touches(kh_kernels *kernels, const char *origin, uint32_t touches);
/* Loads a library and adds all its kernels, or none. Runs the
 * library's constructors. Returns KH_LOAD_OK, or why not. */
enum kh_refusal kh_kernels_load(kh_kernels *kernels, const char *path, kh_load_result *report);
/* kh_kernels_load, or kh_ffi_load for a function. */
typedef enum kh_refusal kh_load(kh_kernels *kernels, const char *text, kh_load_result *report);
/* Loads a library or a function in a child process that then ends. Returns what [load] returned
 * there, or how the child died. There is no time limit here: the host's limit ends a hang by
 * killing this process. */
int64_t kh_kernels_probe(kh_kernels *kernels, kh_load *load, const char *text,
                         kh_load_result *report);

#endif

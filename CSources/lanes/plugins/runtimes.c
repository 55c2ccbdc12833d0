/* Flushes the buffers of C++ streams and of Fortran units. */
#include "plugins/runtimes.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef void (*flush_function)(void *stream);
typedef void (*clear_function)(void *state, int bits);

/* The names in libstdc++ and libgfortran. Fortran flushes all units at once. */
static const struct known {
    const char *stream, *flush, *clear;
} all_known[] = {
    {"_ZSt4cout", "_ZNSo5flushEv",
     "_ZNSt9basic_iosIcSt11char_traitsIcEE5clearESt12_Ios_Iostate"},
    {"_ZSt4cerr", "_ZNSo5flushEv",
     "_ZNSt9basic_iosIcSt11char_traitsIcEE5clearESt12_Ios_Iostate"},
    {"_ZSt4clog", "_ZNSo5flushEv",
     "_ZNSt9basic_iosIcSt11char_traitsIcEE5clearESt12_Ios_Iostate"},
    {"_ZSt5wcout", "_ZNSt13basic_ostreamIwSt11char_traitsIwEE5flushEv",
     "_ZNSt9basic_iosIwSt11char_traitsIwEE5clearESt12_Ios_Iostate"},
    {"_ZSt5wcerr", "_ZNSt13basic_ostreamIwSt11char_traitsIwEE5flushEv",
     "_ZNSt9basic_iosIwSt11char_traitsIwEE5clearESt12_Ios_Iostate"},
    {"_ZSt5wclog", "_ZNSt13basic_ostreamIwSt11char_traitsIwEE5flushEv",
     "_ZNSt9basic_iosIwSt11char_traitsIwEE5clearESt12_Ios_Iostate"},
    {NULL, "_gfortran_flush_i4", NULL},
};

/* Those of this process. A plugin may bring a copy of the library. */
enum { MOST = 64 };
static struct stream {
    void *stream;
    flush_function flush;
    clear_function clear;
} all[MOST];
static size_t count;

static void find(void *handle, const char *name, void *function) {
    void *symbol = name == NULL ? NULL : dlsym(handle, name);
    memcpy(function, &symbol, sizeof symbol);
}

void kh_runtimes_learn(void *handle) {
    for (size_t i = 0; i < sizeof all_known / sizeof *all_known && count < MOST; i++) {
        struct stream found = {0};
        find(handle, all_known[i].stream, &found.stream);
        find(handle, all_known[i].flush, &found.flush);
        find(handle, all_known[i].clear, &found.clear);
        if (found.flush == NULL || (found.stream == NULL && all_known[i].stream != NULL)) continue;
        bool is_there = false;
        for (size_t k = 0; k < count; k++)
            is_there = is_there || (all[k].stream == found.stream && all[k].flush == found.flush);
        if (!is_there) all[count++] = found;
    }
}

void kh_runtimes_flush(void) {
    for (size_t i = 0; i < count; i++) all[i].flush(all[i].stream);
}

void kh_runtimes_clear(void) {
    for (size_t i = 0; i < count; i++) {
        if (all[i].stream == NULL || all[i].clear == NULL) continue;
        /* The state is a virtual base: its offset stands before the virtual function table. */
        const char *table;
        ptrdiff_t distance;
        memcpy(&table, all[i].stream, sizeof table);
        memcpy(&distance, table - 3 * sizeof distance, sizeof distance);
        all[i].clear((char *)all[i].stream + distance, 0);
    }
}

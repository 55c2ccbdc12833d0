/* What the loader made of a library's names. */
#ifndef KH_BINDINGS_H
#define KH_BINDINGS_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The libraries that are loaded at a time, by address. */
typedef struct kh_loaded_libraries {
    const void **maps;
    size_t count;
} kh_loaded_libraries;

/* Those of now; no memory: none. */
kh_loaded_libraries kh_libraries_now(void);

/* What a library that was just loaded does not get of its own, a line each in [text], as much
 * as fits:
 *   "@path<tab>": the file that the loader took;
 *   "=name<tab>path": its own function or variable is not used, that of the library at the path is;
 *   "+name<tab>path": the same of what C++ shares between libraries (STB_GNU_UNIQUE);
 *   "/name<tab>path<tab>other": the library that it needs should be at the path, by its own run
 *   path; another was loaded before under that name.
 * [before]: from before it was loaded; freed here. Nothing for a library that was looked at. */
void kh_bindings_check(void *handle, kh_loaded_libraries before, char *text, size_t size);

/* What a library says of itself to the loader. */
typedef struct kh_dynamic {
    const ElfW(Sym) *symbols;
    const char *names;
    const ElfW(Rela) *tables[2];
    size_t sizes[2];
    const char *own_name, *run_path;
    bool is_old_run_path; /* it comes before LD_LIBRARY_PATH */
} kh_dynamic;

kh_dynamic kh_read_dynamic(const struct link_map *map);
/* The library that is loaded under a name that some other needs; NULL: none. */
const struct link_map *kh_find_loaded(const char *name);

/* touches.c: what a library, and what it needs beside the system's own, can change of a process, by
 * the names of functions that they use: bits of kh_change. O(its references to other libraries). */
uint32_t kh_bindings_touch(void *handle);
/* What the C library's function of that name changes of a process. */
uint32_t kh_bindings_touched_by(const char *function);

#endif

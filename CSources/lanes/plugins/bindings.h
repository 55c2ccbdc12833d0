/* How the dynamic loader has bound a library's names. */
#ifndef KH_BINDINGS_H
#define KH_BINDINGS_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The libraries that are loaded at one time, by address. */
typedef struct kh_loaded_libraries {
    const void **maps;
    size_t count;
} kh_loaded_libraries;

/* Returns those loaded now. Without memory the list is empty. */
kh_loaded_libraries kh_libraries_now(void);

/* Lists what a library that was just loaded does not get of its own. Writes a line for each to
 * [text], as far as they fit:
 *   "@path<tab>"               the file that the loader took
 *   "=name<tab>path"           its own function or variable is not used; that of the library at the
 *                              path is
 *   "+name<tab>path"           the same for what C++ shares between libraries (STB_GNU_UNIQUE)
 *   "/name<tab>path<tab>other" by its run path the library that it needs is at the path; another
 *                              was loaded before under that name
 * [before]: the list from before it was loaded, which is freed here. A library is checked once. */
void kh_bindings_check(void *handle, kh_loaded_libraries before, char *text, size_t size);

/* The dynamic section of a library. */
typedef struct kh_dynamic {
    const ElfW(Sym) *symbols;
    const char *names;
    const ElfW(Rela) *tables[2];
    size_t sizes[2];
    const char *own_name, *run_path;
    bool is_old_run_path; /* it is searched before LD_LIBRARY_PATH */
} kh_dynamic;

kh_dynamic kh_read_dynamic(const struct link_map *map);
/* Returns the library that is loaded under a name that another library needs; NULL: there is
 * none. */
const struct link_map *kh_find_loaded(const char *name);

/* touches.c: returns what a library can change of its process, as bits of kh_change. Goes by the
 * names of functions that it and its libraries use, except the system's own. O(its references to
 * other libraries). */
uint32_t kh_bindings_touch(void *handle);
/* Returns what the C library's function of that name changes of a process. */
uint32_t kh_bindings_touched_by(const char *function);

#endif

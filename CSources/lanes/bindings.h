/* What the loader made of a library's names. */
#ifndef KH_BINDINGS_H
#define KH_BINDINGS_H

#include <stddef.h>

/* The libraries that are loaded at a time, by address. */
typedef struct kh_loaded_libraries {
    const void **maps;
    size_t count;
} kh_loaded_libraries;

/* Those of now; no memory: none. */
kh_loaded_libraries kh_libraries_now(void);

/* What a library that was just loaded does not get of its own, a line each in [text], as much
 * as fits:
 *   "=name<tab>path": its own function or variable is not used, that of the library at the path is;
 *   "+name<tab>path": the same of what C++ shares between libraries (STB_GNU_UNIQUE);
 *   "/name<tab>path<tab>other": the library that it needs should be at the path, by its own run
 *   path; another was loaded before under that name.
 * [before]: from before it was loaded; freed here. Nothing for a library that was looked at. */
void kh_bindings_check(void *handle, kh_loaded_libraries before, char *text, size_t size);

#endif

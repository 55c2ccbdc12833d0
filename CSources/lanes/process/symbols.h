/* Names for code addresses, for the token of a crash. Private. */
#ifndef KH_SYMBOLS_H
#define KH_SYMBOLS_H

#include <stddef.h>

/* Writes a description of a code address of this process to [text], cut to [size] with its NUL.
 * Returns the length written, without the NUL.
 *
 *   "function+0x12 (libx.so)"  also for static functions
 *   "libx.so+0x1234"           an address in the file, if no function is known
 *   ""                         there is no module
 *
 * The module's file may be damaged, cut or replaced since it was loaded, so nothing in it is
 * believed. This allocates, so it is not for signal handlers. It caches the last module and the
 * last results, so it is for one thread. */
size_t kh_symbol_text(const void *address, char *text, size_t size);

/* Clears the cache. Modules were unloaded, or their files changed. */
void kh_symbol_forget(void);

#endif

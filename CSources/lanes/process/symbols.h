/* Names for code addresses, for the token of a crash. Private. */
#ifndef KH_SYMBOLS_H
#define KH_SYMBOLS_H

#include <stddef.h>

/* Describe a code address of this process in [text], cut to [size] with its
 * NUL: "function+0x12 (libx.so)", static functions too; "libx.so+0x1234", an
 * address in the file's own count, where no function is known; nothing where
 * no module is. Answers the length written, without the NUL.
 * Believes nothing of the module's file, which may have been damaged, cut or
 * replaced since it was loaded. Not for signal handlers: it allocates. It
 * remembers the last module and the last answers: for one thread. */
size_t kh_symbol_text(const void *address, char *text, size_t size);

/* Forget what is remembered: modules were unloaded or their files changed. */
void kh_symbol_forget(void);

#endif

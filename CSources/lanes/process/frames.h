/* Which code belongs to plugins, and which of it called the code that crashed. Private. */
#ifndef KH_FRAMES_H
#define KH_FRAMES_H

#include "plugins/loader.h"

/* Notes where the code of all plugins lies. In the fork server, after each plugin. */
void kh_frames_learn(const kh_kernels *kernels);

/* Names each range of code that was noted. */
void kh_frames_each(void (*body)(uint64_t first, uint64_t end));

/* Notes the end of the stack that kernels run on: this function's caller's. In a worker. */
void kh_frames_begin(void);

/* The address in a plugin to which the crashed function, or one of its callers, returns; 0 if
 * [instruction] is in a plugin, or none was found. [link]: the register that holds a return
 * address; 0: this processor has none. For signal handlers: makes system calls only.
 *
 * Frame pointers are not to be had in optimised code, and the unwinder takes locks: the
 * stack's words are looked through instead, for one behind a call instruction of a plugin. */
uint64_t kh_frames_caller(uint64_t instruction, uint64_t stack_pointer, uint64_t link);

/* The size that the stack may have, if the fault came of its being full; else 0. For signal
 * handlers. [was_mapped]: the fault was one of rights, not of a missing page. */
uint64_t kh_frames_full_stack(uint64_t fault, uint64_t stack_pointer, bool was_mapped);

#endif

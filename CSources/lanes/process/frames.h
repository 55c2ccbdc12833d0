/* Which code belongs to plugins, and which of it called the code that crashed. Private. */
#ifndef KH_FRAMES_H
#define KH_FRAMES_H

#include "plugins/loader.h"

/* Notes where the code of all plugins lies. The fork server calls this after each plugin. */
void kh_frames_learn(const kh_kernels *kernels);

/* Calls the function with each noted range of code. */
void kh_frames_each(void (*body)(uint64_t first, uint64_t end));

/* Notes the end of the stack that kernels run on: that of this function's caller. Called in a
 * worker. */
void kh_frames_begin(void);

/* Returns the address in a plugin to which the crashed function, or one of its callers, returns.
 * Returns 0 if [instruction] is in a plugin, or there is no such address. [link]: the register
 * that holds a return address; 0: absent. For signal handlers: makes system
 * calls only.
 *
 * Optimised code has no frame pointers, and the unwinder takes locks. So this searches the words
 * of the stack for an address after a call instruction of a plugin. */
uint64_t kh_frames_caller(uint64_t instruction, uint64_t stack_pointer, uint64_t link);

/* Returns the largest size of the stack if the fault came from a full stack; otherwise 0. For
 * signal handlers. [was_mapped]: the fault was one of rights, not of a missing page. */
uint64_t kh_frames_full_stack(uint64_t fault, uint64_t stack_pointer, bool was_mapped);

#endif

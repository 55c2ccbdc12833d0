/* The arguments of a declared function, made from those of its kernel. */
#ifndef KH_FFI_ARGUMENTS_H
#define KH_FFI_ARGUMENTS_H

#include "plugins/ffi.h"

/* A text, bytes or an array in a state. */
typedef struct counted {
    void *data;
    uint64_t count;
} counted;

/* Everything that a function is called with. */
typedef struct registers {
    int64_t words[KH_WORDS + KH_STACK_WORDS];
    double reals[KH_REALS];
    int word_count, real_count;
    int64_t counts[KH_MOST_PARAMETERS]; /* by parameter; -1: not known yet */
    char *copies[KH_MOST_PARAMETERS];   /* of arrays and cells; NULL: they are used in place */
    /* The fences after arrays and cells that have room of their own; NULL: absent. */
    const unsigned char *fences[KH_MOST_PARAMETERS];
} registers;

/* A fence follows what a function may write. A correct declaration keeps the function away from
 * it. */
enum { FENCE = 128, FENCE_FILL = 0xa5 };

counted kh_array_of(const char *state, const kh_parameter *at);
/* Returns the bytes that a text buffer may have, with its NUL. */
uint64_t kh_buffer_size(const kh_parameter *at, const registers *regs);
/* Converts elements from the arena's type (i64, f64) to the function's type, or back. */
void kh_convert(char type, char *theirs, char *ours, uint64_t count, bool back);
/* Places all arguments. A negative result means that the call has failed. */
int kh_take_arguments(kh_call *call, const kh_thunk *self, char *state, registers *regs);

#endif

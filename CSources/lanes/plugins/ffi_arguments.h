/* What a declared function is called with, from the arguments of its kernel. */
#ifndef KH_FFI_ARGUMENTS_H
#define KH_FFI_ARGUMENTS_H

#include "plugins/ffi.h"

/* A text, bytes or an array in a state. */
typedef struct counted {
    void *data;
    uint64_t count;
} counted;

/* What the function is called with. */
typedef struct registers {
    int64_t words[KH_WORDS + KH_STACK_WORDS];
    double reals[KH_REALS];
    int word_count, real_count;
    int64_t counts[KH_MOST_PARAMETERS]; /* by parameter; -1: not known yet */
    char *copies[KH_MOST_PARAMETERS];   /* of arrays and cells; NULL: as they lie */
    /* What lies behind arrays and cells, where they have room of their own; NULL: they have none.
     */
    const unsigned char *fences[KH_MOST_PARAMETERS];
} registers;

/* Behind what a function may write lies what it leaves alone if its declaration is right. */
enum { FENCE = 128, FENCE_FILL = 0xa5 };

counted kh_array_of(const char *state, const kh_parameter *at);
/* How many bytes a text that the function writes to may have, its NUL too. */
uint64_t kh_buffer_size(const kh_parameter *at, const registers *regs);
/* Elements from what the arena has (i64, f64) to the function's type, or back. */
void kh_convert(char type, char *theirs, char *ours, uint64_t count, bool back);
/* All arguments into their places; negative: the call has failed. */
int kh_take_arguments(kh_call *call, const kh_thunk *self, char *state, registers *regs);

#endif

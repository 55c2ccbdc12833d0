/* Functions of plain libraries as kernels. */
#ifndef KH_FFI_H
#define KH_FFI_H

#include "plugins/loader.h"

/* What a path begins with that is none, but a description of a function. Lines:
 *   library, as dlopen takes it;
 *   function, as the library has it; name of the kernel; summary;
 *   functions that are called once before, each with 'i' before it if it returns a number and
 *     'v' if not, a blank behind it;
 *   type of the result, and 'e' if a call fails with the errno that the function sets;
 *   for each parameter: type, kind, 'w' if the function may write to it ('.' else), a blank, a
 *     number, a blank, name; of an enumeration: a tab, name=value, for each constant.
 * Types: c s i l for signed whole numbers of 8 to 64 bits, C S I L for unsigned ones, f d,
 * b for bool, T for text that ends with a NUL, V for bytes, E for a constant, v for void.
 * Kinds: see enum kh_kind. */
#define KH_FFI_MARK '\1'

enum kh_kind {
    KH_VALUE = '.',
    KH_COUNTED = 'a',       /* an array; the number: of the parameter that counts it */
    KH_FIXED = 'f',         /* an array; the number: how many elements it has */
    KH_CELL = 'o',          /* a pointer to one element, which the function may change */
    KH_BY_CELL = 'p',       /* an array that is written; the number: of the cell that has its room,
                             * and then how much of it was used */
    KH_COUNT = 'n',         /* the arrays tell it: it is no parameter of the kernel */
    KH_OPTIONAL_COUNT = 'N' /* it counts arrays that need not be given */
};

/* The registers that hold arguments, of whole numbers and addresses, and of floating point
 * numbers. More words lie on the stack, one behind the other. */
#if defined(__x86_64__)
enum { KH_WORDS = 6, KH_REALS = 8, KH_STACK_WORDS = 8 };
#define KH_CAN_CALL 1
#elif defined(__aarch64__)
enum { KH_WORDS = 8, KH_REALS = 8, KH_STACK_WORDS = 8 };
#define KH_CAN_CALL 1
#else
enum { KH_WORDS = 6, KH_REALS = 8, KH_STACK_WORDS = 8 };
#define KH_CAN_CALL 0
#endif

enum { KH_MOST_PARAMETERS = KH_WORDS + KH_STACK_WORDS + KH_REALS };

/* A parameter of the function. */
typedef struct kh_parameter {
    char type, kind; /* as in the description */
    bool is_written;
    int number;      /* of an array: the parameter that counts it, or its size */
    uint32_t offset; /* in the state; a KH_COUNT has no place there */
    const char **choices; /* of an enumeration; a NULL ends it */
    int64_t *values;
} kh_parameter;

/* A function to be called once in each process, with the others of its library. */
typedef struct kh_initializer {
    void *function;
    const char *name;
    bool returns_number;
    bool *is_done; /* the same for all functions of the library */
} kh_initializer;

enum { KH_MOST_INITIALIZERS = 8 };

/* What a state begins with: the way to its function. */
typedef struct kh_thunk {
    void *function;
    char result;
    bool reports_errno;
    uint32_t result_offset;
    int parameter_count, initializer_count;
    kh_parameter parameters[KH_MOST_PARAMETERS];
    const char *names[KH_MOST_PARAMETERS];
    kh_initializer initializers[KH_MOST_INITIALIZERS];
} kh_thunk;

/* Of a C type in a letter: bytes, and whether it goes by the floating point registers. */
size_t kh_size_of(char type);
bool kh_is_real(char type);
bool kh_is_array(const kh_parameter *at);
/* Calls the function that the state begins with the way to. */
int kh_ffi_step(kh_call *call, void *state);

/* Adds the function as a kernel. [description]: what follows the mark. */
enum kh_refusal kh_ffi_load(kh_kernels *kernels, const char *description,
                                  kh_load_result *answer);

#endif

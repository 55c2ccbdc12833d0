/* Functions of plain libraries as kernels. */
#ifndef KH_FFI_H
#define KH_FFI_H

#include "plugins/loader.h"

enum kh_kind {
    KH_VALUE = '.',
    KH_COUNTED = 'a',       /* an array; the number: the parameter that counts it */
    KH_FIXED = 'f',         /* an array; the number: its elements */
    KH_CELL = 'o',          /* a pointer to one element, which the function may change */
    /* an array that is written; the number: the cell that has its room, and afterwards how much
     * of it was used */
    KH_BY_CELL = 'p',
    KH_COUNT = 'n',         /* the arrays determine it: it is not a parameter of the kernel */
    KH_OPTIONAL_COUNT = 'N' /* it counts arrays that are optional */
};

/* The number of registers that hold arguments: integers and addresses, and floating-point
 * numbers. Further words are on the stack, in order. */
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

/* A function that is called once in each process. All functions of its library share it. */
typedef struct kh_initializer {
    void *function;
    const char *name;
    bool returns_number;
    bool *is_done; /* shared by all functions of the library */
} kh_initializer;

enum { KH_MOST_INITIALIZERS = 8 };

/* A state begins with a pointer to this: the function and how to call it. */
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

/* The size of a C type's letter in bytes, and whether floating-point registers pass it. */
size_t kh_size_of(char type);
bool kh_is_real(char type);
bool kh_is_array(const kh_parameter *at);
/* Calls the function of the thunk that the state begins with. */
int kh_ffi_step(kh_call *call, void *state);

/* Adds a function of a plain library as a kernel. The lines of [description]:
 *
 *   library, as dlopen takes it
 *   function, as the library exports it
 *   name of the kernel
 *   summary
 *   functions that are called once before, separated by blanks. Each has a letter in front:
 *     'i' if it returns a number, 'v' if it does not
 *   type of the result, and 'e' if the function reports errors by errno
 *   for each parameter: type, kind, 'w' if the function may write to it ('.' otherwise), a blank,
 *     a number, a blank, name. For each constant of an enumeration: a tab, name=value.
 *
 * Types: c s i l are signed integers of 8 to 64 bits, C S I L unsigned ones, f d floating-point
 * numbers. b is bool, T a text that ends with a NUL, V bytes, E a constant, v void. Kinds: see
 * enum kh_kind. */
enum kh_refusal kh_ffi_load(kh_kernels *kernels, const char *description,
                                  kh_load_result *report);

#endif

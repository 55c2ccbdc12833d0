/* Functions of plain libraries as kernels. */
#ifndef KH_FUNCTIONS_H
#define KH_FUNCTIONS_H

#include "loader.h"

/* What a path begins with that is none, but a description of a function. Lines:
 *   library, as dlopen takes it; function; summary; type of the result;
 *   for each parameter: type, 'a' for an array, 'w' for one that is written ('.' else), a
 *   blank, the number of the parameter that counts it (of a count: its own; else -1), a
 *   blank, name.
 * Types: c s i l for signed whole numbers of 8 to 64 bits, C S I L for unsigned ones, f d,
 * b for bool, T for a text that ends with a NUL, v for void. */
#define KH_FUNCTION_MARK '\1'

/* The registers that hold arguments, of whole numbers and addresses, and of floating point
 * numbers. */
#if defined(__x86_64__)
enum { KH_WORDS = 6, KH_REALS = 8 };
#define KH_CAN_CALL 1
#elif defined(__aarch64__)
enum { KH_WORDS = 8, KH_REALS = 8 };
#define KH_CAN_CALL 1
#else
enum { KH_WORDS = 6, KH_REALS = 8 };
#define KH_CAN_CALL 0
#endif

enum { KH_MOST_PARAMETERS = KH_WORDS + KH_REALS };

/* A parameter of the function. */
typedef struct kh_parameter {
    char type;       /* as in the description */
    bool is_array, is_written;
    int count;       /* of an array: the parameter that has its count; of a count: itself */
    uint32_t offset; /* in the state; a count has none */
} kh_parameter;

/* What a state begins with: the way to its function. */
typedef struct kh_thunk {
    void *function;
    char result;
    uint32_t result_offset;
    int parameter_count;
    kh_parameter parameters[KH_MOST_PARAMETERS];
    const char *names[KH_MOST_PARAMETERS];
} kh_thunk;

/* Of a C type in a letter: bytes, and whether it goes by the floating point registers. */
size_t kh_size_of(char type);
bool kh_is_real(char type);
/* Calls the function that the state begins with the way to. */
int kh_function_step(kh_call *call, void *state);

/* Adds the function as a kernel. [description]: what follows the mark. */
enum kh_refusal kh_functions_load(kh_kernels *kernels, const char *description,
                                  kh_load_answer *answer);

#endif

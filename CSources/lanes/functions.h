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

/* Adds the function as a kernel. [description]: what follows the mark. */
enum kh_refusal kh_functions_load(kh_kernels *kernels, const char *description,
                                  kh_load_answer *answer);

#endif

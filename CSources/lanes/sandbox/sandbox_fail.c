/* The error of the sandbox's functions: a sentence. */
#include "sandbox/sandbox_parts.h"

#include <stdarg.h>
#include <stdio.h>

int kh_sandbox_fail(char *why, size_t why_size, const char *format, ...) {
    va_list values;
    va_start(values, format);
    if (why_size > 0) vsnprintf(why, why_size, format, values);
    va_end(values);
    return -1;
}

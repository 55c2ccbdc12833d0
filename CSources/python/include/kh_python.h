/* The client for Python, which lies in this executable. Private. */
#ifndef KH_PYTHON_H
#define KH_PYTHON_H

#include <stddef.h>

/* Returns its text, without a NUL behind it. */
const char *kh_python_client(size_t *length);

#endif

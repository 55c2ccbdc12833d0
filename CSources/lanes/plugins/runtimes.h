/* What libraries print through buffers of their own, beside the C library's: C++ streams that are
 * not synchronised with it, and Fortran units. The C library cannot write those out. */
#ifndef KH_RUNTIMES_H
#define KH_RUNTIMES_H

#include "kh_system.h" /* kh_runtimes_flush */

/* Notes how to write out what a library, and what it needs, print so. */
void kh_runtimes_learn(void *handle);
/* The streams work again after their descriptor was closed and put back. */
void kh_runtimes_clear(void);

#endif

/* Libraries may print through buffers of their own, which the C library cannot flush: C++
 * streams that are not synchronised with it, and Fortran units. */
#ifndef KH_RUNTIMES_H
#define KH_RUNTIMES_H

#include "kh_system.h" /* kh_runtimes_flush */

/* Finds how to flush what a library, and those that it needs, print so. */
void kh_runtimes_learn(void *handle);
/* Makes the streams usable again after their descriptor was closed and restored. */
void kh_runtimes_clear(void);

#endif

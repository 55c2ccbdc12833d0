/* Protects what was loaded earlier from what is loaded later. Private. */
#ifndef KH_SEAL_H
#define KH_SEAL_H

#include "plugins/loader.h"

/* Moves the descriptors of kernels (without their texts) to read-only pages. Linux 6.10 and
 * later also seals these pages, and the code of the libraries. The fork server calls this after
 * each plugin. So the next plugin's constructors, and stray writes of kernels, cannot change the
 * steps of other kernels.
 *
 * [table]: receives the list of descriptors for workers, read-only as well. Without memory
 * nothing changes, and [table] is the kernels' own list. */
void kh_kernels_seal(kh_kernels *kernels, const kh_kernel *const **table);

#endif

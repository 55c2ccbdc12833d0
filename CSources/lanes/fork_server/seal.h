/* What was loaded before, out of the reach of what is loaded later. Private. */
#ifndef KH_SEAL_H
#define KH_SEAL_H

#include "plugins/loader.h"

/* Moves what the kernels say of themselves (but their texts) to pages that cannot be written,
 * and where the system can (Linux 6.10) seals them, and the code of their libraries, against
 * every change for good. In the fork server, after each plugin: the next one's constructors, and
 * kernels that write where they should not, find the steps of all others read-only.
 *
 * [table]: gets the list of descriptors for workers, read-only as well. Where there is no
 * memory all stays as it was, and [table] is the kernels' own. */
void kh_kernels_seal(kh_kernels *kernels, const kh_kernel *const **table);

#endif

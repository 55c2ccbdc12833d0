/* Kernels of all minor versions of the header, as this host's header has them. */
#ifndef KH_VERSIONS_H
#define KH_VERSIONS_H

#include "plugins/loader.h"

/* Whether a library's own description can be read. */
enum kh_refusal kh_version_check(const kh_library *library, kh_load_result *answer);
/* Copies a kernel with its lists. Each file of a library may have another header, so only the
 * kernel itself tells how large its structs are. Refuses what this host does not know of and
 * the kernel needs. The copies live as long as the process. */
enum kh_refusal kh_version_copy(const kh_kernel *theirs, kh_kernel *copy, kh_load_result *answer);
/* Fills in an answer, and returns the refusal. */
enum kh_refusal kh_refuse(kh_load_result *answer, enum kh_refusal refusal, int64_t found,
                          int64_t expected, const char *text);

#endif

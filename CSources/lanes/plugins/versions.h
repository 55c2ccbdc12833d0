/* Converts kernels of all minor versions of the header to this host's version. */
#ifndef KH_VERSIONS_H
#define KH_VERSIONS_H

#include "plugins/loader.h"

/* Checks whether a library's own description can be read. */
enum kh_refusal kh_version_check(const kh_library *library, kh_load_result *report);
/* Copies a kernel with its lists. Each file of a library may use another header, so only the
 * kernel itself tells the sizes of its structs. Refuses what the kernel needs and this host does
 * not know. The copies live as long as the process. */
enum kh_refusal kh_version_copy(const kh_kernel *theirs, kh_kernel *copy, kh_load_result *report);
/* Fills in a result, and returns the refusal. */
enum kh_refusal kh_refuse(kh_load_result *report, enum kh_refusal refusal, int64_t found,
                          int64_t expected, const char *text);

#endif

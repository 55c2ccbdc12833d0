/* How workers died, and the end of all that the spawner has started. Private. */
#ifndef KH_DEATHS_H
#define KH_DEATHS_H

#include "messages.h"

#include <stddef.h>
#include <sys/resource.h>

/* What is known of a death, as KH_SAY_DIED has it. [arena]: the worker's, with what its handler
 * wrote; [limit]: the seconds of processor time that it had, 0 for no limit. */
void kh_death_text(int arena, int status, const struct rusage *usage, uint64_t limit, char *text,
                   size_t size);

/* Kills and reaps all children of this process, for 0.4 s at most. [signals]: a descriptor that
 * can be read when one has ended. */
void kh_end_children(int signals);

#endif

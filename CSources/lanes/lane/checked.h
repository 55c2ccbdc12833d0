/* Memory that is checked (--check-memory): only the call whose code runs can reach its state, its
 * arguments and its blocks, and each of these ends at a page that nothing can reach. So an overrun
 * faults at its first byte, in the step that does it, and so does a write to another call's memory.
 * That costs some calls to the system whenever the lane turns to another call. */
#ifndef KH_CHECKED_H
#define KH_CHECKED_H

#include "lane/lane.h"

/* In a worker, before its first call: closes all. */
void kh_checked_begin(kh_lane *lane);
/* Whether the words around the call's state and blocks are whole, behind a step: the few bytes
 * between the end of a state and its page, and what lies in front. */
bool kh_checked_is_whole(kh_lane *lane, uint32_t id, uint32_t place);

#endif

/* Checked memory (--check-memory). Only the call whose code runs can access its state, arguments
 * and blocks. Each of these ends at an inaccessible page. So an overrun, or a write to another
 * call's memory, faults at its first byte, in the step that does it. This costs several system
 * calls whenever the lane turns to another call. */
#ifndef KH_CHECKED_H
#define KH_CHECKED_H

#include "lane/lane.h"

/* Closes all memory of calls. Called in a worker before its first call. */
void kh_checked_begin(kh_lane *lane);
/* Returns whether the guard words around the call's state and blocks are intact. Called after
 * each step. It covers the bytes before a state, and those from its end to the end of its page. */
bool kh_checked_is_whole(kh_lane *lane, uint32_t id, uint32_t place);

#endif

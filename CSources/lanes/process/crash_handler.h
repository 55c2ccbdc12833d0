/* The signals that end a worker, and what it notes of them for the host. */
#ifndef KH_CRASH_HANDLER_H
#define KH_CRASH_HANDLER_H

#include "shared/arena.h"

/* What a worker does at signals, for the fork server that it inherits it from: after each plugin
 * that may have changed it. */
void kh_watch_signals(void);
/* The same where something has changed it; returns whether that was so. Some microseconds. */
bool kh_restore_signals(void);
/* Where the handler of this process writes; before that it notes nothing. */
void kh_note_crashes_in(kh_crash *place);

#endif

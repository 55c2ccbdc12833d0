/* The signals that end a worker, and what it records of them for the host. */
#ifndef KH_CRASH_HANDLER_H
#define KH_CRASH_HANDLER_H

#include "shared/arena.h"

/* Sets up the handlers. The fork server calls this after each plugin, which may have changed
 * them, and its workers inherit them. */
void kh_watch_signals(void);
/* Sets up the handlers again if they were changed. Returns whether they were. Takes some
 * microseconds. */
bool kh_restore_signals(void);
/* Tells the handler of this process where to write. Before that it writes nothing. */
void kh_note_crashes_in(kh_crash *place);

#endif

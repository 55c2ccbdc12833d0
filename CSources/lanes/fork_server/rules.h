/* The rules of the host for its workers, as the fork server reads and applies them. Private. */
#ifndef KH_RULES_H
#define KH_RULES_H

#include "protocol/messages.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>

/* Reads the file of KH_MESSAGE_RULES, and closes it. The paths of [sandbox] live as long as the
 * process. Returns false if the file is incomplete. */
bool kh_rules_read(int file, kh_rules *rules, kh_sandbox_rules *sandbox);
/* Forbids core files of this process and its forks. */
void kh_limit_core(void);
/* Makes libraries that are loaded later compute in one thread, unless the user has set a number
 * of threads. */
void kh_limit_threads(void);
/* Drops all capabilities of root except those to read and write files. */
void kh_drop_capabilities(void);

#endif

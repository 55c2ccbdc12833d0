/* What the host wants of its workers, as the fork server takes it in. Private. */
#ifndef KH_RULES_H
#define KH_RULES_H

#include "protocol/messages.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>

/* Reads what KH_MESSAGE_RULES carries, and closes the file; the paths of [sandbox] live as long
 * as the process. False: it is not whole. */
bool kh_rules_read(int file, kh_rules *rules, kh_sandbox_rules *sandbox);
/* No core files of this process and those that it forks. */
void kh_limit_core(void);
/* Tells libraries that are loaded later to compute in one thread, unless the user has said how
 * many they may use. */
void kh_limit_threads(void);
/* Of root's powers, none but to read and write files. */
void kh_drop_capabilities(void);

#endif

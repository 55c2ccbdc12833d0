/* The frame of the sandbox's tests: each check runs in a worker, forked from a
 * fork server, forked from the test. */
#ifndef KH_SANDBOX_TEST_H
#define KH_SANDBOX_TEST_H

#include "sandbox/seccomp_compile.h"
#include "sandbox/sandbox_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* In a check: what must hold, else the check answers 1 and says where. */
#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        errno = 0;                                                                                 \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s (errno: %s)\n", __FILE__, __LINE__, #condition,             \
                    strerror(errno));                                                              \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

/* That a call fails, with this errno. */
#define DENIED(call, expected) EXPECT((long)(call) == -1 && errno == (expected))

typedef int (*kh_check)(void);
typedef struct kh_case {
    const char *name;
    uint32_t level;
    uint32_t needs; /* parts; skipped where the kernel lacks one */
    kh_check check;
    int signal;     /* that the check ends by; 0: none */
    int in_fork_server; /* the check runs there */
    int abi;        /* of Landlock that it needs */
} kh_case;

/* Made by the test: `write` and `read` are allowed, `outside` is not; each has a
 * file `file` with five bytes, and `write` two folders, `a` and `b`. */
extern char kh_write_file[], kh_write_folder[], kh_read_file[], kh_read_folder[];
extern char kh_outside_file[], kh_outside_folder[], kh_lone_file[];
char *kh_in(const char *folder, const char *name);

extern const kh_case kh_file_cases[], kh_call_cases[], kh_process_cases[];

int kh_filter_test(void); /* how many failed */

/* sandbox_test.c */
extern uint32_t kh_available;
kh_sandbox_rules kh_rules_of(uint32_t level);
/* End the process by 2 if a part that is there is not in force. */
void kh_test_fork_server(uint32_t level);
void kh_test_worker(uint32_t level);
int kh_status_of(pid_t child);  /* waits */
int kh_code_of(int wait_status); /* as a shell has it */

/* sandbox_enter_test.c */
int kh_hostile_rules(void), kh_wrong_order(void), kh_level_none(void), kh_replaced_path(void);
int kh_thread_from_before(void), kh_older_abi(int abi);

#endif

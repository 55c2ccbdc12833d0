/* The parts of the sandbox: Landlock for files, seccomp for system calls. */
#ifndef KH_SANDBOX_PARTS_H
#define KH_SANDBOX_PARTS_H

#include "sandbox/sandbox.h"

#include <stdbool.h>

/* Writes a sentence to [why]. Returns -1. */
__attribute__((format(printf, 3, 4))) int kh_sandbox_fail(char *why, size_t why_size,
                                                          const char *format, ...);

/* --------------------------------------------------- landlock.c --- */

/* From these ABIs on Landlock knows truncation, and a scope of signals. */
enum { KH_FILES_TRUNCATES = 3, KH_FILES_SCOPES = 6 };

/* Returns Landlock's ABI; 0: this kernel does not have it, or has disabled it. */
int kh_files_abi(void);

/* Both make a ruleset for [abi], and return its descriptor, or -1. */
int kh_files_fork_server(int abi, const kh_sandbox_rules *rules, char *why, size_t why_size);
int kh_files_worker(int abi, const kh_sandbox_rules *rules, char *why, size_t why_size);

/* Applies the ruleset to this process for good. Returns -1 with errno. */
int kh_files_restrict(int ruleset);

/* --------------------------------------------------- seccomp_rules.c --- */

/* The groups of rules that a filter is made of. */
enum {
    KH_CALLS_FORK_SERVER = 1,
    KH_CALLS_OLD_FILES = 2, /* what Landlock cannot forbid before KH_FILES_TRUNCATES */
    KH_CALLS_WORKER = 4,
    KH_CALLS_STRICT = 8, /* of a worker */
};

bool kh_calls_available(void);

/* Makes a filter with the rules of [groups], for a process and its forks. */
int kh_calls_prepare(uint32_t groups, char *why, size_t why_size);
/* Installs the filter that was made last in all threads of this process. */
int kh_calls_enter(char *why, size_t why_size);

#endif

/* The system calls that take a path. A watched program stops at these. */
#ifndef KH_WATCHED_CALLS_H
#define KH_WATCHED_CALLS_H

#include <linux/audit.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#define NATIVE_ARCH 0
#endif

/* What a call does with its path. */
enum use { LOOKS, OPENS, OPENS_BY_STRUCT, WRITES };

/* Where the folder's descriptor, the path and the flags stand among the arguments. -1: the
 * current folder, or no flags. */
static const struct watched_call {
    int number, folder, path, flags;
    enum use use;
} watched_calls[] = {
#ifdef SYS_open
    {SYS_open, -1, 0, 1, OPENS},
    {SYS_creat, -1, 0, -1, WRITES},
    {SYS_stat, -1, 0, -1, LOOKS},
    {SYS_lstat, -1, 0, -1, LOOKS},
    {SYS_access, -1, 0, -1, LOOKS},
    {SYS_readlink, -1, 0, -1, LOOKS},
    {SYS_rename, -1, 1, -1, WRITES},
    {SYS_link, -1, 1, -1, WRITES},
    {SYS_unlink, -1, 0, -1, WRITES},
#endif
#ifdef SYS_renameat
    {SYS_renameat, 2, 3, -1, WRITES},
#endif
    {SYS_openat, 0, 1, 2, OPENS},
    {SYS_openat2, 0, 1, 2, OPENS_BY_STRUCT},
    {SYS_newfstatat, 0, 1, -1, LOOKS},
    {SYS_statx, 0, 1, -1, LOOKS},
    {SYS_faccessat, 0, 1, -1, LOOKS},
    {SYS_faccessat2, 0, 1, -1, LOOKS},
    {SYS_readlinkat, 0, 1, -1, LOOKS},
    {SYS_execve, -1, 0, -1, LOOKS},
    {SYS_execveat, 0, 1, -1, LOOKS},
    {SYS_renameat2, 2, 3, -1, WRITES},
    {SYS_linkat, 2, 3, -1, WRITES},
    {SYS_unlinkat, 0, 1, -1, WRITES},
};
enum { CALLS = sizeof watched_calls / sizeof *watched_calls };

#endif

/* Longer than 300 lines: one table, the system calls that the sandbox denies. */
#include "sandbox/seccomp_compile.h"
#include "sandbox/sandbox_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Calls newer than the oldest headers that this builds with. From 424 on their numbers are the
 * same on every architecture. */
enum {
    KH_PIDFD_SEND_SIGNAL = 424,
    KH_IO_URING_SETUP = 425, /* and enter, register */
    KH_OPEN_TREE = 428,      /* and move_mount, fsopen, fsconfig, fsmount, fspick */
    KH_CLONE3 = 435,
    KH_OPENAT2 = 437,
    KH_PIDFD_GETFD = 438,
    KH_PROCESS_MADVISE = 440,
    KH_MOUNT_SETATTR = 442,
    KH_QUOTACTL_FD = 443,
    KH_PROCESS_MRELEASE = 448,
    KH_FCHMODAT2 = 452,
    KH_LSM_SET_SELF_ATTR = 460,
    KH_SETXATTRAT = 463,
    KH_REMOVEXATTRAT = 466,
    KH_OPEN_TREE_ATTR = 467,
    KH_FILE_SETATTR = 469,
};

/* The same on x86-64 and arm64, but not in all versions of the headers. */
enum {
    KH_NEW_NAMESPACES = 0x7e020000, /* CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET */
    KH_FCNTL_SETSIG = 10,
    KH_FCNTL_SETOWN_EX = 15,
    KH_FCNTL_SETLEASE = 1024,
};
#define KH_ASK_PERSONALITY UINT32_C(0xffffffff)
#define KH_ANY UINT32_C(0xffffffff)

#define S KH_CALLS_FORK_SERVER
#define W KH_CALLS_WORKER
#define X KH_CALLS_STRICT
#define DENY(groups, number) {(number), (groups), EPERM, KH_DENY, 0, 0, 0}
#define ABSENT(groups, number) {(number), (groups), ENOSYS, KH_DENY, 0, 0, 0}
#define DENY_IF(groups, number, argument, mask, value)                                             \
    {(number), (groups), EPERM, KH_DENY_IF, (argument), (mask), (value)}
#define DENY_UNLESS(groups, number, argument, mask, value)                                         \
    {(number), (groups), EPERM, KH_DENY_UNLESS, (argument), (mask), (value)}
#define SELF(groups, number) {(number), (groups), EPERM, KH_DENY_UNLESS_SELF, 0, 0, 0}
#define SELF_OR_0(groups, number) SELF_OR_0_IN(groups, number, 0)
#define SELF_OR_0_IN(groups, number, argument)                                                     \
    {(number), (groups), EPERM, KH_DENY_UNLESS_SELF_OR_VALUE, (argument), 0, 0}

/* SIGSTOP; SIGTSTP and SIGTTIN, which differ in one bit; SIGTTOU. */
#define NO_STOP(number, argument)                                                                  \
    DENY_IF(W, number, argument, KH_ANY, 19), DENY_IF(W, number, argument, ~1u, 20),               \
        DENY_IF(W, number, argument, KH_ANY, 22)

static const kh_call_rule kh_rules[] = {
    /* Network. socketpair makes no network, but a datagram socket could send to any name in the
     * file system. So only types 1 and 5 are allowed, stream and seqpacket. */
    DENY(S, __NR_socket),
    DENY(S, __NR_connect),
    DENY(S, __NR_bind),
    DENY(S, __NR_listen),
    DENY(S, __NR_accept),
    DENY(S, __NR_accept4),
    DENY_UNLESS(S, __NR_socketpair, 0, KH_ANY, AF_UNIX),
    DENY_UNLESS(S, __NR_socketpair, 1, 0xb, SOCK_STREAM),

    /* The memory and state of another process. */
    DENY(S, __NR_ptrace),
    DENY(S, __NR_process_vm_readv),
    DENY(S, __NR_process_vm_writev),
    DENY(S, KH_PROCESS_MADVISE),
    DENY(S, KH_PROCESS_MRELEASE),
    DENY(S, KH_PIDFD_GETFD),
    DENY(S, __NR_kcmp),
    SELF_OR_0(W, __NR_move_pages),
    SELF_OR_0(W, __NR_migrate_pages),
    SELF_OR_0(W, __NR_prlimit64), /* a limit of 0 s of processor time kills */

    /* Programs and namespaces. The flags of clone3 are in memory, where a filter does not see
     * them. libc then uses clone. */
    DENY(S, __NR_execve),
    DENY(S, __NR_execveat),
    ABSENT(S, KH_CLONE3),
    DENY_UNLESS(S, __NR_clone, 0, KH_NEW_NAMESPACES, 0),
    DENY(S, __NR_unshare),
    DENY(S, __NR_setns),
    DENY(S, __NR_chroot),
    DENY(S, __NR_pivot_root),
    DENY(S, __NR_mount),
    DENY(S, __NR_umount2),
    DENY(S, KH_OPEN_TREE),
    DENY(S, KH_OPEN_TREE + 1),
    DENY(S, KH_OPEN_TREE + 2),
    DENY(S, KH_OPEN_TREE + 3),
    DENY(S, KH_OPEN_TREE + 4),
    DENY(S, KH_OPEN_TREE + 5),
    DENY(S, KH_MOUNT_SETATTR),
    DENY(S, KH_OPEN_TREE_ATTR),

    /* New processes, in a worker. Threads stay allowed. */
    DENY_UNLESS(W, __NR_clone, 0, CLONE_THREAD, CLONE_THREAD),
#ifdef __NR_fork
    DENY(W, __NR_fork),
    DENY(W, __NR_vfork),
#endif

    /* A worker that stops itself would wait until a person continues it. */
    NO_STOP(__NR_kill, 1),
    NO_STOP(__NR_tkill, 1),
    NO_STOP(__NR_tgkill, 2),
    NO_STOP(__NR_rt_sigqueueinfo, 1),
    NO_STOP(__NR_rt_tgsigqueueinfo, 2),

    /* Signals to other processes. A descriptor's owner can be sent any signal. */
    SELF(W, __NR_kill),
    SELF(W, __NR_tkill), /* the first thread; libc uses tgkill for all */
    SELF(W, __NR_tgkill),
    SELF(W, __NR_rt_sigqueueinfo),
    SELF(W, __NR_rt_tgsigqueueinfo),
    DENY(W, KH_PIDFD_SEND_SIGNAL),
    DENY_IF(S, __NR_fcntl, 1, KH_ANY, F_SETOWN),
    DENY_IF(S, __NR_fcntl, 1, KH_ANY, KH_FCNTL_SETOWN_EX),
    DENY_IF(S, __NR_fcntl, 1, KH_ANY, KH_FCNTL_SETSIG),
    DENY_IF(S, __NR_ioctl, 1, KH_ANY, 0x8901), /* FIOSETOWN */
    DENY_IF(S, __NR_ioctl, 1, KH_ANY, 0x8902), /* SIOCSPGRP */

    /* Priority and processors of other processes (PRIO_PROCESS, IOPRIO_WHO_PROCESS): only those
     * of the own process may change. A thread names itself as 0. */
    DENY_UNLESS(W, __NR_setpriority, 0, KH_ANY, 0),
    SELF_OR_0_IN(W, __NR_setpriority, 1),
    DENY_UNLESS(W, __NR_ioprio_set, 0, KH_ANY, 1),
    SELF_OR_0_IN(W, __NR_ioprio_set, 1),
    SELF_OR_0(W, __NR_sched_setparam),
    SELF_OR_0(W, __NR_sched_setscheduler),
    SELF_OR_0(W, __NR_sched_setattr),
    SELF_OR_0(W, __NR_sched_setaffinity),

    /* The signal at the host's death. A change of user or capabilities clears it, so a root
     * worker must not change these either. */
    DENY_IF(W, __NR_prctl, 0, KH_ANY, PR_SET_PDEATHSIG),
    DENY_IF(W, __NR_prctl, 0, KH_ANY, PR_SET_DUMPABLE),
    DENY(W, __NR_setuid),
    DENY(W, __NR_setgid),
    DENY(W, __NR_setreuid),
    DENY(W, __NR_setregid),
    DENY(W, __NR_setresuid),
    DENY(W, __NR_setresgid),
    DENY(W, __NR_setfsuid),
    DENY(W, __NR_setfsgid),
    DENY(W, __NR_setgroups),
    DENY(W, __NR_capset),

    /* Administration of the machine. */
    DENY(S, __NR_reboot),
    DENY(S, __NR_kexec_load),
#ifdef __NR_kexec_file_load
    DENY(S, __NR_kexec_file_load),
#endif
    DENY(S, __NR_init_module),
    DENY(S, __NR_finit_module),
    DENY(S, __NR_delete_module),
    DENY(S, __NR_bpf),
    DENY(S, __NR_perf_event_open),
    DENY(S, __NR_userfaultfd),
    DENY(S, __NR_add_key),
    DENY(S, __NR_request_key),
    DENY(S, __NR_keyctl),
    DENY(S, KH_IO_URING_SETUP),
    DENY(S, KH_IO_URING_SETUP + 1),
    DENY(S, KH_IO_URING_SETUP + 2),
    DENY(S, __NR_open_by_handle_at),
    DENY(S, __NR_quotactl),
    DENY(S, KH_QUOTACTL_FD),
    DENY(S, __NR_swapon),
    DENY(S, __NR_swapoff),
    DENY(S, __NR_acct),
    DENY(S, __NR_settimeofday),
    DENY(S, __NR_clock_settime),
    DENY(S, __NR_adjtimex),
    DENY(S, __NR_clock_adjtime),
    DENY(S, __NR_sethostname),
    DENY(S, __NR_setdomainname),
    DENY(S, __NR_syslog),
    DENY(S, __NR_vhangup),
    DENY(S, __NR_fanotify_init),
    DENY(S, KH_LSM_SET_SELF_ATTR),
    DENY_UNLESS(S, __NR_personality, 0, KH_ANY, KH_ASK_PERSONALITY),
#ifdef __x86_64__
    DENY(S, __NR_iopl),
    DENY(S, __NR_ioperm),
    DENY(S, __NR_modify_ldt),
#endif
    /* Typing into a terminal (TIOCSTI, TIOCLINUX), and freezing, thawing, trimming and shutting
     * down a file system. Each needs only a readable descriptor. */
    DENY_IF(S, __NR_ioctl, 1, KH_ANY, 0x5412),
    DENY_IF(S, __NR_ioctl, 1, KH_ANY, 0x541c),
    DENY_IF(S, __NR_ioctl, 1, KH_ANY, 0xc0045877),
    DENY_IF(S, __NR_ioctl, 1, KH_ANY, 0xc0045878),
    DENY_IF(S, __NR_ioctl, 1, KH_ANY, 0xc0185879),
    DENY_IF(S, __NR_ioctl, 1, KH_ANY, 0x8004587d),

    /* Memory and queues by key or name: they outlive their maker. */
    DENY(S, __NR_shmget),
    DENY(S, __NR_shmat),
    DENY(S, __NR_shmctl),
    DENY(S, __NR_msgget),
    DENY(S, __NR_msgsnd),
    DENY(S, __NR_msgrcv),
    DENY(S, __NR_msgctl),
    DENY(S, __NR_semget),
    DENY(S, __NR_semop),
    DENY(S, __NR_semtimedop),
    DENY(S, __NR_semctl),
    DENY(S, __NR_mq_open),
    DENY(S, __NR_mq_unlink),

    /* What Landlock does not cover of files: owner, mode, times, attributes, and a lease, which
     * delays the next open of the file. */
#ifdef __NR_chmod
    DENY(S, __NR_chmod),
    DENY(S, __NR_chown),
    DENY(S, __NR_lchown),
    DENY(S, __NR_utime),
    DENY(S, __NR_utimes),
    DENY(S, __NR_futimesat),
#endif
    DENY(S, __NR_fchmod),
    DENY(S, __NR_fchmodat),
    DENY(S, KH_FCHMODAT2),
    DENY(S, __NR_fchown),
    DENY(S, __NR_fchownat),
    DENY(S, __NR_utimensat),
    DENY(S, __NR_setxattr),
    DENY(S, __NR_lsetxattr),
    DENY(S, __NR_fsetxattr),
    DENY(S, KH_SETXATTRAT),
    DENY(S, __NR_removexattr),
    DENY(S, __NR_lremovexattr),
    DENY(S, __NR_fremovexattr),
    DENY(S, KH_REMOVEXATTRAT),
    DENY(S, KH_FILE_SETATTR),
    DENY_IF(S, __NR_ioctl, 1, KH_ANY, 0x40086602), /* FS_IOC_SETFLAGS */
    DENY_IF(S, __NR_ioctl, 1, KH_ANY, 0x401c5820), /* FS_IOC_FSSETXATTR */
    DENY_IF(S, __NR_fcntl, 1, KH_ANY, KH_FCNTL_SETLEASE),

    /* Truncation, for a Landlock that does not know it. Opening a file to read can truncate it
     * too. */
    DENY(KH_CALLS_OLD_FILES, __NR_truncate),
    ABSENT(KH_CALLS_OLD_FILES, KH_OPENAT2),
    DENY_IF(KH_CALLS_OLD_FILES, __NR_openat, 2, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDONLY),
#ifdef __NR_open
    DENY_IF(KH_CALLS_OLD_FILES, __NR_open, 1, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDONLY),
#endif

    /* strict */
    DENY_IF(X, __NR_mmap, 2, PROT_EXEC, PROT_EXEC),
    DENY_IF(X, __NR_mprotect, 2, PROT_EXEC, PROT_EXEC),
    DENY_IF(X, __NR_pkey_mprotect, 2, PROT_EXEC, PROT_EXEC),
    DENY(X, __NR_setpriority),
    DENY(X, __NR_ioprio_set),
    DENY(X, __NR_sched_setparam),
    DENY(X, __NR_sched_setscheduler),
    DENY(X, __NR_sched_setattr),
    DENY(X, __NR_sched_setaffinity),
};

bool kh_calls_available(void) {
    /* A kernel with filters looks for the program first, and fails. */
    return KH_FILTER_ARCHITECTURE != 0 &&
           syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1 && errno == EFAULT;
}

static kh_filter filter;

int kh_calls_prepare(uint32_t groups, char *why, size_t why_size) {
    if (kh_filter_build(kh_rules, sizeof kh_rules / sizeof *kh_rules, groups, &filter)) return 0;
    return kh_sandbox_fail(why, why_size,
                           "the sandbox's table of system calls does not fit a filter of %d "
                           "instructions: shorten it in seccomp_rules.c",
                           KH_FILTER_CODE);
}

int kh_calls_enter(char *why, size_t why_size) {
    kh_filter_set_self(&filter, (pid_t)syscall(__NR_getpid));
    struct sock_fprog program = {.len = (unsigned short)filter.count, .filter = filter.code};
    /* The filter holds for all threads: a plugin may have started some while the worker was
     * forked. SPEC_ALLOW keeps the speed that older kernels reduce by default against
     * speculation. That protects a process against itself, which is not needed here. */
    unsigned long flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    long result = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (result == -1 && errno == EINVAL) /* before Linux 4.17 */
        result = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
                         flags & ~SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
    if (result == 0) return 0;
    if (result > 0)
        return kh_sandbox_fail(why, why_size,
                               "thread %ld could not be given the sandbox's filter: it has one of "
                               "its own; look for a plugin that installs one",
                               result);
    return kh_sandbox_fail(why, why_size, "seccomp refused the sandbox's filter: %s",
                           strerror(errno));
}

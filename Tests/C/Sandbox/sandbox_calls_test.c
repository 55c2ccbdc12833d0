/* What seccomp forbids call by call, and what it must leave. */
#include "sandbox_test.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Each with arguments that do no harm where the call is let through; most would
 * answer EBADF, EFAULT or EINVAL then. */
typedef struct denied {
    const char *name;
    long number;
    long a, b, c;
    int error; /* 0: EPERM */
} denied;

#define BAD(call) {#call, __NR_##call, -1, -1, -1, 0}
#define BAD_NUMBER(name, number) {name, number, -1, -1, -1, 0}

static const denied by_fork_server[] = {
    {"socket unix", __NR_socket, AF_UNIX, SOCK_STREAM, 0, 0},
    {"socket inet", __NR_socket, AF_INET, SOCK_STREAM, 0, 0},
    {"socket inet6", __NR_socket, AF_INET6, SOCK_DGRAM, 0, 0},
    {"socket netlink", __NR_socket, AF_NETLINK, SOCK_RAW, 0, 0},
    {"socket packet", __NR_socket, AF_PACKET, SOCK_RAW, 0, 0},
    {"socketpair datagram", __NR_socketpair, AF_UNIX, SOCK_DGRAM, 0, 0},
    {"socketpair raw", __NR_socketpair, AF_UNIX, SOCK_RAW | SOCK_CLOEXEC, 0, 0},
    {"socketpair inet", __NR_socketpair, AF_INET, SOCK_STREAM, 0, 0},
    BAD(connect), BAD(bind), BAD(listen), BAD(accept), BAD(accept4),
    BAD(ptrace), BAD(process_vm_readv), BAD(process_vm_writev), BAD(kcmp),
    BAD_NUMBER("pidfd_getfd", 438), BAD_NUMBER("process_madvise", 440),
    BAD_NUMBER("process_mrelease", 448),
    BAD(execve), BAD(execveat), BAD(unshare), BAD(setns), BAD(chroot), BAD(pivot_root), BAD(mount),
    BAD(umount2), BAD_NUMBER("open_tree", 428), BAD_NUMBER("move_mount", 429),
    BAD_NUMBER("fsopen", 430), BAD_NUMBER("fsconfig", 431), BAD_NUMBER("fsmount", 432),
    BAD_NUMBER("fspick", 433), BAD_NUMBER("mount_setattr", 442), BAD_NUMBER("open_tree_attr", 467),
    {"clone3", 435, -1, -1, -1, ENOSYS},
    {"clone newuser", __NR_clone, CLONE_NEWUSER | CLONE_THREAD, 0, 0, 0},
    {"clone newpid", __NR_clone, CLONE_NEWPID | CLONE_THREAD, 0, 0, 0},
    BAD(reboot), BAD(kexec_load), BAD(init_module), BAD(finit_module), BAD(delete_module), BAD(bpf),
    BAD(perf_event_open), BAD(userfaultfd), BAD(add_key), BAD(request_key), BAD(keyctl),
    BAD_NUMBER("io_uring_setup", 425), BAD_NUMBER("io_uring_enter", 426),
    BAD_NUMBER("io_uring_register", 427), BAD(open_by_handle_at), BAD(quotactl),
    BAD_NUMBER("quotactl_fd", 443), BAD(swapon), BAD(swapoff), BAD(acct), BAD(settimeofday),
    BAD(clock_settime), BAD(adjtimex), BAD(clock_adjtime), BAD(sethostname), BAD(setdomainname),
    BAD(syslog), BAD(vhangup), BAD(fanotify_init), BAD_NUMBER("lsm_set_self_attr", 460),
    {"personality", __NR_personality, 0, 0, 0, 0},
    BAD(shmget), BAD(shmat), BAD(shmctl), {"msgget", __NR_msgget, -1, 0, 0, 0}, BAD(msgsnd),
    BAD(msgrcv), BAD(msgctl), {"semget", __NR_semget, -1, -1, 0, 0}, BAD(semop), BAD(semtimedop),
    BAD(semctl), BAD(mq_open), BAD(mq_unlink),
    BAD(fchmod), BAD(fchmodat), BAD_NUMBER("fchmodat2", 452), BAD(fchown), BAD(fchownat),
    BAD(utimensat), BAD(setxattr), BAD(lsetxattr), BAD(fsetxattr), BAD_NUMBER("setxattrat", 463),
    BAD(removexattr), BAD(lremovexattr), BAD(fremovexattr), BAD_NUMBER("removexattrat", 466),
    BAD_NUMBER("file_setattr", 469),
    {"F_SETOWN", __NR_fcntl, -1, F_SETOWN, 0, 0}, {"F_SETOWN_EX", __NR_fcntl, -1, 15, 0, 0},
    {"F_SETSIG", __NR_fcntl, -1, 10, 9, 0}, {"F_SETLEASE", __NR_fcntl, -1, 1024, 0, 0},
    {"FIOSETOWN", __NR_ioctl, -1, 0x8901, 0, 0}, {"SIOCSPGRP", __NR_ioctl, -1, 0x8902, 0, 0},
    {"TIOCSTI", __NR_ioctl, -1, 0x5412, 0, 0},
    /* The kernel does not look at the high half either. */
    {"TIOCSTI, high half", __NR_ioctl, -1, 0x100005412, 0, 0},
    {"TIOCLINUX", __NR_ioctl, -1, 0x541c, 0, 0}, {"FIFREEZE", __NR_ioctl, -1, 0xc0045877, 0, 0},
    {"FITHAW", __NR_ioctl, -1, 0xc0045878, 0, 0}, {"FITRIM", __NR_ioctl, -1, 0xc0185879, 0, 0},
    {"FS_IOC_SHUTDOWN", __NR_ioctl, -1, 0x8004587d, 0, 0},
    {"FS_IOC_SETFLAGS", __NR_ioctl, -1, 0x40086602, 0, 0},
    {"FS_IOC_FSSETXATTR", __NR_ioctl, -1, 0x401c5820, 0, 0},
#ifdef __x86_64__
    BAD(chmod), BAD(chown), BAD(lchown), BAD(utime), BAD(utimes), BAD(futimesat), BAD(iopl),
    BAD(ioperm), BAD(modify_ldt), BAD(kexec_file_load),
    {"getpid by x32", 0x40000000 | __NR_getpid, 0, 0, 0, ENOSYS},
#endif
    {"the next new call", KH_FILTER_LAST_CALL + 1, -1, -1, -1, ENOSYS},
    {"a call of the far future", 1000, -1, -1, -1, ENOSYS},
};

static const denied by_worker[] = {
    {"PR_SET_PDEATHSIG", __NR_prctl, PR_SET_PDEATHSIG, 0, 0, 0},
    {"PR_SET_DUMPABLE", __NR_prctl, PR_SET_DUMPABLE, 1, 0, 0},
    BAD(setuid), BAD(setgid), BAD(setreuid), BAD(setregid), BAD(setresuid), BAD(setresgid),
    BAD(setfsuid), BAD(setfsgid), BAD(setgroups), BAD(capset), BAD(migrate_pages), BAD(move_pages),
    {"prlimit64 of init", __NR_prlimit64, 1, RLIMIT_CPU, 0, 0},
    {"setpriority of init", __NR_setpriority, PRIO_PROCESS, 1, 5, 0},
    {"setpriority of a user", __NR_setpriority, PRIO_USER, 0, 5, 0},
    {"setpriority of a group", __NR_setpriority, PRIO_PGRP, 0, 5, 0},
    {"ioprio_set of init", __NR_ioprio_set, 1, 1, 0, 0},
    {"ioprio_set of a user", __NR_ioprio_set, 3, 0, 0, 0},
    {"sched_setparam of init", __NR_sched_setparam, 1, 0, 0, 0},
    {"sched_setscheduler of init", __NR_sched_setscheduler, 1, 0, 0, 0},
    {"sched_setattr of init", __NR_sched_setattr, 1, 0, 0, 0},
    {"sched_setaffinity of init", __NR_sched_setaffinity, 1, 0, 0, 0},
    {"pidfd_send_signal", 424, -1, -1, -1, 0},
    {"rt_sigqueueinfo to init", __NR_rt_sigqueueinfo, 1, 0, -1, 0},
    {"rt_tgsigqueueinfo to init", __NR_rt_tgsigqueueinfo, 1, 1, 0, 0},
};

static const denied by_strict[] = {
    BAD(setpriority), BAD(ioprio_set), BAD(sched_setparam), BAD(sched_setscheduler),
    BAD(sched_setattr), BAD(sched_setaffinity),
};

static int deny_all(const denied *calls, size_t count) {
    int let_through = 0;
    for (size_t i = 0; i < count; i++) {
        int expected = calls[i].error ? calls[i].error : EPERM;
        errno = 0;
        long answer = syscall(calls[i].number, calls[i].a, calls[i].b, calls[i].c, -1L, -1L, -1L);
        if (answer == -1 && errno == expected) continue;
        fprintf(stderr, "%s: %ld, %s; expected %s\n", calls[i].name, answer, strerror(errno),
                strerror(expected));
        let_through++;
    }
    return let_through != 0;
}

static int table_of_fork_server(void) {
    return deny_all(by_fork_server, sizeof by_fork_server / sizeof *by_fork_server);
}

static int table_of_worker(void) {
    return table_of_fork_server() | deny_all(by_worker, sizeof by_worker / sizeof *by_worker);
}

static int table_of_strict(void) {
    return table_of_worker() | deny_all(by_strict, sizeof by_strict / sizeof *by_strict);
}

/* The neighbours of the rules: what must still work. */
static int leave(void) {
    int ends[2];
    char byte = 'x';
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    EXPECT(send(ends[0], &byte, 1, 0) == 1 && recv(ends[1], &byte, 1, 0) == 1);
    EXPECT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    EXPECT(pipe(ends) == 0);
    EXPECT(write(ends[1], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1);
    int size = 0;
    EXPECT(ioctl(ends[0], FIONREAD, &size) == 0);
    EXPECT(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(ends[0], F_GETFL) >= 0);
    EXPECT(syscall(__NR_personality, 0xffffffffL) != -1);
    struct rlimit limit;
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0 && setrlimit(RLIMIT_NOFILE, &limit) == 0);
    EXPECT(prlimit(getpid(), RLIMIT_NOFILE, NULL, &limit) == 0);
    EXPECT(prctl(PR_SET_NAME, "worker", 0L, 0L, 0L) == 0);
    EXPECT(setsid() != -1 || errno == EPERM);
    cpu_set_t set;
    EXPECT(sched_getaffinity(0, sizeof set, &set) == 0);
    int file = (int)syscall(__NR_memfd_create, "x", 0);
    EXPECT(file >= 0 && ftruncate(file, 4096) == 0);
    return 0;
}

static int leave_priorities(void) {
    EXPECT(setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0)) == 0);
    cpu_set_t set;
    EXPECT(sched_getaffinity(0, sizeof set, &set) == 0);
    EXPECT(sched_setaffinity(0, sizeof set, &set) == 0);
    EXPECT(sched_setaffinity(getpid(), sizeof set, &set) == 0);
    EXPECT(setpriority(PRIO_PROCESS, (id_t)getpid(), getpriority(PRIO_PROCESS, 0)) == 0);
    EXPECT(syscall(__NR_ioprio_set, 1, 0, syscall(__NR_ioprio_get, 1, 0)) == 0);
    struct sched_param plain = {0};
    EXPECT(sched_setscheduler(0, SCHED_OTHER, &plain) == 0);
    return 0;
}

/* What lanes and libc live on. */
static int memory(void) {
    const int private = MAP_PRIVATE | MAP_ANONYMOUS;
    char *area = mmap(NULL, 8192, PROT_READ | PROT_WRITE, private, -1, 0);
    EXPECT(area != MAP_FAILED);
    area = mremap(area, 8192, 65536, MREMAP_MAYMOVE);
    EXPECT(area != MAP_FAILED);
    area[65535] = 1;
    EXPECT(madvise(area, 65536, MADV_DONTNEED) == 0 && area[65535] == 0);
    EXPECT(mprotect(area, 4096, PROT_READ) == 0 && munmap(area, 65536) == 0);
    EXPECT(sbrk(4096) != (void *)-1);
    char *large = malloc(1 << 24);
    EXPECT(large != NULL);
    large[1 << 20] = 1;
    free(large);
    uint32_t word = 1;
    EXPECT(syscall(__NR_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
    struct timespec now, moment = {0, 1};
    EXPECT(clock_gettime(CLOCK_MONOTONIC, &now) == 0 && nanosleep(&moment, NULL) == 0);
    return 0;
}

static int executable_memory(void) {
    const int private = MAP_PRIVATE | MAP_ANONYMOUS;
    void *area = mmap(NULL, 4096, PROT_READ | PROT_EXEC, private, -1, 0);
    EXPECT(area != MAP_FAILED && mprotect(area, 4096, PROT_READ | PROT_WRITE) == 0);
    EXPECT(mprotect(area, 4096, PROT_READ | PROT_EXEC) == 0);
    return 0;
}

static int no_executable_memory(void) {
    const int all = PROT_READ | PROT_WRITE | PROT_EXEC, private = MAP_PRIVATE | MAP_ANONYMOUS;
    EXPECT(memory() == 0);
    DENIED(mmap(NULL, 4096, all, private, -1, 0), EPERM);
    DENIED(mmap(NULL, 4096, PROT_EXEC, private, -1, 0), EPERM);
    void *area = mmap(NULL, 4096, PROT_READ | PROT_WRITE, private, -1, 0);
    EXPECT(area != MAP_FAILED);
    DENIED(mprotect(area, 4096, PROT_READ | PROT_EXEC), EPERM);
    DENIED(syscall(__NR_pkey_mprotect, area, 4096L, (long)PROT_EXEC, -1L), EPERM);
    int file = open("/proc/self/exe", O_RDONLY);
    DENIED(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0), EPERM);
    return 0;
}

#ifdef __x86_64__
/* getpid by the 32-bit gate, which a kernel without it answers by SIGSEGV. */
static void no_gate(int signal) {
    (void)signal;
    _exit(0);
}

static int foreign_architecture(void) {
    signal(SIGSEGV, no_gate);
    long answer;
    __asm__ volatile("int $0x80" : "=a"(answer) : "0"(20L) : "memory", "r8", "r9", "r10", "r11");
    EXPECT((int)answer == -ENOSYS);
    return 0;
}
#endif

#define CALLS KH_SANDBOX_CALLS
const kh_case kh_call_cases[] = {
    {.name = "calls that the fork server loses", .level = 1, .needs = CALLS, .check = table_of_fork_server,
     .in_fork_server = 1},
    {.name = "calls that a worker loses", .level = 1, .needs = CALLS, .check = table_of_worker},
    {.name = "strict: calls that a worker loses", .level = 2, .needs = CALLS,
     .check = table_of_strict},
    {.name = "calls beside these stay", .level = 1, .check = leave},
    {.name = "strict: calls beside these stay", .level = 2, .check = leave},
    {.name = "own priorities stay", .level = 1, .check = leave_priorities},
    {.name = "memory, futex, clocks", .level = 1, .check = memory},
    {.name = "executable memory stays", .level = 1, .check = executable_memory},
    {.name = "strict: executable memory", .level = 2, .needs = CALLS,
     .check = no_executable_memory},
#ifdef __x86_64__
    {.name = "a foreign architecture's calls", .level = 1, .needs = CALLS,
     .check = foreign_architecture},
#endif
    {.name = NULL},
};

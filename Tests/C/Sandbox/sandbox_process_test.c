/* Processes, threads and signals; and what the fork server keeps. */
#include "sandbox_test.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *leave_early(void *argument) {
    pthread_exit(argument); /* glibc loads libgcc_s for it */
}

static int threads(void) {
    int here = 0;
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        void *answer = NULL;
        EXPECT(pthread_create(&thread, NULL, leave_early, &here) == 0);
        EXPECT(pthread_join(thread, &answer) == 0 && answer == &here);
    }
    return 0;
}

static int no_processes(void) {
    DENIED(fork(), EPERM);
    DENIED(syscall(__NR_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L), EPERM);
    DENIED(syscall(__NR_clone, (long)(SIGCHLD | CLONE_PARENT), 0L, 0L, 0L, 0L), EPERM);
#ifdef __NR_fork
    DENIED(syscall(__NR_fork), EPERM);
    DENIED(syscall(__NR_vfork), EPERM);
#endif
    char *arguments[] = {(char[]){"true"}, NULL};
    pid_t child;
    EXPECT(posix_spawn(&child, "/bin/true", NULL, NULL, arguments, NULL) == EPERM);
    EXPECT(popen("true", "r") == NULL);
    EXPECT(execv("/bin/true", arguments) == -1);
    return 0;
}

static void *try_fork(void *denied) {
    *(int *)denied = fork() == -1 && errno == EPERM;
    return NULL;
}

static int no_processes_by_threads(void) {
    pthread_t thread;
    int denied = 0;
    EXPECT(pthread_create(&thread, NULL, try_fork, &denied) == 0);
    EXPECT(pthread_join(thread, NULL) == 0 && denied);
    return 0;
}

/* Landlock alone still runs no program. */
static int no_programs(void) {
    char *arguments[] = {(char[]){"true"}, NULL};
    EXPECT(execv("/bin/true", arguments) == -1 && (errno == EPERM || errno == EACCES));
    return 0;
}

static volatile sig_atomic_t caught;
static void catch(int signal) {
    caught = signal;
}

static void *wait_for_signal(void *answer) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigwait(&set, answer);
    return NULL;
}

static int own_signals(void) {
    EXPECT(kill(getpid(), 0) == 0);
    EXPECT(signal(SIGUSR1, catch) != SIG_ERR);
    EXPECT(raise(SIGUSR1) == 0 && caught == SIGUSR1);
    caught = 0;
    EXPECT(kill(getpid(), SIGUSR1) == 0 && caught == SIGUSR1);
    EXPECT(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 1}) == 0);
    EXPECT(syscall(__NR_tkill, (long)getpid(), 0L) == 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    EXPECT(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    pthread_t thread;
    int got = 0;
    EXPECT(pthread_create(&thread, NULL, wait_for_signal, &got) == 0);
    EXPECT(pthread_kill(thread, SIGUSR2) == 0 && pthread_join(thread, NULL) == 0);
    EXPECT(got == SIGUSR2);
    return 0;
}

/* By either part: the fork server, its group, everybody. */
static int no_signals(void) {
    DENIED(kill(getppid(), 0), EPERM);
    DENIED(sigqueue(getppid(), SIGUSR1, (union sigval){.sival_int = 1}), EPERM);
    DENIED(syscall(__NR_tgkill, (long)getppid(), (long)getppid(), 0L), EPERM);
    DENIED(syscall(__NR_tkill, (long)getppid(), 0L), EPERM);
    DENIED(kill(1, 0), EPERM);
    int other = (int)syscall(434 /* pidfd_open */, (long)getppid(), 0L);
    if (other >= 0) DENIED(syscall(424 /* pidfd_send_signal */, (long)other, 0L, 0L, 0L), EPERM);
    return 0;
}

static int no_signals_to_groups(void) {
    DENIED(kill(0, 0), EPERM);
    DENIED(kill(-1, 0), EPERM);
    DENIED(kill(-getpgrp(), 0), EPERM);
    DENIED(kill(-getpid(), 0), EPERM);
    return 0;
}

/* A signal by a descriptor's owner: the way around kill. */
static int no_owned_descriptor(void) {
    int ends[2];
    EXPECT(pipe(ends) == 0);
    DENIED(fcntl(ends[0], F_SETOWN, getppid()), EPERM);
    DENIED(fcntl(ends[0], F_SETSIG, SIGKILL), EPERM);
    struct rlimit limit = {0, 0};
    DENIED(prlimit(getppid(), RLIMIT_CPU, &limit, NULL), EPERM);
    return 0;
}

static int aborts(void) {
    abort();
}

/* The frame sets it before the worker enters. */
static int dies_with_the_host(void) {
    int set = 0;
    DENIED(prctl(PR_SET_PDEATHSIG, 0L, 0L, 0L, 0L), EPERM);
    DENIED(setresuid(getuid(), getuid(), getuid()), EPERM);
    EXPECT(prctl(PR_GET_PDEATHSIG, &set, 0L, 0L, 0L) == 0 && set == SIGKILL);
    return 0;
}

static int no_new_privileges(void) {
    EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1);
    EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == -1);
    return 0;
}

static int fork_server_keeps(void) {
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0)
        for (;;) pause();
    int status;
    EXPECT(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    EXPECT(dlopen("libresolv.so.2", RTLD_NOW) != NULL);
    EXPECT(prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L) == 0);
    EXPECT(setresuid(getuid(), getuid(), getuid()) == 0);
    return threads();
}

static int fork_server_spares_the_host(void) {
    DENIED(kill(getppid(), 0), EPERM);
    return 0;
}

#define CALLS KH_SANDBOX_CALLS
#define SIGNALS KH_SANDBOX_SIGNALS
const kh_case kh_process_cases[] = {
    {.name = "threads", .level = 1, .check = threads},
    {.name = "strict: threads", .level = 2, .check = threads},
    {.name = "processes", .level = 1, .needs = CALLS, .check = no_processes},
    {.name = "processes, from a thread", .level = 1, .needs = CALLS,
     .check = no_processes_by_threads},
    {.name = "programs, by Landlock too", .level = 1, .needs = KH_SANDBOX_FILES,
     .check = no_programs},
    {.name = "signals to itself", .level = 1, .check = own_signals},
    {.name = "strict: signals to itself", .level = 2, .check = own_signals},
    {.name = "abort", .level = 1, .check = aborts, .signal = SIGABRT},
    {.name = "signals to others", .level = 1, .needs = SIGNALS, .check = no_signals},
    {.name = "signals to groups", .level = 1, .needs = CALLS, .check = no_signals_to_groups},
    {.name = "signals by a descriptor, limits of others", .level = 1, .needs = CALLS,
     .check = no_owned_descriptor},
    {.name = "the signal at the host's death", .level = 1, .needs = CALLS,
     .check = dies_with_the_host},
    {.name = "no new privileges", .level = 1, .needs = KH_SANDBOX_NO_NEW_PRIVILEGES,
     .check = no_new_privileges},
    {.name = "the fork server forks, kills, loads", .level = 1, .check = fork_server_keeps,
     .in_fork_server = 1},
    {.name = "strict: the fork server forks, kills, loads", .level = 2, .check = fork_server_keeps,
     .in_fork_server = 1},
    {.name = "the fork server spares the host", .level = 1, .needs = KH_SANDBOX_FILES,
     .check = fork_server_spares_the_host, .in_fork_server = 1, .abi = KH_FILES_SCOPES},
    {.name = NULL},
};

/* Starts and ends fork servers: a thread for each. */
#include "supervisor/supervisor_parts.h"
#include "supervisor/reexec.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* How long a fork server may take to reap its workers. */
enum { KH_REAPING_MS = 500, KH_ORPHANS_NS = 50000000 };

/* All supervisors of this process, which ends them before it exits. */
static struct {
    pthread_mutex_t lock;
    kh_supervisor *first;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

_Atomic bool kh_supervisors_are_ending;
static _Atomic bool adopts_orphans;

_Noreturn void kh_wait_for_exit(void) {
    for (;;) pause();
}

/* Starts the fork server. The thread that does this is its parent, and must live as long. */
static bool begin(kh_supervisor *supervisor) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        supervisor->error = errno;
        return false;
    }
    kh_reexec_result spawned = kh_reexec(ends[1], supervisor->preload);
    close(ends[1]);
    pthread_mutex_lock(&supervisor->lock);
    supervisor->socket = ends[0];
    supervisor->fork_server = spawned.process;
    supervisor->in_namespace = spawned.in_namespace;
    supervisor->error = spawned.error;
    pthread_cond_broadcast(&supervisor->changed);
    pthread_mutex_unlock(&supervisor->lock);
    return spawned.error == 0;
}

/* Ends the fork server. Its children are gone with it, or follow. The first process of a
 * namespace may die at once. Any other gets time to reap its children: their next parent may
 * reap nothing. */
static void end_fork_server(kh_supervisor *supervisor) {
    int handle =
        supervisor->in_namespace ? -1 : (int)syscall(SYS_pidfd_open, supervisor->fork_server, 0);
    struct pollfd ended = {.fd = handle, .events = POLLIN};
    shutdown(supervisor->socket, SHUT_RDWR);
    if (handle >= 0) poll(&ended, 1, KH_REAPING_MS);
    if (handle >= 0) close(handle);
    kill(supervisor->fork_server, SIGKILL);
    siginfo_t information; /* its number is its own until it is reaped, below */
    while (waitid(P_PID, (id_t)supervisor->fork_server, &information, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR)
        continue;
}

static void *supervisor_main(void *argument) {
    kh_supervisor *supervisor = argument;
    bool has_begun = begin(supervisor);
    if (has_begun) {
        kh_supervisor_listen(supervisor);
        end_fork_server(supervisor);
    }
    pthread_mutex_lock(&supervisor->lock);
    supervisor->is_gone = true;
    while (has_begun && waitpid(supervisor->fork_server, NULL, 0) < 0 && errno == EINTR) continue;
    /* While the process exits no lane needs to know of a worker's death. */
    while (supervisor->count > 0 && !atomic_load(&kh_supervisors_are_ending))
        kh_supervisor_note_death(supervisor, 0, -1, supervisor->is_broken ? EBADMSG : ESRCH, 0, "");
    pthread_cond_broadcast(&supervisor->changed);
    pthread_mutex_unlock(&supervisor->lock);
    return NULL;
}

kh_supervisor *kh_supervisor_open(const char *preload, int *error) {
    kh_supervisor *supervisor = calloc(1, sizeof *supervisor);
    if (supervisor != NULL && preload != NULL && (supervisor->preload = strdup(preload)) == NULL) {
        free(supervisor);
        supervisor = NULL;
    }
    if (supervisor == NULL) {
        *error = ENOMEM;
        return NULL;
    }
    supervisor->socket = -1;
    supervisor->fork_server = -1;
    pthread_mutex_init(&supervisor->lock, NULL);
    pthread_mutex_init(&supervisor->requesting, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&supervisor->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    sigset_t signals, before;
    sigfillset(&signals);
    pthread_mutex_lock(&all.lock);
    pthread_sigmask(SIG_BLOCK, &signals, &before); /* the host's own threads handle signals */
    bool is_late = atomic_load(&kh_supervisors_are_ending);
    *error = is_late ? ECANCELED
                     : pthread_create(&supervisor->thread, NULL, supervisor_main, supervisor);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (*error == 0) {
        supervisor->next = all.first;
        all.first = supervisor;
    }
    pthread_mutex_unlock(&all.lock);
    if (is_late) kh_wait_for_exit();
    if (*error != 0) {
        free(supervisor->preload);
        free(supervisor);
        return NULL;
    }
    return supervisor;
}

void kh_supervisor_close(kh_supervisor *supervisor) {
    pthread_mutex_lock(&all.lock);
    kh_supervisor **link = &all.first;
    while (*link != NULL && *link != supervisor) link = &(*link)->next;
    if (*link != NULL) *link = supervisor->next;
    pthread_mutex_unlock(&all.lock);
    pthread_mutex_lock(&supervisor->lock);
    while (supervisor->socket < 0 && !supervisor->is_gone)
        pthread_cond_wait(&supervisor->changed, &supervisor->lock);
    if (supervisor->socket >= 0) shutdown(supervisor->socket, SHUT_RDWR);
    pthread_mutex_unlock(&supervisor->lock);
    pthread_join(supervisor->thread, NULL);
    if (supervisor->socket >= 0) close(supervisor->socket);
    pthread_cond_destroy(&supervisor->changed);
    pthread_mutex_destroy(&supervisor->lock);
    pthread_mutex_destroy(&supervisor->requesting);
    free(supervisor->workers);
    free(supervisor->preload);
    free(supervisor);
}

/* Locks, but not for longer than until [end]: the process must exit even if a thread holds the
 * lock. */
static bool lock_until(pthread_mutex_t *lock, uint64_t end) {
    while (pthread_mutex_trylock(lock) != 0) {
        if (kh_monotonic() >= end) return false;
        nanosleep(&(struct timespec){0, 200000}, NULL);
    }
    return true;
}

void kh_supervisors_adopt_orphans(void) {
    atomic_store(&adopts_orphans, prctl(PR_SET_CHILD_SUBREAPER, 1L) == 0);
}

static void reap_orphans(uint64_t end) {
    for (pid_t process; (process = waitpid(-1, NULL, WNOHANG)) >= 0;) {
        if (process > 0) continue;
        if (kh_monotonic() >= end) return;
        nanosleep(&(struct timespec){0, 200000}, NULL);
    }
}

void kh_supervisors_end(double patience) {
    struct timespec until = kh_supervisor_after(patience);
    uint64_t end = kh_monotonic() + (uint64_t)(patience * 1e9);
    if (atomic_exchange(&kh_supervisors_are_ending, true)) kh_wait_for_exit();
    if (!lock_until(&all.lock, end)) return;
    for (kh_supervisor *supervisor = all.first; supervisor != NULL; supervisor = supervisor->next) {
        if (!lock_until(&supervisor->lock, end)) continue;
        int error = 0;
        while (supervisor->socket < 0 && !supervisor->is_gone && error == 0)
            error = pthread_cond_timedwait(&supervisor->changed, &supervisor->lock, &until);
        if (supervisor->socket >= 0) shutdown(supervisor->socket, SHUT_RDWR);
        while (!supervisor->is_gone && error == 0)
            error = pthread_cond_timedwait(&supervisor->changed, &supervisor->lock, &until);
        pthread_mutex_unlock(&supervisor->lock);
    }
    pthread_mutex_unlock(&all.lock);
    if (atomic_load(&adopts_orphans)) reap_orphans(kh_monotonic() + KH_ORPHANS_NS);
}

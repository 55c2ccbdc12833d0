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

/* All supervisors of this process, which ends them before it ends. */
static struct {
    pthread_mutex_t lock;
    kh_supervisor *first;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

_Atomic bool kh_supervisors_are_ending;
static _Atomic bool adopts_orphans;

/* Of a thread that the end of the process overtakes: what it would say and return is not why
 * the process ends. */
static _Noreturn void wait_for_the_end(void) {
    for (;;) pause();
}

/* Starts the fork server: the thread that does it is its parent, and its death would end it. */
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

/* Its children are gone with it, or go on its heels. As the first process of a namespace it
 * may die at once. Else it gets a moment to reap them: left to a first process of the machine
 * that reaps nothing, they would stay. */
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
    /* At the end of the process a worker's death is news for no lane. */
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
    pthread_mutex_init(&supervisor->asking, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&supervisor->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    sigset_t signals, before;
    sigfillset(&signals);
    pthread_mutex_lock(&all.lock);
    pthread_sigmask(SIG_BLOCK, &signals, &before); /* signals are for the host's threads */
    bool is_late = atomic_load(&kh_supervisors_are_ending);
    *error = is_late ? ECANCELED
                     : pthread_create(&supervisor->thread, NULL, supervisor_main, supervisor);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (*error == 0) {
        supervisor->next = all.first;
        all.first = supervisor;
    }
    pthread_mutex_unlock(&all.lock);
    if (is_late) wait_for_the_end();
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
    pthread_mutex_destroy(&supervisor->asking);
    free(supervisor->workers);
    free(supervisor->preload);
    free(supervisor);
}

/* -------------------------------------------------------------- asking --- */

static struct timespec after(double seconds) {
    uint64_t time = kh_monotonic() + (uint64_t)(seconds * 1e9);
    return (struct timespec){(time_t)(time / 1000000000), (long)(time % 1000000000)};
}

/* A lock that some thread may hold for long, for the process ends in any case. */
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
    struct timespec until = after(patience);
    uint64_t end = kh_monotonic() + (uint64_t)(patience * 1e9);
    if (atomic_exchange(&kh_supervisors_are_ending, true)) wait_for_the_end();
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

int kh_supervisor_wait(kh_supervisor *supervisor, double patience) {
    struct timespec until = after(patience);
    pthread_mutex_lock(&supervisor->lock);
    int error = 0;
    while (!supervisor->is_ready && !supervisor->is_gone && error == 0)
        error = pthread_cond_timedwait(&supervisor->changed, &supervisor->lock, &until);
    if (supervisor->is_ready && !supervisor->is_gone) error = 0;
    else if (supervisor->is_gone) error = supervisor->error != 0 ? supervisor->error : ESRCH;
    pthread_mutex_unlock(&supervisor->lock);
    return error;
}

/* Sends a question and waits for its answer: 0, or errno. A fork server that does not answer
 * in time is ended. [text] is the question's, and then the answer's. */
static int ask(kh_supervisor *supervisor, const kh_message *question, uint32_t expected,
               char text[KH_MESSAGE_TEXT], int descriptor, double patience, kh_message *answer) {
    pthread_mutex_lock(&supervisor->asking);
    struct timespec until = after(patience);
    pthread_mutex_lock(&supervisor->lock);
    supervisor->has_answer = false;
    supervisor->expected = expected;
    int error = supervisor->is_gone ? ESRCH : 0;
    if (error == 0 &&
        kh_message_send(supervisor->socket, question, text, &descriptor, descriptor >= 0) != 0)
        error = errno == EPIPE ? ESRCH : errno;
    while (!supervisor->has_answer && !supervisor->is_gone && error == 0)
        error = pthread_cond_timedwait(&supervisor->changed, &supervisor->lock, &until);
    if (supervisor->has_answer) {
        *answer = supervisor->answer;
        snprintf(text, KH_MESSAGE_TEXT, "%s", supervisor->answer_text);
        error = 0;
    } else if (error == ETIMEDOUT) {
        kill(supervisor->fork_server, SIGKILL); /* not reaped yet: it is not gone */
    } else if (atomic_load(&kh_supervisors_are_ending)) {
        pthread_mutex_unlock(&supervisor->lock);
        wait_for_the_end();
    } else if (error == 0) {
        error = supervisor->is_broken ? EBADMSG : ESRCH;
    }
    pthread_mutex_unlock(&supervisor->lock);
    pthread_mutex_unlock(&supervisor->asking);
    return error;
}

int kh_supervisor_set_rules(kh_supervisor *supervisor, const kh_supervisor_rules *wanted,
                            uint32_t *in_force, char *why, size_t why_size) {
    kh_rules head = {.sandbox = wanted->sandbox,
                     .core = wanted->core,
                     .address_space = wanted->address_space,
                     .processor_seconds = wanted->processor_seconds,
                     .one_thread = wanted->one_thread,
                     .read_count = wanted->read_count,
                     .write_count = wanted->write_count};
    supervisor->checks_memory = wanted->check_memory != 0;
    int file = memfd_create("kernelhost-rules", MFD_CLOEXEC);
    if (file < 0) return errno;
    bool ok = write(file, &head, sizeof head) == sizeof head;
    for (uint32_t i = 0; i < head.read_count + head.write_count && ok; i++) {
        const char *path =
            i < head.read_count ? wanted->read[i] : wanted->write[i - head.read_count];
        ssize_t length = (ssize_t)strlen(path) + 1;
        ok = write(file, path, (size_t)length) == length;
    }
    int error = ok ? 0 : errno;
    kh_message question = {.kind = KH_MESSAGE_RULES}, answer;
    char text[KH_MESSAGE_TEXT] = "";
    if (error == 0) error = ask(supervisor, &question, KH_MESSAGE_READY, text, file, 30, &answer);
    close(file);
    if (error != 0) return error;
    *in_force = (uint32_t)answer.extra;
    snprintf(why, why_size, "%s", text);
    return (int)answer.value;
}

void kh_supervisor_load(kh_supervisor *supervisor, const char *path, double patience,
                        kh_load_result *load) {
    memset(load, 0, sizeof *load);
    kh_message question = {.kind = KH_MESSAGE_LOAD}, answer;
    char text[KH_MESSAGE_TEXT];
    snprintf(text, sizeof text, "%s", path);
    int error = strlen(path) >= sizeof text - 1
                    ? ENAMETOOLONG
                    : ask(supervisor, &question, KH_MESSAGE_LOADED, text, -1, patience, &answer);
    if (error != 0) {
        load->refusal = error == ETIMEDOUT ? KH_LOAD_HUNG : KH_LOAD_LINKER;
        snprintf(load->text, sizeof load->text, "%s",
                 error == ESRCH     ? ""
                 : error == EBADMSG ? "code that it runs while it is loaded wrote to the host in "
                                      "the name of the process that loads plugins"
                                    : strerror(error));
        if (error == ESRCH) load->refusal = KH_LOAD_EXITED; /* it took the fork server along */
        return;
    }
    pthread_mutex_lock(&supervisor->lock);
    supervisor->has_plugins = true;
    pthread_mutex_unlock(&supervisor->lock);
    load->refusal = (enum kh_refusal)answer.value;
    load->found = answer.extra;
    load->expected = answer.worker;
    char *other = strrchr(text, '\n');
    if (other != NULL) *other++ = 0;
    snprintf(load->text, sizeof load->text, "%.*s", (int)sizeof load->text - 1, text);
    snprintf(load->other, sizeof load->other, "%.*s", (int)sizeof load->other - 1,
             other == NULL ? "" : other);
}

void *kh_supervisor_describe(kh_supervisor *supervisor, size_t *size) {
    int file = memfd_create("kernelhost-kernels", MFD_CLOEXEC);
    if (file < 0) return NULL;
    kh_message question = {.kind = KH_MESSAGE_DESCRIBE}, answer;
    char text[KH_MESSAGE_TEXT] = "";
    int error = ask(supervisor, &question, KH_MESSAGE_DESCRIBED, text, file, 30, &answer);
    void *copy = NULL;
    if (error == 0 && answer.value > 0 && answer.value <= (int64_t)KH_LARGEST_DESCRIPTION) {
        *size = (size_t)answer.value;
        copy = malloc(*size);
        if (copy != NULL && pread(file, copy, *size, 0) != (ssize_t)*size) {
            free(copy);
            copy = NULL;
        }
    }
    close(file);
    return copy;
}


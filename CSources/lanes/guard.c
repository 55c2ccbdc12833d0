#include "guard.h"

#include "messages.h"
#include "port.h"
#include "rerun.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* How long a spawner may take to reap its workers. */
enum { KH_REAPING_MS = 500 };

struct kh_guard {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int socket;
    pid_t spawner;
    bool in_namespace;
    bool is_ready, is_gone;
    int error; /* why the spawner could not be started */
    uint64_t base, room;
    /* One question at a time; the answer to it. */
    pthread_mutex_t asking;
    bool has_answer;
    kh_message answer;
    char answer_text[KH_MESSAGE_TEXT];
    /* Workers that are starting or running. */
    kh_worker **workers;
    size_t count, capacity;
    uint32_t next_id;
    kh_guard *next; /* in the list of all */
};

/* All guards of this process, which ends them before it ends. */
static struct {
    pthread_mutex_t lock;
    kh_guard *first;
    _Atomic bool is_ending;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ------------------------------------------------------------- hearing --- */

static void wake_owner(kh_worker *worker) {
    if (worker->port != NULL) kh_port_wake(worker->port);
}

static void bury(kh_guard *guard, size_t at, int status, int error, uint64_t memory,
                 const char *symbol) {
    kh_worker *worker = guard->workers[at];
    guard->workers[at] = guard->workers[--guard->count];
    worker->status = status;
    worker->error = error;
    worker->most_memory = memory;
    snprintf(worker->symbol, sizeof worker->symbol, "%s", symbol);
    if (worker->handle >= 0) close(worker->handle);
    worker->handle = -1;
    atomic_store(&worker->state, KH_WORKER_DEAD);
    wake_owner(worker);
}

static void hear(kh_guard *guard, const kh_message *message, const char *text,
                 const int *descriptors) {
    size_t at = 0;
    while (at < guard->count && guard->workers[at]->id != message->worker) at++;
    kh_worker *worker = at < guard->count ? guard->workers[at] : NULL;
    int handle = descriptors[0];
    switch (message->kind) {
    case KH_SAY_HELLO:
        guard->base = (uint64_t)message->value;
        guard->room = (uint64_t)message->extra;
        guard->is_ready = true;
        break;
    case KH_SAY_READY:
    case KH_SAY_LOADED:
    case KH_SAY_DESCRIBED:
        guard->answer = *message;
        snprintf(guard->answer_text, sizeof guard->answer_text, "%s", text);
        guard->has_answer = true;
        break;
    case KH_SAY_STARTED:
        if (worker == NULL) break;
        worker->handle = handle;
        handle = -1;
        break;
    case KH_SAY_DIED:
        if (worker != NULL)
            bury(guard, at, (int)message->value, message->value < 0 ? (int)message->extra : 0,
                 (uint64_t)message->extra * 1024, text);
        break;
    case KH_SAY_STOPPED:
        if (worker == NULL) break;
        atomic_store(&worker->stopped, (uint32_t)message->value);
        wake_owner(worker);
        break;
    default: break;
    }
    if (handle >= 0) close(handle);
    if (descriptors[1] >= 0) close(descriptors[1]);
    pthread_cond_broadcast(&guard->changed);
}

/* Starts the spawner: the thread that does it is its parent, and its death would end it. */
static bool begin(kh_guard *guard) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        guard->error = errno;
        return false;
    }
    kh_spawned spawned = kh_spawn(ends[1]);
    close(ends[1]);
    pthread_mutex_lock(&guard->lock);
    guard->socket = ends[0];
    guard->spawner = spawned.process;
    guard->in_namespace = spawned.in_namespace;
    guard->error = spawned.error;
    pthread_cond_broadcast(&guard->changed);
    pthread_mutex_unlock(&guard->lock);
    return spawned.error == 0;
}

/* Its children are gone with it, or go on its heels. As the first process of a namespace it
 * may die at once. Else it gets a moment to reap them: left to a first process of the machine
 * that reaps nothing, they would stay. */
static void reap_spawner(kh_guard *guard) {
    int handle = guard->in_namespace ? -1 : (int)syscall(SYS_pidfd_open, guard->spawner, 0);
    struct pollfd ended = {.fd = handle, .events = POLLIN};
    if (handle >= 0) poll(&ended, 1, KH_REAPING_MS);
    if (handle >= 0) close(handle);
    kill(guard->spawner, SIGKILL);
    while (waitpid(guard->spawner, NULL, 0) < 0 && errno == EINTR) continue;
}

static void *guard_main(void *argument) {
    kh_guard *guard = argument;
    if (begin(guard)) {
        kh_message message;
        char text[KH_MESSAGE_TEXT];
        int descriptors[2];
        while (kh_message_receive(guard->socket, &message, text, descriptors) > 0) {
            pthread_mutex_lock(&guard->lock);
            hear(guard, &message, text, descriptors);
            pthread_mutex_unlock(&guard->lock);
        }
        reap_spawner(guard);
    }
    pthread_mutex_lock(&guard->lock);
    guard->is_gone = true;
    /* At the end of the process a worker's death is news for no lane. */
    while (guard->count > 0 && !atomic_load(&all.is_ending)) bury(guard, 0, -1, ESRCH, 0, "");
    pthread_cond_broadcast(&guard->changed);
    pthread_mutex_unlock(&guard->lock);
    return NULL;
}

kh_guard *kh_guard_open(int *error) {
    kh_guard *guard = calloc(1, sizeof *guard);
    if (guard == NULL) {
        *error = ENOMEM;
        return NULL;
    }
    guard->socket = -1;
    guard->spawner = -1;
    pthread_mutex_init(&guard->lock, NULL);
    pthread_mutex_init(&guard->asking, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&guard->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    sigset_t signals, before;
    sigfillset(&signals);
    pthread_mutex_lock(&all.lock);
    pthread_sigmask(SIG_BLOCK, &signals, &before); /* signals are for the host's threads */
    *error = atomic_load(&all.is_ending)
                 ? ECANCELED
                 : pthread_create(&guard->thread, NULL, guard_main, guard);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (*error == 0) {
        guard->next = all.first;
        all.first = guard;
    }
    pthread_mutex_unlock(&all.lock);
    if (*error != 0) {
        free(guard);
        return NULL;
    }
    return guard;
}

void kh_guard_close(kh_guard *guard) {
    pthread_mutex_lock(&all.lock);
    kh_guard **link = &all.first;
    while (*link != NULL && *link != guard) link = &(*link)->next;
    if (*link != NULL) *link = guard->next;
    pthread_mutex_unlock(&all.lock);
    pthread_mutex_lock(&guard->lock);
    while (guard->socket < 0 && !guard->is_gone) pthread_cond_wait(&guard->changed, &guard->lock);
    if (guard->socket >= 0) shutdown(guard->socket, SHUT_RDWR);
    pthread_mutex_unlock(&guard->lock);
    pthread_join(guard->thread, NULL);
    if (guard->socket >= 0) close(guard->socket);
    pthread_cond_destroy(&guard->changed);
    pthread_mutex_destroy(&guard->lock);
    pthread_mutex_destroy(&guard->asking);
    free(guard->workers);
    free(guard);
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

void kh_guards_end(double patience) {
    struct timespec until = after(patience);
    uint64_t end = kh_monotonic() + (uint64_t)(patience * 1e9);
    atomic_store(&all.is_ending, true);
    if (!lock_until(&all.lock, end)) return;
    for (kh_guard *guard = all.first; guard != NULL; guard = guard->next) {
        if (!lock_until(&guard->lock, end)) continue;
        int error = 0;
        while (guard->socket < 0 && !guard->is_gone && error == 0)
            error = pthread_cond_timedwait(&guard->changed, &guard->lock, &until);
        if (guard->socket >= 0) shutdown(guard->socket, SHUT_RDWR);
        while (!guard->is_gone && error == 0)
            error = pthread_cond_timedwait(&guard->changed, &guard->lock, &until);
        pthread_mutex_unlock(&guard->lock);
    }
    pthread_mutex_unlock(&all.lock);
}

int kh_guard_wait(kh_guard *guard, double patience) {
    struct timespec until = after(patience);
    pthread_mutex_lock(&guard->lock);
    int error = 0;
    while (!guard->is_ready && !guard->is_gone && error == 0)
        error = pthread_cond_timedwait(&guard->changed, &guard->lock, &until);
    if (guard->is_ready && !guard->is_gone) error = 0;
    else if (guard->is_gone) error = guard->error != 0 ? guard->error : ESRCH;
    pthread_mutex_unlock(&guard->lock);
    return error;
}

/* Sends a question and waits for its answer: 0, or errno. A spawner that does not answer
 * in time is ended. [text] is the question's, and then the answer's. */
static int ask(kh_guard *guard, const kh_message *question, char text[KH_MESSAGE_TEXT],
               int descriptor, double patience, kh_message *answer) {
    pthread_mutex_lock(&guard->asking);
    struct timespec until = after(patience);
    pthread_mutex_lock(&guard->lock);
    guard->has_answer = false;
    int error = guard->is_gone ? ESRCH : 0;
    if (error == 0 &&
        kh_message_send(guard->socket, question, text, &descriptor, descriptor >= 0) != 0)
        error = errno == EPIPE ? ESRCH : errno;
    while (!guard->has_answer && !guard->is_gone && error == 0)
        error = pthread_cond_timedwait(&guard->changed, &guard->lock, &until);
    if (guard->has_answer) {
        *answer = guard->answer;
        snprintf(text, KH_MESSAGE_TEXT, "%s", guard->answer_text);
        error = 0;
    } else if (error == ETIMEDOUT) {
        kill(guard->spawner, SIGKILL);
    } else if (error == 0) {
        error = ESRCH;
    }
    pthread_mutex_unlock(&guard->lock);
    pthread_mutex_unlock(&guard->asking);
    return error;
}

int kh_guard_set_rules(kh_guard *guard, const kh_guard_rules *wanted, uint32_t *in_force,
                       char *why, size_t why_size) {
    kh_rules head = {.sandbox = wanted->sandbox,
                     .core = wanted->core,
                     .address_space = wanted->address_space,
                     .processor_seconds = wanted->processor_seconds,
                     .read_count = wanted->read_count,
                     .write_count = wanted->write_count};
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
    kh_message question = {.kind = KH_SAY_RULES}, answer;
    char text[KH_MESSAGE_TEXT] = "";
    if (error == 0) error = ask(guard, &question, text, file, 30, &answer);
    close(file);
    if (error != 0) return error;
    *in_force = (uint32_t)answer.extra;
    snprintf(why, why_size, "%s", text);
    return (int)answer.value;
}

void kh_guard_load(kh_guard *guard, const char *path, double patience, kh_load_answer *load) {
    memset(load, 0, sizeof *load);
    kh_message question = {.kind = KH_SAY_LOAD}, answer;
    char text[KH_MESSAGE_TEXT];
    snprintf(text, sizeof text, "%s", path);
    int error = strlen(path) >= sizeof text - 1
                    ? ENAMETOOLONG
                    : ask(guard, &question, text, -1, patience, &answer);
    if (error != 0) {
        load->refusal = error == ETIMEDOUT ? KH_LOAD_HUNG : KH_LOAD_LINKER;
        snprintf(load->text, sizeof load->text, "%s", error == ESRCH ? "" : strerror(error));
        if (error == ESRCH) load->refusal = KH_LOAD_EXITED; /* it took the spawner along */
        return;
    }
    load->refusal = (enum kh_refusal)answer.value;
    load->found = answer.extra;
    load->expected = answer.worker;
    char *other = strrchr(text, '\n');
    if (other != NULL) *other++ = 0;
    snprintf(load->text, sizeof load->text, "%.*s", (int)sizeof load->text - 1, text);
    snprintf(load->other, sizeof load->other, "%.*s", (int)sizeof load->other - 1,
             other == NULL ? "" : other);
}

void *kh_guard_describe(kh_guard *guard, size_t *size) {
    int file = memfd_create("kernelhost-kernels", MFD_CLOEXEC);
    if (file < 0) return NULL;
    kh_message question = {.kind = KH_SAY_DESCRIBE}, answer;
    char text[KH_MESSAGE_TEXT] = "";
    int error = ask(guard, &question, text, file, 30, &answer);
    void *copy = NULL;
    if (error == 0 && answer.value > 0) {
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

/* ------------------------------------------------------------- workers --- */

uint64_t kh_guard_base(const kh_guard *guard) {
    return guard->base;
}

uint64_t kh_guard_room(const kh_guard *guard) {
    return guard->room;
}

bool kh_guard_has_namespace(const kh_guard *guard) {
    return guard->in_namespace;
}

int kh_worker_start(kh_guard *guard, kh_worker *worker, kh_port *port, uint32_t how, int arena,
                    int output) {
    pthread_mutex_lock(&guard->lock);
    int error = guard->is_gone ? ESRCH : 0;
    if (error == 0 && guard->count == guard->capacity) {
        size_t capacity = guard->capacity ? guard->capacity * 2 : 16;
        kh_worker **grown = realloc(guard->workers, capacity * sizeof *grown);
        if (grown == NULL) error = ENOMEM;
        else {
            guard->workers = grown;
            guard->capacity = capacity;
        }
    }
    if (error == 0) {
        worker->id = ++guard->next_id;
        worker->handle = -1;
        worker->port = port;
        worker->status = worker->error = 0;
        worker->symbol[0] = 0;
        atomic_store(&worker->stopped, 0);
        atomic_store(&worker->state, KH_WORKER_RUNNING);
        guard->workers[guard->count++] = worker;
        kh_message order = {.kind = KH_SAY_START, .worker = worker->id, .value = how};
        int descriptors[2] = {arena, output};
        if (kh_message_send(guard->socket, &order, "", descriptors, 2) != 0) {
            error = errno == EPIPE ? ESRCH : errno;
            guard->count--;
            atomic_store(&worker->state, KH_WORKER_NONE);
        }
    }
    pthread_mutex_unlock(&guard->lock);
    return error;
}

static void kill_locked(kh_guard *guard, kh_worker *worker) {
    if (atomic_load(&worker->state) != KH_WORKER_RUNNING) return;
    if (worker->handle >= 0 &&
        syscall(SYS_pidfd_send_signal, worker->handle, SIGKILL, NULL, 0) == 0)
        return;
    kh_message order = {.kind = KH_SAY_KILL, .worker = worker->id};
    kh_message_send(guard->socket, &order, "", NULL, 0);
}

void kh_worker_kill(kh_guard *guard, kh_worker *worker) {
    pthread_mutex_lock(&guard->lock);
    kill_locked(guard, worker);
    pthread_mutex_unlock(&guard->lock);
}

void kh_worker_end(kh_guard *guard, kh_worker *worker) {
    pthread_mutex_lock(&guard->lock);
    kill_locked(guard, worker);
    worker->port = NULL; /* nobody waits there any more */
    while (atomic_load(&worker->state) == KH_WORKER_RUNNING)
        pthread_cond_wait(&guard->changed, &guard->lock);
    pthread_mutex_unlock(&guard->lock);
}

/* Bytes of memory that a process has to itself; 0: not known. */
static uint64_t memory_of(long process) {
    char path[64];
    unsigned long mapped = 0, resident = 0, shared = 0;
    snprintf(path, sizeof path, "/proc/%ld/statm", process);
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    if (fscanf(file, "%lu %lu %lu", &mapped, &resident, &shared) != 3) resident = shared = 0;
    fclose(file);
    return resident > shared ? (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

uint64_t kh_worker_memory(kh_guard *guard, kh_worker *worker) {
    char path[64], text[512];
    pthread_mutex_lock(&guard->lock);
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", worker->handle);
    FILE *file = worker->handle >= 0 ? fopen(path, "re") : NULL;
    pthread_mutex_unlock(&guard->lock);
    long process = -1;
    while (file != NULL && fgets(text, sizeof text, file) != NULL)
        if (sscanf(text, "Pid: %ld", &process) == 1) break;
    if (file != NULL) fclose(file);
    if (process <= 0) return 0;
    /* What the spawner has, its fork has too, without having asked for it. */
    uint64_t whole = memory_of(process), given = memory_of(guard->spawner);
    return whole > given ? whole - given : 0;
}

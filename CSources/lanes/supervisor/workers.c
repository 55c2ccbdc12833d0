/* Workers: started, killed, awaited and measured for the host's lanes. */
#include "supervisor/supervisor_parts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

uint64_t kh_supervisor_base(const kh_supervisor *supervisor) {
    return supervisor->base;
}

pid_t kh_supervisor_process(const kh_supervisor *supervisor) {
    return supervisor->fork_server;
}

uint64_t kh_supervisor_room(const kh_supervisor *supervisor) {
    return supervisor->room;
}

bool kh_supervisor_checks_memory(const kh_supervisor *supervisor) {
    return supervisor->checks_memory;
}

bool kh_supervisor_has_namespace(const kh_supervisor *supervisor) {
    return supervisor->in_namespace;
}

/* The lane's rings, lists and bookkeeping in the arena. */
enum { KH_LANES_OWN = 1 << 20 };

/* Returns the memory of a memory file. */
static uint64_t size_of(int file) {
    struct stat about;
    return fstat(file, &about) == 0 ? (uint64_t)about.st_blocks * 512 : 0;
}

/* Returns whether the system has pidfds: since Linux 5.3. */
static bool has_pidfds(void) {
    static _Atomic int reply; /* 0: not known yet */
    if (atomic_load(&reply) == 0) {
        int handle = (int)syscall(SYS_pidfd_open, getpid(), 0);
        atomic_store(&reply, handle >= 0 || errno != ENOSYS ? 1 : 2);
        if (handle >= 0) close(handle);
    }
    return atomic_load(&reply) == 1;
}

int kh_worker_start(kh_supervisor *supervisor, kh_worker *worker, kh_wake *owner, uint32_t how,
                    int arena, int output) {
    pthread_mutex_lock(&supervisor->lock);
    int error = supervisor->is_gone ? ESRCH : 0;
    if (error == 0 && supervisor->count == supervisor->capacity) {
        size_t capacity = supervisor->capacity ? supervisor->capacity * 2 : 16;
        kh_worker **grown = realloc(supervisor->workers, capacity * sizeof *grown);
        if (grown == NULL) error = ENOMEM;
        else {
            supervisor->workers = grown;
            supervisor->capacity = capacity;
        }
    }
    if (error == 0) {
        worker->id = ++supervisor->next_id;
        worker->handle = -1;
        /* Plugins' code may send messages as the fork server, so the host must see a death
         * itself. */
        if (supervisor->has_plugins && has_pidfds()) how |= KH_START_MEASURED;
        worker->is_measured = (how & KH_START_MEASURED) != 0;
        worker->overdue = 0;
        worker->shared = worker->is_measured ? KH_LANES_OWN + size_of(arena) + size_of(output) : 0;
        worker->owner = owner;
        worker->status = worker->error = 0;
        worker->symbol[0] = 0;
        atomic_store(&worker->stopped, 0);
        atomic_store(&worker->process, 0);
        atomic_store(&worker->state, KH_WORKER_RUNNING);
        supervisor->workers[supervisor->count++] = worker;
        kh_message order = {.kind = KH_MESSAGE_START, .worker = worker->id, .value = how};
        int descriptors[2] = {arena, output};
        if (kh_message_send(supervisor->socket, &order, "", descriptors, 2) != 0) {
            error = errno == EPIPE ? ESRCH : errno;
            supervisor->count--;
            atomic_store(&worker->state, KH_WORKER_NONE);
        }
    }
    pthread_mutex_unlock(&supervisor->lock);
    return error;
}

static void kill_locked(kh_supervisor *supervisor, kh_worker *worker) {
    if (atomic_load(&worker->state) != KH_WORKER_RUNNING) return;
    if (worker->overdue == 0) worker->overdue = 1;
    if (worker->handle >= 0 &&
        syscall(SYS_pidfd_send_signal, worker->handle, SIGKILL, NULL, 0) == 0)
        return;
    kh_message order = {.kind = KH_MESSAGE_KILL, .worker = worker->id};
    kh_message_send(supervisor->socket, &order, "", NULL, 0);
}

void kh_worker_kill(kh_supervisor *supervisor, kh_worker *worker) {
    pthread_mutex_lock(&supervisor->lock);
    kill_locked(supervisor, worker);
    pthread_mutex_unlock(&supervisor->lock);
}

void kh_worker_await(kh_supervisor *supervisor, kh_worker *worker, uint64_t nanoseconds) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    nanoseconds += (uint64_t)until.tv_nsec;
    until.tv_sec += (time_t)(nanoseconds / 1000000000);
    until.tv_nsec = (long)(nanoseconds % 1000000000);
    pthread_mutex_lock(&supervisor->lock);
    while (atomic_load(&worker->state) == KH_WORKER_RUNNING &&
           pthread_cond_timedwait(&supervisor->changed, &supervisor->lock, &until) == 0)
        continue;
    pthread_mutex_unlock(&supervisor->lock);
}

void kh_worker_end(kh_supervisor *supervisor, kh_worker *worker) {
    pthread_mutex_lock(&supervisor->lock);
    kill_locked(supervisor, worker);
    worker->owner = NULL; /* the lane does not wait any more */
    while (atomic_load(&worker->state) == KH_WORKER_RUNNING)
        pthread_cond_wait(&supervisor->changed, &supervisor->lock);
    pthread_mutex_unlock(&supervisor->lock);
}

pid_t kh_process_of(int handle) {
    char path[64], text[512];
    long process = 0;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", handle);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(text, sizeof text, file) != NULL)
        if (sscanf(text, "Pid: %ld", &process) == 1) break;
    if (file != NULL) fclose(file);
    return process > 0 ? (pid_t)process : 0;
}

pid_t kh_worker_process(kh_supervisor *supervisor, kh_worker *worker) {
    struct timespec until = kh_supervisor_after(2);
    pthread_mutex_lock(&supervisor->lock);
    /* It may have run calls before the message with its handle has come. */
    while (worker->is_measured && worker->handle < 0 &&
           atomic_load(&worker->state) == KH_WORKER_RUNNING &&
           pthread_cond_timedwait(&supervisor->changed, &supervisor->lock, &until) == 0)
        continue;
    pid_t process = worker->handle >= 0 ? kh_process_of(worker->handle) : 0;
    pthread_mutex_unlock(&supervisor->lock);
    return process;
}

uint64_t kh_worker_memory(kh_supervisor *supervisor, kh_worker *worker) {
    pid_t process = kh_worker_process(supervisor, worker);
    if (process == 0) return 0;
    kh_memory own = kh_memory_of(process), given = kh_memory_of(supervisor->fork_server);
    /* A fork has the fork server's memory without having asked for it. The lane's own parts of
     * the arena, and what the host wrote there, are not the call's. */
    uint64_t private = own.private > given.private ? own.private - given.private : 0;
    uint64_t shared = own.shared > worker->shared ? own.shared - worker->shared : 0;
    return private + shared + kh_unmapped_memory(process);
}

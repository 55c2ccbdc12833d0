/* Messages from the fork server, and what of them is believed. */
#include "supervisor/supervisor_parts.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* How often the supervisor looks for workers that should be dead. After this many looks it assumes
 * that their fork server hides them. */
enum { KH_LOOK_MS = 4000, KH_MOST_OVERDUE = 3 };

static void wake_owner(kh_worker *worker) {
    if (worker->owner != NULL) kh_wake_owner(worker->owner);
}

void kh_supervisor_note_death(kh_supervisor *supervisor, size_t at, int status, int error,
                              uint64_t memory, const char *symbol) {
    kh_worker *worker = supervisor->workers[at];
    supervisor->workers[at] = supervisor->workers[--supervisor->count];
    worker->status = status;
    worker->error = error;
    worker->most_memory = memory;
    snprintf(worker->symbol, sizeof worker->symbol, "%s", symbol);
    if (worker->handle >= 0) close(worker->handle);
    worker->handle = -1;
    atomic_store(&worker->process, 0);
    atomic_store(&worker->state, KH_WORKER_DEAD);
    wake_owner(worker);
}

enum kh_whose { KH_OF_FORK_SERVER, KH_OF_OTHERS, KH_NOT_KNOWN };

/* Finds out whose child the process of a pidfd is. A plugin runs code in the fork server while
 * it is loaded, and could send the pidfd of another process. The host may kill what it has a
 * pidfd of. Without /proc this is not known. */
static enum kh_whose whose_child(int handle, pid_t fork_server) {
    char path[64], text[512] = "";
    pid_t process = kh_process_of(handle);
    if (process == 0) return KH_NOT_KNOWN;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return KH_NOT_KNOWN;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    /* The name may have any bytes, parentheses too. */
    const char *name_end = length > 0 ? strrchr(text, ')') : NULL;
    int parent = 0;
    if (name_end == NULL || sscanf(name_end + 1, " %*c %d", &parent) != 1 ||
        kh_process_of(handle) != process)
        return KH_NOT_KNOWN; /* it has ended meanwhile */
    return parent == (int)fork_server ? KH_OF_FORK_SERVER : KH_OF_OTHERS;
}

/* Returns whether the process of a pidfd is dead. */
static bool has_ended(int handle) {
    struct pollfd ended = {.fd = handle, .events = POLLIN};
    return poll(&ended, 1, 0) == 1 && (ended.revents & POLLIN) != 0;
}

/* Handles a message from the fork server. Returns false if it is impossible: then a plugin's
 * code has sent it. */
static bool dispatch(kh_supervisor *supervisor, const kh_message *message, const char *text,
                 int descriptors[2]) {
    size_t at = 0;
    while (at < supervisor->count && supervisor->workers[at]->id != message->worker) at++;
    kh_worker *worker = at < supervisor->count ? supervisor->workers[at] : NULL;
    switch (message->kind) {
    case KH_MESSAGE_HELLO:
        if (supervisor->is_ready || message->value <= 0 || message->value % 4096 != 0 ||
            message->extra <= 0 || (uint64_t)message->extra > KH_LARGEST_ARENA)
            return false;
        supervisor->base = (uint64_t)message->value;
        supervisor->room = (uint64_t)message->extra;
        supervisor->is_ready = true;
        return true;
    case KH_MESSAGE_READY:
    case KH_MESSAGE_LOADED:
    case KH_MESSAGE_DESCRIBED:
        if (message->kind != supervisor->expected) return false;
        supervisor->reply = *message;
        snprintf(supervisor->reply_text, sizeof supervisor->reply_text, "%s", text);
        supervisor->expected = 0;
        supervisor->has_reply = true;
        return true;
    case KH_MESSAGE_STARTED:
        if (worker == NULL || !worker->is_measured || worker->handle >= 0) return false;
        switch (whose_child(descriptors[0], supervisor->fork_server)) {
        case KH_OF_OTHERS: return false;
        case KH_NOT_KNOWN:
            if (has_ended(descriptors[0])) break; /* a dead worker cannot be killed */
            worker->is_measured = false;
            return true;
        default: break;
        }
        worker->handle = descriptors[0];
        atomic_store(&worker->process, (int)kh_process_of(worker->handle));
        descriptors[0] = -1;
        return true;
    case KH_MESSAGE_DIED: {
        if (worker == NULL) return false;
        /* A running worker would continue to write where the next one does. */
        bool has_started = message->value >= 0;
        if (worker->is_measured && has_started && worker->handle < 0) return false;
        if (worker->handle >= 0 && !has_ended(worker->handle)) return false;
        kh_supervisor_note_death(supervisor, at, has_started ? (int)message->value : -1,
                      has_started ? 0 : (int)message->extra,
                      has_started ? (uint64_t)message->extra * 1024 : 0, text);
        return true;
    }
    case KH_MESSAGE_STOPPED:
        if (worker == NULL || message->value < 0 || message->value > 64) return false;
        atomic_store(&worker->stopped, (uint32_t)message->value);
        wake_owner(worker);
        return true;
    default: return false;
    }
}

/* Returns whether a worker that was to be killed is long overdue: the fork server is stuck, or
 * hides it. Looks are counted, not time, because the host may have been stopped. */
static bool hides_a_worker(kh_supervisor *supervisor) {
    bool hides = false;
    for (size_t i = 0; i < supervisor->count; i++)
        if (supervisor->workers[i]->overdue > 0)
            hides = ++supervisor->workers[i]->overdue > KH_MOST_OVERDUE || hides;
    return hides;
}

void kh_supervisor_listen(kh_supervisor *supervisor) {
    kh_message message;
    char text[KH_MESSAGE_TEXT];
    int descriptors[2];
    struct pollfd speaks = {.fd = supervisor->socket, .events = POLLIN};
    uint64_t looked = kh_monotonic();
    for (bool goes_on = true; goes_on;) {
        int ready = poll(&speaks, 1, KH_LOOK_MS);
        if (ready < 0) continue;
        uint64_t now = kh_monotonic();
        bool is_due = now - looked >= KH_LOOK_MS * UINT64_C(1000000);
        if (is_due) looked = now;
        int received =
            ready > 0 ? kh_message_receive(supervisor->socket, &message, text, descriptors) : 0;
        bool is_cut = received < 0 && errno == EBADMSG;
        if (ready > 0 && received <= 0 && !is_cut) return;
        pthread_mutex_lock(&supervisor->lock);
        if (is_cut) goes_on = false;
        else if (ready > 0) goes_on = dispatch(supervisor, &message, text, descriptors);
        if (is_due && hides_a_worker(supervisor)) goes_on = false;
        supervisor->is_broken = !goes_on;
        pthread_cond_broadcast(&supervisor->changed);
        pthread_mutex_unlock(&supervisor->lock);
        for (int i = 0; i < 2 && received > 0; i++)
            if (descriptors[i] >= 0) close(descriptors[i]);
    }
}

/* Requests to the fork server that wait for its reply. */
#include "supervisor/supervisor_parts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct timespec kh_supervisor_after(double seconds) {
    uint64_t time = kh_monotonic() + (uint64_t)(seconds * 1e9);
    return (struct timespec){(time_t)(time / 1000000000), (long)(time % 1000000000)};
}

int kh_supervisor_wait(kh_supervisor *supervisor, double patience) {
    struct timespec until = kh_supervisor_after(patience);
    pthread_mutex_lock(&supervisor->lock);
    int error = 0;
    while (!supervisor->is_ready && !supervisor->is_gone && error == 0)
        error = pthread_cond_timedwait(&supervisor->changed, &supervisor->lock, &until);
    if (supervisor->is_ready && !supervisor->is_gone) error = 0;
    else if (supervisor->is_gone) error = supervisor->error != 0 ? supervisor->error : ESRCH;
    pthread_mutex_unlock(&supervisor->lock);
    return error;
}

/* Sends a request and waits for its reply. Returns 0 or errno. A fork server that does not reply
 * in time is ended. [text] holds the request's text, and then the reply's. */
static int exchange(kh_supervisor *supervisor, const kh_message *request, uint32_t expected,
               char text[KH_MESSAGE_TEXT], int descriptor, double patience, kh_message *reply) {
    pthread_mutex_lock(&supervisor->requesting);
    struct timespec until = kh_supervisor_after(patience);
    pthread_mutex_lock(&supervisor->lock);
    supervisor->has_reply = false;
    supervisor->expected = expected;
    int error = supervisor->is_gone ? ESRCH : 0;
    if (error == 0 &&
        kh_message_send(supervisor->socket, request, text, &descriptor, descriptor >= 0) != 0)
        error = errno == EPIPE ? ESRCH : errno;
    while (!supervisor->has_reply && !supervisor->is_gone && error == 0)
        error = pthread_cond_timedwait(&supervisor->changed, &supervisor->lock, &until);
    if (supervisor->has_reply) {
        *reply = supervisor->reply;
        snprintf(text, KH_MESSAGE_TEXT, "%s", supervisor->reply_text);
        error = 0;
    } else if (error == ETIMEDOUT) {
        kill(supervisor->fork_server, SIGKILL); /* not reaped yet: the number is still its own */
    } else if (atomic_load(&kh_supervisors_are_ending)) {
        pthread_mutex_unlock(&supervisor->lock);
        kh_wait_for_exit();
    } else if (error == 0) {
        error = supervisor->is_broken ? EBADMSG : ESRCH;
    }
    pthread_mutex_unlock(&supervisor->lock);
    pthread_mutex_unlock(&supervisor->requesting);
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
    kh_message request = {.kind = KH_MESSAGE_RULES}, reply;
    char text[KH_MESSAGE_TEXT] = "";
    if (error == 0)
        error = exchange(supervisor, &request, KH_MESSAGE_READY, text, file, 30, &reply);
    close(file);
    if (error != 0) return error;
    *in_force = (uint32_t)reply.extra;
    snprintf(why, why_size, "%s", text);
    return (int)reply.value;
}

static void request_load(kh_supervisor *supervisor, uint32_t kind, const char *wanted,
                         double patience, kh_load_result *load) {
    memset(load, 0, sizeof *load);
    kh_message request = {.kind = kind}, reply;
    char text[KH_MESSAGE_TEXT];
    snprintf(text, sizeof text, "%s", wanted);
    int error = strlen(wanted) >= sizeof text - 1
                    ? ENAMETOOLONG
                    : exchange(supervisor, &request, KH_MESSAGE_LOADED, text, -1, patience, &reply);
    if (error != 0) {
        load->refusal = error == ETIMEDOUT ? KH_LOAD_HUNG : KH_LOAD_LINKER;
        snprintf(load->text, sizeof load->text, "%s",
                 error == ESRCH     ? ""
                 : error == EBADMSG ? "code that it runs while it is loaded wrote to the host in "
                                      "the name of the process that loads plugins"
                                    : strerror(error));
        if (error == ESRCH) load->refusal = KH_LOAD_EXITED; /* the plugin ended the fork server */
        return;
    }
    pthread_mutex_lock(&supervisor->lock);
    supervisor->has_plugins = true;
    pthread_mutex_unlock(&supervisor->lock);
    load->refusal = (enum kh_refusal)reply.value;
    load->found = reply.extra;
    load->expected = reply.more;
    char *other = strrchr(text, '\n');
    if (other != NULL) *other++ = 0;
    snprintf(load->text, sizeof load->text, "%.*s", (int)sizeof load->text - 1, text);
    snprintf(load->other, sizeof load->other, "%.*s", (int)sizeof load->other - 1,
             other == NULL ? "" : other);
}

void kh_supervisor_load(kh_supervisor *supervisor, const char *path, double patience,
                        kh_load_result *load) {
    request_load(supervisor, KH_MESSAGE_LOAD, path, patience, load);
}

void kh_supervisor_declare(kh_supervisor *supervisor, const char *function, double patience,
                           kh_load_result *load) {
    request_load(supervisor, KH_MESSAGE_DECLARE, function, patience, load);
}

void *kh_supervisor_describe(kh_supervisor *supervisor, size_t *size) {
    int file = memfd_create("kernelhost-kernels", MFD_CLOEXEC);
    if (file < 0) return NULL;
    kh_message request = {.kind = KH_MESSAGE_DESCRIBE}, reply;
    char text[KH_MESSAGE_TEXT] = "";
    int error = exchange(supervisor, &request, KH_MESSAGE_DESCRIBED, text, file, 30, &reply);
    void *copy = NULL;
    if (error == 0 && reply.value > 0 && reply.value <= (int64_t)KH_LARGEST_DESCRIPTION) {
        *size = (size_t)reply.value;
        copy = malloc(*size);
        if (copy != NULL && pread(file, copy, *size, 0) != (ssize_t)*size) {
            free(copy);
            copy = NULL;
        }
    }
    close(file);
    return copy;
}

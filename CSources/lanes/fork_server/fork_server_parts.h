/* What the files of the fork server share. Private to them. */
#ifndef KH_FORK_SERVER_PARTS_H
#define KH_FORK_SERVER_PARTS_H

#include "plugins/loader.h"
#include "protocol/messages.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>
#include <sys/types.h>

typedef struct kh_child {
    pid_t process;
    uint32_t worker;
    int arena; /* from which the crash record is read */
} kh_child;

typedef struct kh_fork_server_state {
    int socket, signals;
    kh_kernels kernels;
    const kh_kernel *const *table; /* of the kernels, for workers */
    kh_rules rules;
    kh_sandbox_rules sandbox;
    void *base;
    uint64_t room;
    kh_child *children; /* `few`, until there are more */
    size_t count, capacity;
    kh_child few[16];
    /* A worker that is ready and only lacks an arena, so that a lane whose worker died does not
     * wait for a fork. 0: absent. */
    pid_t spare;
    int spare_socket;
    bool wants_spare;
} kh_fork_server_state;

/* The one fork server of this process. */
extern kh_fork_server_state kh_server;

/* fork_server.c: sends a message to the host. If the host is gone, ends everything.
 * [descriptor]: -1: no descriptor. */
void kh_server_send(uint32_t kind, uint32_t worker, int64_t value, int64_t extra, const char *text,
                   int descriptor);
/* fork_server.c: the same for a message with all its members. */
void kh_server_send_message(const kh_message *message, const char *text, int descriptor);
/* fork_server.c: sets up the signals of this process. */
void kh_server_watch_signals(void);
/* fork_server.c: ends this process and all its descendants. */
_Noreturn void kh_server_end(void);
/* load.c: loads a library or a function, and sends the result. */
void kh_server_load(kh_load *load, const char *text);
/* load.c: writes the descriptors of all kernels to a file, and closes it. */
void kh_server_encode(int file);
/* children.c: starts a worker. [how]: bits of kh_start. */
void kh_children_start(uint32_t worker, uint32_t how, int arena, int output);
void kh_children_kill(uint32_t worker);
/* children.c: reports the workers that have ended, or were stopped, to the host. */
void kh_children_reap(void);
/* children.c: forks a worker ahead of its start. A failure does no harm: then start forks one. */
void kh_children_make_spare(void);

#endif

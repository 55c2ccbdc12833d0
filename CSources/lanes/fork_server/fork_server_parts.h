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
    int arena; /* for what its handler wrote */
} kh_child;

typedef struct kh_fork_server_state {
    int socket, signals;
    kh_kernels kernels;
    const kh_kernel *const *table; /* of them, for workers */
    kh_rules rules;
    kh_sandbox_rules sandbox;
    void *base;
    uint64_t room;
    kh_child *children; /* `few`, until they are more */
    size_t count, capacity;
    kh_child few[16];
    /* A worker that is ready but for an arena: a lane whose worker died does not wait for a
     * fork. 0: there is none. */
    pid_t spare;
    int spare_socket;
    bool wants_spare;
} kh_fork_server_state;

/* The one fork server of this process. */
extern kh_fork_server_state kh_server;

/* fork_server.c: sends a message to the host; ends all if the host is gone. [descriptor]: -1: none.
 */
void kh_server_send(uint32_t kind, uint32_t worker, int64_t value, int64_t extra, const char *text,
                   int descriptor);
/* fork_server.c */
void kh_server_watch_signals(void);
/* fork_server.c: ends this process and all that it has started. */
_Noreturn void kh_server_end(void);
/* load.c: loads a plugin, and sends what came of it. */
void kh_server_load(const char *path);
/* load.c: writes the descriptors of all kernels to a file, which is closed. */
void kh_server_encode(int file);
/* children.c: starts a worker. [how]: of kh_start. */
void kh_children_start(uint32_t worker, uint32_t how, int arena, int output);
void kh_children_kill(uint32_t worker);
/* children.c: tells the host of the workers that have ended, or were stopped. */
void kh_children_reap(void);
/* children.c: forks a worker ahead of its start. A failure does no harm: a worker is forked when it
 * is wanted. */
void kh_children_make_spare(void);

#endif

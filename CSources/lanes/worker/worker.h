/* What a worker is told by the fork server that forks it. */
#ifndef KH_WORKER_H
#define KH_WORKER_H

#include "shared/arena.h"
#include "plugins/loader.h"
#include "protocol/messages.h"
#include "sandbox/sandbox.h"

#include <sys/types.h>

typedef struct kh_worker_orders {
    const kh_kernel *const *kernels;
    uint32_t kernel_count;
    const kh_rules *rules;
    const kh_sandbox_rules *sandbox;
    pid_t fork_server;
    void *base;        /* where to map the arena: free for so many bytes */
    uint64_t room;
    int spare;         /* a socket, over which the next two come; -1: they are here */
    int arena, output; /* descriptors */
} kh_worker_orders;

/* Runs a lane over the arena until the client says quit. Never returns. */
_Noreturn void kh_worker_main(kh_worker_orders orders);

#endif

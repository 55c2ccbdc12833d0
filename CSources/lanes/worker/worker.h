/* What the fork server tells a worker that it forks. */
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
    void *base;        /* where to map the arena: this many bytes are free there */
    uint64_t room;
    int spare;         /* a socket that brings the next two; -1: they are set */
    int arena, output; /* descriptors */
} kh_worker_orders;

/* Runs a lane over the arena until the client says quit. Never returns. */
_Noreturn void kh_worker_main(kh_worker_orders orders);

#endif

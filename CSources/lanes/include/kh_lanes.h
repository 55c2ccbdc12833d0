/*
 * Lanes, as KernelBridge sees them. Private: a kernel includes kernel_host.h only.
 *
 * A lane steps its live calls in turn. It shares one arena with its owner, which reaches it by a
 * client. The client writes calls into slots of the arena and submits them. The lane runs them,
 * and reports completions and printed text. Nothing else passes between the two, so the lane may
 * be a thread or another process.
 *
 *     client  -> submit ring      -> lane     slots, memory to release
 *     client  <- completion ring  <- lane     how each call ended
 *     client  <- text ring        <- lane     what kernels print, in order
 *
 * A worker is a process that runs one lane. A fork server forks the workers, and a supervisor in
 * the host controls the fork server.
 *
 * A tag at the end of a comment says where a function may be called:
 * [client]  on one thread at a time, the owner of the client
 * [any]     on any thread
 *
 * The client trusts nothing in the arena: it reads each field once, and checks it.
 */
#ifndef KH_LANES_H
#define KH_LANES_H

#include "kh_client.h"
#include "kh_death.h"
#include "kh_kernels.h"
#include "kh_snapshot.h"
#include "kh_supervisor.h"

#endif

/*
 * kh_lanes.h - the lane loop, as KernelBridge sees it. Private: kernels read
 * kernel_host.h and nothing else.
 *
 * A lane steps its live calls in turn. It shares one arena with one owner, the
 * client: the client writes calls into slots of the arena and submits them, the
 * lane runs them and reports completions and printed text. Nothing else passes
 * between the two, so the lane may be a thread or another process.
 *
 *     client  -> submit ring      -> lane     slots, memory to release
 *     client <-  completion ring <-  lane     how each call ended
 *     client <-  text ring       <-  lane     what kernels print, in order
 *
 * A lane in another process is run by a worker, which a supervisor starts: see below.
 *
 * [client]  on the one thread that owns the client (at a time)
 * [any]   on any thread
 * The client believes nothing that it reads from the arena: each field is read
 * once and checked.
 */
#ifndef KH_LANES_H
#define KH_LANES_H

#include "kh_client.h"
#include "kh_death.h"
#include "kh_kernels.h"
#include "kh_supervisor.h"

#endif

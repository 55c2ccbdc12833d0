/* The processor time that a call may take: its own limit, and that of each call in a worker.
 *
 * With such a limit a lane checks its processor time after each step. A timer of the process
 * ends a step that does not return: SIGXCPU first, and SIGKILL a second later. The timers are
 * set before a step, and only if they are wrong by more than milliseconds. So each call has its
 * full limit, whatever its worker has used before. */
#ifndef KH_PROCESSOR_TIME_H
#define KH_PROCESSOR_TIME_H

#include "lane/lane.h"

/* Begins to count the processor time of steps. [most_ns]: for each call in a worker; 0: no
 * limit. Returns false if the system has no timer for the lane's process. */
bool kh_lane_count_processor(kh_lane *lane, uint64_t most_ns);
/* Called before the first code of a call, and before later code of it. */
void kh_lane_begin_counted(kh_lane *lane, uint32_t id);
void kh_lane_enter_counted(kh_lane *lane, uint32_t id);
/* Called after a step, and after a reading of the lane's clock. */
void kh_lane_charge_processor(kh_lane *lane, uint32_t id);

/* Returns whether the limit is used up, as far as the last step shows. */
static inline bool kh_lane_has_used_up(const kh_lane *lane, uint32_t id) {
    const kh_turn *turn = &lane->turns[id];
    return turn->processor_ns != 0 && turn->processor_used >= turn->processor_ns;
}

/* Begins to count once a call has a limit. The client says so before it submits the first of
 * these. */
static inline void kh_lane_look_at_counting(kh_lane *lane) {
    if (KH_LIKELY(lane->is_counted) ||
        KH_LIKELY(atomic_load_explicit(&lane->arena->is_counted, memory_order_relaxed) == 0))
        return;
    (void)kh_lane_count_processor(lane, 0);
}

#endif

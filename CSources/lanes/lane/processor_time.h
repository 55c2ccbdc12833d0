/* The processor time that a call may take: its own limit, and that of each call in a worker.
 *
 * Where there is such a limit a lane looks at its processor time behind each step. A step that
 * does not return is ended by a timer of the process: SIGXCPU first, and SIGKILL a second
 * later. The timers are set before a step, and only where they are off by more than
 * milliseconds: so each call has all of its limit, whatever its worker has used before. */
#ifndef KH_PROCESSOR_TIME_H
#define KH_PROCESSOR_TIME_H

#include "lane/lane.h"

/* From now on steps are counted. [most_ns]: of each call in a worker; 0: no limit. Returns
 * false where the system has no timer for the lane's process. */
bool kh_lane_count_processor(kh_lane *lane, uint64_t most_ns);
/* Before the first code of a call, and before later code of it. */
void kh_lane_begin_counted(kh_lane *lane, uint32_t id);
void kh_lane_enter_counted(kh_lane *lane, uint32_t id);
/* Behind a step, and behind a reading of the lane's clock. */
void kh_lane_charge_processor(kh_lane *lane, uint32_t id);

/* As far as it is known: by the last step. */
static inline bool kh_lane_has_used_up(const kh_lane *lane, uint32_t id) {
    const kh_turn *turn = &lane->turns[id];
    return turn->processor_ns != 0 && turn->processor_used >= turn->processor_ns;
}

/* A call has a limit of its own: the client says so before the first of them is submitted. */
static inline void kh_lane_look_at_counting(kh_lane *lane) {
    if (KH_LIKELY(lane->is_counted) ||
        KH_LIKELY(atomic_load_explicit(&lane->arena->is_counted, memory_order_relaxed) == 0))
        return;
    (void)kh_lane_count_processor(lane, 0);
}

#endif

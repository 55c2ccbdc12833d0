/* The innermost loop: what a step costs while no call ends. */
#include "lane.h"

/* [is_late]: the clock has ticked since deadlines were looked at. */
__attribute__((always_inline)) static inline uint32_t pass(kh_lane *lane, uint32_t first,
                                                           uint32_t count, bool repeats,
                                                           bool is_worker, bool is_late,
                                                           int64_t *answer) {
    kh_arena *arena = lane->arena;
    const uint32_t *at = lane->live + first, *end = lane->live + count;
    const volatile char *output = lane->output;
    uint64_t tick = lane->tick;
    for (;; at = lane->live) {
        for (; at != end; at++) {
            /* Behind the list's end it may be any place: to ask for one is no access. */
            kh_fetch_to_write((char *)arena + (uint64_t)at[KH_AHEAD] * 64);
            uint32_t unit = *at;
            kh_slot *slot = (kh_slot *)((char *)arena + (uint64_t)unit * 64);
            if (is_late && atomic_load_explicit(&slot->deadline, memory_order_relaxed) <= tick) {
                *answer = KH_OVERDUE;
                return (uint32_t)(at - lane->live);
            }
            if (is_worker) arena->stepping = unit; /* before its code runs: a death has a name */
            int result = slot->step(&slot->call, kh_state_of(slot));
            if (KH_UNLIKELY(result != KH_MORE || (is_worker && *output != 0))) {
                *answer = result;
                return (uint32_t)(at - lane->live);
            }
        }
        if (!repeats ||
            atomic_load_explicit(&arena->news, memory_order_relaxed) != lane->news ||
            atomic_load_explicit(&arena->tick, memory_order_relaxed) != tick)
            return count;
        KH_SHOW(arena->pass, ++lane->pass);
    }
}

uint32_t kh_lane_pass(kh_lane *lane, uint32_t at, uint32_t count, bool repeats, bool is_late,
                      int64_t *answer) {
    if (is_late) return pass(lane, at, count, false, true, true, answer);
    return lane->is_worker ? pass(lane, at, count, repeats, true, false, answer)
                           : pass(lane, at, count, repeats, false, false, answer);
}

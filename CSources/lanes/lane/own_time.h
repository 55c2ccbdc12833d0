/* A call's own time, and how a lane counts it at almost no cost.
 *
 * A call's own time is that of its steps and its sleeps. Steps of a few microseconds and more
 * are measured: the lane reads the clock after each. For shorter steps it reads the clock once a
 * tick, and divides the time since the last reading evenly among the calls that took turns. One
 * number, the lane's share, adds this to all of them at once. So a call's time is wrong by the
 * difference between its short steps and its neighbours'. The clock finds a first long step
 * among short ones, because it sees the lane in it for more than a tick.
 *
 * Time in which a worker was stopped, or the host was suspended, counts for no call. */
#ifndef KH_OWN_TIME_H
#define KH_OWN_TIME_H

#include "lane/lane.h"

/* Steps are measured while they take longer than this on average, until they take less. */
enum { KH_SLOW_STEP_NS = 3000, KH_FAST_STEP_NS = 1500, KH_SLOW_STEPS = 64 };
/* After a longer time without a reading the process may have been suspended. */
#define KH_STANDSTILL_NS 50000000
/* After this time without a reading there may have been one long step. */
#define KH_LONG_STEP_NS 2000000

/* Reads the clock. Returns the time since the last reading, without suspended time. */
static inline uint64_t kh_lane_read_clock(kh_lane *lane) {
    uint64_t now = kh_monotonic();
    uint64_t passed = now - lane->now;
    if (KH_UNLIKELY(passed > KH_LONG_STEP_NS)) {
        uint64_t active = atomic_load_explicit(&lane->arena->active_ns, memory_order_relaxed);
        uint64_t most = active - lane->active_seen + KH_STANDSTILL_NS / 2;
        if (passed > KH_STANDSTILL_NS && passed > most) passed = most;
        lane->active_seen = active;
    }
    lane->now = now;
    lane->now_is_old = false;
    return passed;
}

/* Returns the call's own time so far. */
static inline uint64_t kh_lane_own(const kh_lane *lane, uint32_t id) {
    const kh_cold *cold = &lane->cold[id];
    uint64_t own = cold->own_ns;
    if (cold->has_joined && !cold->is_parked) own += lane->share - lane->turns[id].share_base;
    return own;
}

static inline bool kh_lane_is_over(const kh_lane *lane, uint32_t id) {
    uint64_t timeout = lane->cold[id].timeout_ns;
    return timeout != 0 && kh_lane_own(lane, id) >= timeout;
}

/* Divides the time of fast steps since the last reading among the live calls. */
static inline void kh_lane_share_out(kh_lane *lane) {
    uint64_t passed = kh_lane_read_clock(lane);
    if (passed > KH_LONG_STEP_NS) {
        uint64_t id = atomic_load_explicit(&lane->arena->slow_id, memory_order_relaxed) - 1;
        uint64_t seen = atomic_load_explicit(&lane->arena->slow_until, memory_order_relaxed);
        uint64_t slow = atomic_load_explicit(&lane->arena->slow_ns, memory_order_relaxed);
        if (id < lane->layout.live_limit && seen + passed > lane->now) {
            if (slow > passed) slow = passed;
            KH_WRITE_ONCE(lane->cold[id].own_ns, lane->cold[id].own_ns + slow);
            lane->next_expiry = 0;
            passed -= slow;
        }
    }
    lane->share += passed / (lane->live_count > 0 ? lane->live_count : 1);
    KH_WRITE_ONCE(lane->tables->share, lane->share);
}

/* Adds all time since the last reading to one call: its step was measured. */
static inline void kh_lane_charge(kh_lane *lane, uint32_t id) {
    uint64_t passed = kh_lane_read_clock(lane);
    KH_WRITE_ONCE(lane->cold[id].own_ns, lane->cold[id].own_ns + passed);
    lane->slow_ns += passed;
    if (++lane->slow_steps < KH_SLOW_STEPS) return;
    if (lane->slow_ns < KH_SLOW_STEPS * KH_FAST_STEP_NS) lane->is_slow = lane->is_counted;
    lane->slow_steps = 0;
    lane->slow_ns = 0;
    lane->counted_pass = lane->pass;
}

/* Divides the time of fast steps, once a tick, and checks whether they still are fast. */
static inline void kh_lane_count_fast(kh_lane *lane, uint32_t count) {
    uint64_t before = lane->now;
    uint64_t steps = (lane->pass - lane->counted_pass + 1) * (count > 0 ? count : 1);
    kh_lane_share_out(lane);
    if ((lane->now - before) / steps > KH_SLOW_STEP_NS) {
        lane->is_slow = true;
        lane->slow_steps = 0;
        lane->slow_ns = 0;
    }
    lane->counted_pass = lane->pass;
}

/* Notes when the lane has to check a call's timeout and deadline again. */
static inline void kh_lane_expect(kh_lane *lane, uint32_t id) {
    const kh_cold *cold = &lane->cold[id];
    if (cold->timeout_ns != 0) {
        uint64_t own = kh_lane_own(lane, id);
        uint64_t left = cold->timeout_ns > own ? cold->timeout_ns - own : 0;
        if (lane->share + left < lane->next_expiry) lane->next_expiry = lane->share + left;
    }
    uint64_t deadline = lane->turns[id].deadline_ns;
    if (deadline != 0 && cold->started_ns + deadline < lane->next_deadline)
        lane->next_deadline = cold->started_ns + deadline;
}

static inline bool kh_lane_is_stopped(const kh_lane *lane) {
    return atomic_load_explicit(lane->stop, memory_order_acquire) != 0;
}

static inline bool kh_lane_is_cancelled(const kh_lane *lane, uint32_t id) {
    return kh_lane_is_stopped(lane) ||
           atomic_load_explicit(&lane->ends[id], memory_order_acquire) != KH_GO_ON;
}

/* Adds a call to the end of the list. The client reads the count if the lane dies. */
static inline void kh_lane_join(kh_lane *lane, uint32_t id, uint32_t place, kh_function step) {
    KH_WRITE_ONCE(lane->turns[id].share_base, lane->share);
    KH_WRITE_ONCE(lane->cold[id].has_joined, 1);
    if (lane->live_count == 0) {
        lane->only_step = step;
        lane->is_mixed = false;
        lane->is_watched = lane->checks;
    } else if (step != lane->only_step) {
        lane->is_mixed = true;
    }
    if (KH_UNLIKELY(lane->looks_left != 0) && kh_lane_touches(lane, id) != 0)
        lane->is_watched = true;
    lane->live[lane->live_count++] = (kh_live){place, id, step};
    KH_WRITE_ONCE(lane->tables->live_count, lane->live_count);
    kh_lane_expect(lane, id);
}

#endif

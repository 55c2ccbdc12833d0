/* Calls that sleep, and calls that end between two steps: by cancellation, timeout or deadline. */
#include "lane/own_time.h"
#include "lane/processor_time.h"

/* -------------------------------------------------------------- endings --- */

/* Returns whether the wall time that the call may take is over. */
static bool is_past_deadline(const kh_lane *lane, uint32_t id) {
    uint64_t deadline = lane->turns[id].deadline_ns;
    return deadline != 0 && lane->now - lane->cold[id].started_ns >= deadline;
}

/* Ends a call between two steps, if it must end. Returns whether it did. */
static bool has_ended(kh_lane *lane, uint32_t id, uint32_t place) {
    if (kh_lane_is_cancelled(lane, id))
        kh_lane_complete(lane, id, place, KH_ENDED_CANCELLED, -ECANCELED);
    else if (kh_lane_is_over(lane, id))
        kh_lane_complete(lane, id, place, KH_ENDED_TIMEOUT, -ETIMEDOUT);
    else if (is_past_deadline(lane, id))
        kh_lane_complete(lane, id, place, KH_ENDED_TIMEOUT, -ETIME);
    else if (lane->is_counted && kh_lane_has_used_up(lane, id))
        kh_lane_complete(lane, id, place, KH_ENDED_TIMEOUT, -EDQUOT);
    else
        return false;
    return true;
}

void kh_lane_end_some(kh_lane *lane) {
    uint32_t kept = 0, count = lane->live_count;
    lane->next_expiry = lane->next_deadline = UINT64_MAX;
    for (uint32_t i = 0; i < count; i++) {
        kh_live entry = lane->live[i];
        lane->live[i].place = 0; /* at any moment the list has the live calls, in order */
        if (entry.place == 0 || has_ended(lane, entry.id, entry.place)) continue;
        kh_lane_expect(lane, entry.id);
        lane->live[kept++] = entry;
    }
    lane->live_count = kept;
}

/* -------------------------------------------------------- parked calls --- */

void kh_lane_sleep(kh_lane *lane, uint32_t id, uint32_t place) {
    kh_cold *cold = &lane->cold[id];
    kh_lane_look_at_floats(lane, id);
    kh_turn *turn = &lane->turns[id];
    if (cold->has_joined && !lane->is_slow) kh_lane_share_out(lane);
    else kh_lane_charge(lane, id);
    if (lane->is_counted) kh_lane_charge_processor(lane, id);
    uint64_t own = kh_lane_own(lane, id), wake = lane->wake;
    lane->sleeper = 0;
    KH_WRITE_ONCE(turn->wake_ns, wake);
    KH_WRITE_ONCE(turn->parked_ns, lane->now);
    KH_WRITE_ONCE(cold->own_ns, own);
    KH_WRITE_ONCE(cold->pass_base,
                  cold->pass_base - lane->pass); /* minus the steps, until it wakes */
    KH_WRITE_ONCE(cold->is_parked, 1);
    KH_WRITE_ONCE(cold->phase, KH_LIVE); /* also if it slept in its start */
    if (cold->timeout_ns != 0) {
        uint64_t left = cold->timeout_ns > own ? cold->timeout_ns - own : 0;
        if (lane->now + left < wake) wake = lane->now + left;
    }
    if (turn->deadline_ns != 0 && cold->started_ns + turn->deadline_ns < wake)
        wake = cold->started_ns + turn->deadline_ns;
    kh_timer_heap_add(lane, id, place, wake);
}

/* Wakes the first call. It joins the end, as in asyncio a task whose timer is due. */
static void wake_first(kh_lane *lane) {
    kh_parked entry = kh_timer_heap_pop(lane);
    kh_cold *cold = &lane->cold[entry.id];
    const kh_turn *turn = &lane->turns[entry.id];
    /* Time that it slept longer because of a neighbour's step does not count. */
    uint64_t until = entry.wake == 0 || lane->now < entry.wake ? lane->now : entry.wake;
    KH_WRITE_ONCE(cold->own_ns,
                  cold->own_ns + (until > turn->parked_ns ? until - turn->parked_ns : 0));
    KH_WRITE_ONCE(cold->pass_base,
                  cold->pass_base + lane->pass); /* it held minus the steps so far */
    KH_WRITE_ONCE(cold->is_parked, 0);
    KH_WRITE_ONCE(lane->turns[entry.id].share_base, lane->share);
    /* It may have woken because it must end. */
    if (has_ended(lane, entry.id, entry.place)) return;
    if (lane->now < turn->wake_ns) { /* its time was counted a little too long */
        lane->wake = turn->wake_ns;
        kh_lane_sleep(lane, entry.id, entry.place);
        return;
    }
    kh_lane_join(lane, entry.id, entry.place, kh_kernel_of(lane, entry.id)->step);
}

void kh_lane_wake_due(kh_lane *lane) {
    if (lane->live_count == 0) lane->now = kh_monotonic();
    uint64_t tick = atomic_load_explicit(&lane->arena->tick, memory_order_relaxed);
    uint64_t now = lane->live_count == 0 ? lane->now : tick;
    if (lane->parked[0].wake > now) return;
    if (lane->live_count > 0) {
        if (lane->is_slow) (void)kh_lane_read_clock(lane);
        else kh_lane_share_out(lane);
    }
    for (size_t most = lane->parked_count; most > 0 && lane->parked_count > 0; most--) {
        if (lane->parked[0].wake > lane->now) return;
        wake_first(lane);
    }
}

void kh_lane_end_cancelled(kh_lane *lane) {
    uint32_t cancel_epoch = atomic_load_explicit(&lane->arena->cancel_epoch, memory_order_acquire);
    bool stops = kh_lane_is_stopped(lane);
    if (KH_LIKELY(cancel_epoch == lane->cancel_epoch && !stops)) return;
    if (lane->goes_on) return; /* the rest of a pass comes first */
    lane->cancel_epoch = cancel_epoch;
    for (size_t i = 0; i < lane->parked_count; i++)
        if (kh_lane_is_cancelled(lane, lane->parked[i].id)) lane->parked[i].wake = 0;
    kh_timer_heap_restore(lane);
    while (lane->parked_count > 0 && lane->parked[0].wake == 0) wake_first(lane);
    kh_lane_end_some(lane);
}

/* Begins the calls that were submitted. Those that do not end at once join the live ones. */
#include "lane/checked.h"
#include "lane/own_time.h"
#include "lane/processor_time.h"

#include <errno.h>

static void begin(kh_lane *lane, uint32_t id, uint32_t place) {
    kh_cold *cold = &lane->cold[id];
    if (cold->kernel >= lane->kernel_count || place == 0) _exit(KH_WORKER_DAMAGED);
    const kh_kernel *kernel = kh_kernel_of(lane, id);
    kh_call *call = &lane->calls[id];
    call->services = &lane->services;
    KH_WRITE_ONCE(cold->pass_base, lane->pass);
    KH_WRITE_ONCE(cold->phase, KH_IN_START);
    if (lane->now_is_old) kh_lane_share_out(lane);
    if (kh_lane_is_cancelled(lane, id)) {
        kh_lane_complete(lane, id, place, KH_ENDED_CANCELLED, -ECANCELED);
        return;
    }
    if (KH_UNLIKELY(!kh_lane_is_whole(lane, id, place))) {
        kh_lane_complete(lane, id, place, KH_ENDED_ERROR, -EOVERFLOW);
        return;
    }
    KH_WRITE_ONCE(cold->started_ns, lane->now);
    kh_lane_enter(lane, id, place);
    if (KH_UNLIKELY(lane->is_counted)) kh_lane_begin_counted(lane, id);
    void *state = kh_at_place(lane->arena, place);
    int refusal = kh_lane_make_ready(lane, id);
    if (KH_UNLIKELY(refusal != 0)) {
        KH_WRITE_ONCE(cold->phase, KH_NOT_BEGUN); /* no finish without a start */
        kh_lane_complete(lane, id, place, KH_ENDED_ERROR, refusal);
        return;
    }
    if (kernel->start != NULL) {
        int result = kernel->start(call, state);
        kh_lane_look_at_output(lane, id);
        kh_lane_look_behind(lane, id);
        if (lane->checks && result == KH_MORE && !kh_checked_is_whole(lane, id, place))
            result = -EOVERFLOW;
        if (result != KH_MORE) {
            kh_lane_take_result(lane, id, place, result, "start");
            kh_lane_leave(lane);
            return;
        }
    }
    KH_WRITE_ONCE(cold->phase, KH_LIVE);
    int result = kernel->step(call, state);
    kh_lane_look_at_output(lane, id);
    kh_lane_look_behind(lane, id);
    if (lane->checks && result == KH_MORE && !kh_checked_is_whole(lane, id, place))
        result = -EOVERFLOW;
    kh_lane_leave(lane);
    if (result == KH_MORE) {
        kh_lane_look_at_floats(lane, id);
        if (lane->is_slow) kh_lane_charge(lane, id);
        else lane->now_is_old = true;
        if (KH_UNLIKELY(lane->is_counted)) {
            kh_lane_charge_processor(lane, id);
            if (kh_lane_has_used_up(lane, id)) {
                KH_WRITE_ONCE(cold->pass_base, cold->pass_base - 1);
                kh_lane_complete(lane, id, place, KH_ENDED_TIMEOUT, -EDQUOT);
                return;
            }
        }
        kh_lane_join(lane, id, place, kernel->step);
        return;
    }
    KH_WRITE_ONCE(cold->pass_base, cold->pass_base - 1);
    kh_lane_take_result(lane, id, place, result, "step");
}

/* Continues a call of a dead lane from its bytes. */
static void resume(kh_lane *lane, uint32_t id, uint32_t place) {
    kh_cold *cold = &lane->cold[id];
    if (cold->kernel >= lane->kernel_count || place == 0) _exit(KH_WORKER_DAMAGED);
    lane->calls[id].services = &lane->services;
    if (!kh_lane_can_go_on(lane, id, place)) return;
    if (cold->is_parked) {
        kh_turn *turn = &lane->turns[id];
        lane->wake = turn->wake_ns;
        KH_WRITE_ONCE(cold->pass_base, cold->pass_base + lane->pass);
        uint64_t slept = kh_monotonic();
        if (slept > turn->wake_ns) slept = turn->wake_ns;
        if (slept > turn->parked_ns)
            KH_WRITE_ONCE(cold->own_ns, cold->own_ns + slept - turn->parked_ns);
        cold->is_parked = 0;
        KH_WRITE_ONCE(turn->share_base, lane->share);
        kh_lane_sleep(lane, id, place);
    } else {
        KH_WRITE_ONCE(cold->pass_base,
                cold->pass_base + lane->pass + 1); /* the next pass is its next step */
        kh_lane_join(lane, id, place, kh_kernel_of(lane, id)->step);
    }
}

/* Prefetches the states of calls that come soon, and their cold records. The client wrote them
 * last, so they are in its processor's cache. */
static void fetch_ahead(const kh_lane *lane, uint64_t head, uint64_t tail) {
    kh_arena *arena = lane->arena;
    if (tail - head > 8) {
        uint64_t word =
            atomic_load_explicit(&arena->submits[(head + 8) % KH_SUBMITS], memory_order_relaxed);
        kh_prefetch_write(kh_at_place(arena, kh_submit_value(word)));
        kh_prefetch_write(&lane->cold[kh_submit_id(word) % lane->layout.live_limit]);
    }
}

static void release(kh_lane *lane, uint64_t word) {
    if (kh_blocks_give(&lane->blocks, kh_submit_value(word), kh_submit_id(word))) return;
    /* in a thread these blocks are lost, which does no other harm */
    if (lane->is_worker) _exit(KH_WORKER_DAMAGED);
}

bool kh_lane_admit(kh_lane *lane) {
    kh_arena *arena = lane->arena;
    kh_tables *tables = lane->tables;
    uint64_t head = atomic_load_explicit(&tables->submit_head, memory_order_relaxed);
    uint64_t first = head;
    for (;;) {
        uint64_t tail = atomic_load_explicit(&arena->submit_tail, memory_order_acquire);
        if (head == tail) return head != first;
        if (tail - head > KH_SUBMITS) _exit(KH_WORKER_DAMAGED);
        kh_lane_look_at_counting(lane);
        for (; head != tail; head++) {
            bool is_mine = true;
            uint64_t word =
                atomic_load_explicit(&arena->submits[head % KH_SUBMITS], memory_order_relaxed);
            if (lane->is_shared) {
                /* Calls that continue are live at once, so that they are copied again. */
                if (kh_submit_kind(word) == KH_SUBMIT_CALL && lane->live_count >= KH_LIVE_SHARED)
                    return head != first;
                is_mine = kh_claim(tables, head);
            }
            /* The client may take back the next calls of a shared lane. */
            if (!lane->is_shared) fetch_ahead(lane, head, tail);
            /* Free the entry first: the call may take long, and the client may wait for room. */
            atomic_store_explicit(&tables->submit_head, head + 1, memory_order_release);
            if ((head + 1) % (lane->is_worker ? KH_SUBMITS_AHEAD / 4 : KH_SUBMITS / 4) == 0)
                kh_lane_notify_client(lane);
            if (!is_mine) continue; /* the client has taken it back */
            uint32_t id = kh_submit_id(word);
            if (id >= lane->layout.live_limit) _exit(KH_WORKER_DAMAGED);
            if (kh_submit_kind(word) == KH_SUBMIT_RELEASE)
                release(lane, word);
            else if (kh_submit_kind(word) == KH_SUBMIT_RESUME)
                resume(lane, id, kh_submit_value(word));
            else
                begin(lane, id, kh_submit_value(word));
        }
    }
}

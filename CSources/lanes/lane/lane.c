/* The lane loop. A pass steps each live call once, in turn. Calls that have ended leave the
 * list, which keeps its order. New calls join at its end. This is asyncio's ready queue with
 * sleep(0). */
#include "lane/checked.h"
#include "lane/own_time.h"
#include "lane/processor_time.h"
#include "shared/clock.h"

#include <string.h>

/* ------------------------------------------------------------- stepping --- */

/* Handles what a step returned. Returns whether its call stays live. */
static bool goes_on(kh_lane *lane, const kh_live *entry, int result) {
    kh_lane_look_at_output(lane, entry->id);
    if (lane->is_mixed || lane->is_slow) kh_lane_look_at_floats(lane, entry->id);
    if (KH_UNLIKELY(lane->is_watched)) {
        kh_lane_look_behind(lane, entry->id);
        if (lane->checks && result == KH_MORE &&
            !kh_checked_is_whole(lane, entry->id, entry->place))
            result = -EOVERFLOW;
    }
    if (KH_LIKELY(result == KH_MORE)) return true;
    kh_cold *cold = &lane->cold[entry->id];
    KH_WRITE_ONCE(cold->pass_base, cold->pass_base - 1); /* count this step */
    kh_lane_take_result(lane, entry->id, entry->place, result, "step");
    return false;
}

/* Runs and measures one step. Returns whether its call stays live. */
static bool step_slowly(kh_lane *lane, uint32_t at) {
    kh_live entry = lane->live[at];
    kh_lane_enter(lane, entry.id, entry.place);
    if (lane->is_counted) kh_lane_enter_counted(lane, entry.id);
    int result = entry.step(&lane->calls[entry.id], kh_at_place(lane->arena, entry.place));
    if (!goes_on(lane, &entry, result)) return false;
    kh_lane_charge(lane, entry.id);
    if (lane->is_counted) kh_lane_charge_processor(lane, entry.id);
    bool is_over = lane->cold[entry.id].timeout_ns != 0 && kh_lane_is_over(lane, entry.id);
    if (!is_over && !(lane->is_counted && kh_lane_has_used_up(lane, entry.id))) return true;
    KH_WRITE_ONCE(lane->cold[entry.id].pass_base, lane->cold[entry.id].pass_base - 1);
    kh_lane_complete(lane, entry.id, entry.place, KH_ENDED_TIMEOUT,
                   is_over ? -ETIMEDOUT : -EDQUOT);
    return false;
}

/* Finishes a pass over [count] calls. Those before [at] have had their step, and the list is
 * empty between [kept] and [at]. Returns how many calls are left. */
static uint32_t finish_pass(kh_lane *lane, uint32_t kept, uint32_t at, uint32_t count) {
    kh_live *live = lane->live;
    for (; at < count; at++) {
        kh_live entry = live[at];
        bool stays;
        if (KH_UNLIKELY(lane->verifies) && !kh_lane_can_go_on(lane, entry.id, entry.place)) {
            stays = false;
        } else if (lane->is_slow) {
            stays = step_slowly(lane, at);
        } else {
            kh_lane_enter(lane, entry.id, entry.place);
            stays = goes_on(lane, &entry,
                            entry.step(&lane->calls[entry.id],
                                       kh_at_place(lane->arena, entry.place)));
        }
        /* At any moment the list has exactly the live calls, in order: an empty entry has no
         * call. */
        if (stays && kept != at) live[kept] = entry;
        if (!stays || kept != at) live[at].place = 0;
        kept += stays;
    }
    return kept;
}

/* Runs a pass from entry [at] of the list, and further passes while nothing else is to do.
 * Returns how many calls are left. */
static uint32_t passes(kh_lane *lane, uint32_t at, uint32_t count) {
    if (lane->now_is_old && lane->is_slow) kh_lane_share_out(lane);
    if (lane->is_slow || lane->is_watched || lane->verifies)
        return finish_pass(lane, at, at, count);
    bool repeats = lane->unnotified == 0 && lane->parked_count == 0;
    for (; at < count; at++, repeats = false) {
        int result;
        at = kh_lane_pass(lane, at, count, repeats, &result);
        if (at == count) break;
        kh_live entry = lane->live[at];
        if (goes_on(lane, &entry, result)) continue;
        lane->live[at].place = 0;
        return finish_pass(lane, at, at + 1, count);
    }
    return count;
}

/* Returns whether the lane has work apart from its live calls. */
static bool has_work(const kh_lane *lane) {
    return atomic_load_explicit(&lane->arena->epoch, memory_order_relaxed) != lane->epoch ||
           lane->unnotified > 0 || lane->parked_count > 0 || lane->is_copying;
}

/* Checks, once a tick, what the calls have used. */
static void look_at_time(kh_lane *lane) {
    uint64_t tick = atomic_load_explicit(&lane->arena->tick, memory_order_relaxed);
    if (tick == lane->tick) return;
    lane->tick = tick;
    if (!lane->is_slow) kh_lane_count_fast(lane, lane->live_count);
    if (lane->share >= lane->next_expiry || lane->now >= lane->next_deadline)
        kh_lane_end_some(lane);
}

/* Runs passes until the lane has other work. */
static void step_live(kh_lane *lane) {
    /* First comes the rest of the pass in which the previous lane died. */
    bool is_rest = lane->goes_on;
    lane->goes_on = false;
    for (;;) {
        if (!is_rest) look_at_time(lane);
        lane->live_count = passes(lane, is_rest ? lane->goes_on_at : 0, lane->live_count);
        if (lane->live_count > 0) kh_lane_look_at_floats(lane, lane->live[0].id);
        kh_lane_leave(lane);
        lane->now_is_old = lane->now_is_old || !lane->is_slow;
        lane->verifies = lane->verifies && is_rest;
        if (is_rest || has_work(lane) || lane->live_count == 0) return;
        KH_WRITE_ONCE(lane->tables->pass, ++lane->pass);
    }
}

/* ----------------------------------------------------------------- loop --- */

static bool submitted(const kh_lane *lane) {
    return atomic_load_explicit(&lane->tables->submit_head, memory_order_relaxed) !=
           atomic_load_explicit(&lane->arena->submit_tail, memory_order_acquire);
}

static bool flag(const _Atomic uint32_t *word) {
    return atomic_load_explicit(word, memory_order_acquire) != 0;
}

/* Spins for a while. If the client has a processor of its own, more of an open batch comes
 * within microseconds, so this costs less than a sleep. */
static void look_a_while(const kh_lane *lane) {
    if (lane->arena->may_look == 0) return;
    uint64_t until = kh_monotonic() + KH_LOOK_NS;
    do {
        for (int i = 0; i < 16; i++) {
            if (atomic_load_explicit(&lane->arena->epoch, memory_order_acquire) != lane->epoch)
                return;
            kh_cpu_relax();
        }
    } while (kh_monotonic() < until);
}

/* Sleeps until the client has published something or a sleeping call is due. While a batch is
 * open: until more of it comes. */
static void idle(kh_lane *lane, bool in_batch) {
    kh_arena *arena = lane->arena;
    kh_tables *tables = lane->tables;
    kh_lane_notify_client(lane); /* also of room in the submit ring */
    if (in_batch) look_a_while(lane);
    bool waits = !in_batch && lane->parked_count > 0;
    uint64_t wake = waits ? lane->parked[0].wake : UINT64_MAX;
    uint32_t word = kh_eventcount_prepare(&tables->lane_event);
    bool wants_copies =
        !in_batch && lane->copies &&
        (lane->is_copying || atomic_load(&arena->snapshots_wanted) != lane->snapshots_seen);
    bool changed = submitted(lane) || flag(&arena->quit) || wants_copies ||
                   (flag(&arena->stop) && (in_batch || lane->parked_count > 0)) ||
                   (in_batch ? !flag(&arena->open)
                             : atomic_load_explicit(&arena->cancel_epoch, memory_order_acquire) !=
                                       lane->cancel_epoch ||
                                   flag(&arena->open));
    uint64_t now = kh_monotonic();
    if (changed || wake <= now) {
        kh_eventcount_cancel(&tables->lane_event);
    } else {
        if (!in_batch) {
            atomic_store_explicit(&tables->next_wake, wake, memory_order_relaxed);
            atomic_store_explicit(&tables->awake, 0, memory_order_release);
        }
        kh_eventcount_wait(&tables->lane_event, word,
                           wake == UINT64_MAX ? -1 : (int64_t)(wake - now));
        if (!in_batch) {
            atomic_store_explicit(&tables->awake, 1, memory_order_release);
            atomic_store_explicit(&tables->next_wake, UINT64_MAX, memory_order_relaxed);
            if (!lane->is_worker) kh_clock_poke();
        }
    }
    lane->now = kh_monotonic();
    lane->now_is_old = false;
}

void kh_lane_run(kh_lane *lane) {
    kh_arena *arena = lane->arena;
    lane->now = lane->last_notify = kh_monotonic();
    lane->now_is_old = true; /* the first call may come much later */
    atomic_store(&lane->tables->awake, 1);
    if (!lane->is_worker) kh_clock_poke();
    kh_lane_look_at_counting(lane);
    for (;;) {
        lane->epoch = atomic_load_explicit(&arena->epoch, memory_order_acquire);
        if (KH_UNLIKELY(lane->copies)) kh_lane_copy_calls(lane);
        kh_lane_end_cancelled(lane);
        if (lane->parked_count > 0) kh_lane_wake_due(lane);
        if (lane->live_count > 0) step_live(lane);
        bool admitted = kh_lane_admit(lane);
        while (flag(&arena->open) && !flag(&arena->stop)) {
            lane->epoch = atomic_load_explicit(&arena->epoch, memory_order_acquire);
            if (!admitted) idle(lane, true);
            admitted = kh_lane_admit(lane);
        }
        admitted = kh_lane_admit(lane) || admitted; /* what came before the batch was closed */
        if (lane->unnotified > 0) kh_lane_notify_client(lane);
        KH_WRITE_ONCE(lane->tables->pass, ++lane->pass);
        if (lane->live_count == 0 && !admitted) {
            if (flag(&arena->quit) && lane->parked_count == 0) return;
            idle(lane, false);
        }
    }
}

void kh_lane_init(kh_lane *lane, kh_arena *arena, const kh_layout *layout,
                  const kh_kernel *const *kernels, uint32_t count, bool is_worker) {
    memset(lane, 0, sizeof *lane);
    kh_services_init(&lane->services);
    lane->arena = arena;
    lane->layout = *layout;
    lane->tables = kh_tables_of(arena, layout);
    lane->kernels = kernels;
    lane->kernel_count = count;
    lane->is_worker = is_worker;
    for (uint32_t i = 0; is_worker && i < count; i++)
        lane->all_touch |= ((const kh_loaded *)(const void *)kernels[i])->touches;
    lane->looks_left = lane->all_touch == 0 ? 0 : KH_LOOKS;
    lane->is_shared = arena->is_shared != 0;
    lane->output = "\377"; /* a thread writes where its process does */
    lane->notify_ns = arena->notify_ns;
    lane->pass = lane->tables->pass; /* continues the count of the previous lane */
    lane->is_slow = true;
    lane->next_expiry = lane->next_deadline = UINT64_MAX;
    lane->cold = kh_at(arena, layout->cold);
    lane->turns = kh_at(arena, layout->turns);
    lane->calls = kh_at(arena, layout->calls);
    lane->ends = kh_at(arena, layout->ends);
    lane->numbers = kh_at(arena, layout->numbers);
    lane->live = kh_at(arena, layout->live);
    lane->parked = kh_at(arena, layout->parked);
    kh_blocks_init(&lane->blocks, kh_at(arena, layout->blocks), layout->blocks_size,
                   kh_at(arena, layout->records), layout->record_limit);
    lane->blocks.top = arena->blocks_used;
    lane->blocks.is_checked = arena->is_checked != 0;
    if (arena->records_used > 0) lane->blocks.record_top = arena->records_used;
    KH_WRITE_ONCE(lane->tables->blocks_top, lane->blocks.top);
    KH_WRITE_ONCE(lane->tables->record_top, lane->blocks.record_top);
    lane->share = lane->tables->share;
    lane->copies = layout->snapshots_size > 0;
    lane->stop = lane->copies ? &lane->is_frozen : &arena->stop;
    /* A request that came before this lane, or that the previous one left, is carried out. */
    lane->snapshots_seen = atomic_load(&lane->tables->snapshots_made);
    lane->goes_on = arena->goes_on != 0;
    if (!lane->goes_on) return;
    lane->live_count = arena->goes_on_live;
    lane->is_mixed = lane->verifies = true; /* this may be wrong, and costs only time */
    lane->is_watched = lane->looks_left != 0;
    lane->goes_on_at = arena->goes_on_at;
    /* Their timeouts are looked up at the first tick. */
    if (atomic_load(&arena->is_timed) != 0) lane->next_expiry = lane->next_deadline = 0;
}

/* The lane loop. A pass steps each live call once, in turn, and drops those
 * that ended, keeping the order; new calls join at its end. That is asyncio's
 * ready queue with sleep(0). */
#include "lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static kh_slot *slot_at(const kh_lane *lane, uint32_t unit) {
    return (kh_slot *)((char *)lane->arena + (uint64_t)unit * 64);
}

static uint32_t unit_of(const kh_lane *lane, const kh_slot *slot) {
    return (uint32_t)(kh_offset(lane->arena, slot) / 64);
}

void kh_lane_tell(kh_lane *lane) {
    lane->untold = 0;
    lane->last_signal = lane->now;
    kh_gate_signal(&lane->arena->port_gate);
}

void kh_lane_wait_room(kh_lane *lane, bool (*has_room)(const kh_arena *arena, uint64_t need),
                       uint64_t need) {
    kh_arena *arena = lane->arena;
    while (!has_room(arena, need)) {
        kh_lane_tell(lane);
        uint32_t word = kh_gate_prepare(&arena->lane_gate);
        if (has_room(arena, need)) {
            kh_gate_leave(&arena->lane_gate);
            return;
        }
        kh_gate_sleep(&arena->lane_gate, word, -1);
    }
}

/* -------------------------------------------------------- parked calls --- */

static void expire(kh_lane *lane, kh_slot *slot);

/* A call joins the end of the list. The count is for the port, should the lane die. */
static void join(kh_lane *lane, const kh_slot *slot) {
    lane->live[lane->live_count++] = unit_of(lane, slot);
    lane->arena->live_count = lane->live_count;
}

/* The call that wakes joins the end, as a task does whose timer is due. */
static void wake_first(kh_lane *lane, uint64_t now) {
    kh_slot *slot = kh_lane_unpark(lane);
    kh_cold *cold = kh_cold_of(lane, slot);
    KH_SHOW(cold->pass_base, cold->pass_base + lane->pass); /* it held minus the steps so far */
    KH_SHOW(cold->is_parked, 0);
    if (atomic_load_explicit(&slot->deadline, memory_order_relaxed) <= now)
        expire(lane, slot); /* it woke to its end, not to its next step */
    else
        join(lane, slot);
}

static void wake_due(kh_lane *lane, uint64_t now) {
    while (lane->parked_count > 0 && lane->parked[0].wake <= now) wake_first(lane, now);
}

static bool is_cancelled(kh_lane *lane, kh_slot *slot) {
    if (!atomic_load_explicit(&kh_cold_of(lane, slot)->cancel, memory_order_acquire)) return false;
    atomic_store_explicit(&slot->deadline, 0, memory_order_relaxed);
    return true;
}

/* Calls were cancelled: make them due. The port set their deadlines to 0 too,
 * but it may have done so just before `begin` set the real ones. */
static void attend(kh_lane *lane) {
    uint32_t attention = atomic_load_explicit(&lane->arena->attention, memory_order_acquire);
    if (KH_LIKELY(attention == lane->attention)) return;
    lane->attention = attention;
    lane->tick = 0; /* look at all deadlines */
    for (uint32_t i = 0; i < lane->live_count; i++) is_cancelled(lane, slot_at(lane, lane->live[i]));
    for (size_t i = 0; i < lane->parked_count; i++)
        if (is_cancelled(lane, lane->parked[i].slot)) lane->parked[i].wake = 0;
    kh_lane_sort_parked(lane);
}

/* ------------------------------------------------------------- stepping --- */

/* A call answered something else than KH_MORE after start or a step: true if
 * it stays alive, parked. */
static void answered(kh_lane *lane, kh_slot *slot, int answer, const char *function) {
    if (answer == KH_PARKED && lane->sleeper == slot) {
        lane->sleeper = NULL;
        kh_cold *cold = kh_cold_of(lane, slot);
        KH_SHOW(cold->pass_base, cold->pass_base - lane->pass); /* minus the steps, until it wakes */
        cold->timeout_ns = lane->wake;
        KH_SHOW(cold->is_parked, 1);
        if (kh_lane_park(lane, slot)) return;
        KH_SHOW(cold->pass_base, cold->pass_base + lane->pass);
        kh_lane_settle(lane, slot, KH_ENDED_ERROR, -ENOMEM);
    } else if (answer == KH_DONE) {
        kh_lane_settle(lane, slot, KH_ENDED_OK, 0);
    } else if (answer < 0) {
        kh_lane_settle(lane, slot, KH_ENDED_ERROR, answer);
    } else {
        char text[160];
        int length = snprintf(text, sizeof text,
                              answer == KH_PARKED
                                  ? "%s answered KH_PARKED (%d) without kh_sleep"
                                  : "%s answered %d, which is none of KH_DONE, KH_MORE, what "
                                    "kh_sleep answers, and a negative error",
                              function, answer);
        kh_lane_set_message(lane, slot, -EPROTO, text, (size_t)length);
        kh_lane_settle(lane, slot, KH_ENDED_ERROR, -EPROTO);
    }
}

/* The deadline of a call is over: its own, or one set to end it. */
static void expire(kh_lane *lane, kh_slot *slot) {
    bool cancelled = atomic_load_explicit(&kh_cold_of(lane, slot)->cancel, memory_order_acquire) ||
                     atomic_load_explicit(&lane->arena->stop, memory_order_acquire);
    kh_lane_settle(lane, slot, cancelled ? KH_ENDED_CANCELLED : KH_ENDED_TIMEOUT,
                   cancelled ? -ECANCELED : -ETIMEDOUT);
}

/* What a step has answered; answers whether its call stays live. */
static bool goes_on(kh_lane *lane, kh_slot *slot, int answer) {
    kh_lane_look_at_output(lane, slot);
    if (KH_LIKELY(answer == KH_MORE)) return true;
    kh_cold *cold = kh_cold_of(lane, slot);
    KH_SHOW(cold->pass_base, cold->pass_base - 1); /* count this step */
    answered(lane, slot, answer, "step");
    return false;
}

/* The rest of a pass over [count] calls: those before [at] have had their step, and the
 * one there has left. Answers how many calls are left. */
static uint32_t close_ranks(kh_lane *lane, uint32_t count, uint32_t at, bool is_late) {
    uint32_t *live = lane->live;
    uint32_t kept = at;
    live[at] = 0;
    /* A place that is left is 0: at any moment the list holds the live calls, in order. */
    while (++at < count) {
        uint32_t unit = live[at];
        kh_slot *slot = slot_at(lane, unit);
        bool stays = false;
        if (is_late && atomic_load_explicit(&slot->deadline, memory_order_relaxed) <= lane->tick) {
            expire(lane, slot);
        } else {
            lane->arena->stepping = unit; /* before its code runs: a death has a name */
            stays = goes_on(lane, slot, slot->step(&slot->call, kh_state_of(slot)));
        }
        if (stays) live[kept++] = unit;
        live[at] = 0;
    }
    return kept;
}

/* A pass from place [at] of the list on, or more of them if nothing is in the way; answers
 * how many calls are left. */
static uint32_t passes(kh_lane *lane, uint32_t at, uint32_t count, bool is_late) {
    bool repeats = lane->untold == 0 && lane->parked_count == 0;
    for (; at < count; at++, repeats = false) {
        int64_t answer;
        at = kh_lane_pass(lane, at, count, repeats, is_late, &answer);
        if (at == count) break;
        kh_slot *slot = slot_at(lane, lane->live[at]);
        if (answer != KH_OVERDUE && goes_on(lane, slot, (int)answer)) continue;
        if (answer == KH_OVERDUE) expire(lane, slot);
        return close_ranks(lane, count, at, is_late);
    }
    return count;
}

/* Whether something waits for the lane outside of its live calls. */
static bool has_news(const kh_lane *lane) {
    return atomic_load_explicit(&lane->arena->news, memory_order_relaxed) != lane->news ||
           lane->untold > 0 || lane->parked_count > 0;
}

/* Passes until there is news. Deadlines are looked at once a tick: between two ticks no
 * time is over. */
static void step_live(kh_lane *lane) {
    kh_arena *arena = lane->arena;
    uint32_t count = lane->live_count;
    do {
        uint64_t tick = atomic_load_explicit(&arena->tick, memory_order_relaxed);
        bool is_late = tick != lane->tick;
        lane->tick = tick;
        count = passes(lane, 0, count, is_late);
    } while (!has_news(lane) && (KH_SHOW(arena->pass, ++lane->pass), count > 0));
    arena->stepping = 0;
    lane->live_count = count;
    lane->now_is_old = true;
}

/* The rest of the pass in which the lane before this one died. */
static void go_on(kh_lane *lane) {
    lane->goes_on = false;
    lane->tick = atomic_load_explicit(&lane->arena->tick, memory_order_relaxed);
    lane->live_count = passes(lane, lane->goes_on_at, lane->live_count, true);
    lane->arena->stepping = 0;
    lane->now_is_old = true;
}

/* ------------------------------------------------------------ admission --- */

static void begin(kh_lane *lane, kh_slot *slot) {
    kh_arena *arena = lane->arena;
    const kh_kernel *kernel = kh_kernel_of(lane, slot);
    kh_cold *cold = kh_cold_of(lane, slot);
    slot->call.services = &lane->services;
    slot->step = kernel->step;
    KH_SHOW(cold->pass_base, lane->pass);
    KH_SHOW(cold->phase, KH_IN_START);
    if (lane->now_is_old) {
        lane->now = kh_monotonic();
        lane->now_is_old = false;
    }
    uint64_t deadline = cold->timeout_ns == 0 ? UINT64_MAX : lane->now + cold->timeout_ns;
    atomic_store_explicit(&slot->deadline, deadline, memory_order_relaxed);
    if (atomic_load_explicit(&cold->cancel, memory_order_acquire) ||
        atomic_load_explicit(&arena->stop, memory_order_acquire)) {
        kh_lane_settle(lane, slot, KH_ENDED_CANCELLED, -ECANCELED);
        return;
    }
    KH_SHOW(cold->started_ns, lane->now);
    arena->stepping = unit_of(lane, slot);
    void *state = kh_state_of(slot);
    if (kernel->start != NULL) {
        int answer = kernel->start(&slot->call, state);
        kh_lane_look_at_output(lane, slot);
        if (answer != KH_MORE) {
            answered(lane, slot, answer, "start");
            arena->stepping = 0;
            return;
        }
    }
    KH_SHOW(cold->phase, KH_LIVE);
    int answer = slot->step(&slot->call, state);
    kh_lane_look_at_output(lane, slot);
    arena->stepping = 0;
    if (answer == KH_MORE) {
        join(lane, slot);
        lane->now_is_old = true;
        return;
    }
    KH_SHOW(cold->pass_base, cold->pass_base - 1);
    answered(lane, slot, answer, "step");
}

/* A call of a lane that died goes on from its bytes. */
static void resume(kh_lane *lane, kh_slot *slot) {
    kh_cold *cold = kh_cold_of(lane, slot);
    slot->call.services = &lane->services;
    slot->step = kh_kernel_of(lane, slot)->step;
    if (cold->is_parked) {
        lane->wake = cold->timeout_ns;
        if (kh_lane_park(lane, slot)) return;
        KH_SHOW(cold->pass_base, cold->pass_base + lane->pass);
        kh_lane_settle(lane, slot, KH_ENDED_ERROR, -ENOMEM);
    } else {
        KH_SHOW(cold->pass_base, cold->pass_base + lane->pass + 1); /* the next pass is its next step */
        join(lane, slot);
    }
}

static void release_blocks(kh_lane *lane, uint64_t offset) {
    while (offset != 0) {
        kh_block *block = kh_at(lane->arena, offset);
        uint64_t next = block->next;
        kh_heap_give(&lane->blocks, block, block->size);
        offset = next;
    }
}

/* What the port wrote last lies in its processor's cache: ask for the slots of some
 * calls to come, and for the cold records of those that are here by now. */
static void fetch_ahead(const kh_lane *lane, uint64_t head, uint64_t tail) {
    kh_arena *arena = lane->arena;
    if (tail - head > 8) {
        uint64_t word =
            atomic_load_explicit(&arena->submits[(head + 8) % KH_SUBMITS], memory_order_relaxed);
        kh_fetch_to_write(kh_at(arena, word & KH_SUBMIT_VALUE));
    }
    if (tail - head > 4) {
        uint64_t word =
            atomic_load_explicit(&arena->submits[(head + 4) % KH_SUBMITS], memory_order_relaxed);
        if ((word & ~KH_SUBMIT_VALUE) == KH_SUBMIT_CALL)
            kh_fetch_to_write(
                &lane->cold[((const kh_slot *)kh_at(arena, word & KH_SUBMIT_VALUE))->id]);
    }
}

/* Takes everything submitted, or what it begins now; answers whether there was anything. */
static bool admit(kh_lane *lane) {
    kh_arena *arena = lane->arena;
    uint64_t head = atomic_load_explicit(&arena->submit_head, memory_order_relaxed);
    uint64_t first = head;
    for (;;) {
        uint64_t tail = atomic_load_explicit(&arena->submit_tail, memory_order_acquire);
        if (head == tail) return head != first;
        for (; head != tail; head++) {
            bool is_mine = true;
            if (lane->is_shared) {
                if (lane->live_count >= KH_LIVE_SHARED) return head != first;
                is_mine = kh_claim(arena, head);
            }
            uint64_t word =
                atomic_load_explicit(&arena->submits[head % KH_SUBMITS], memory_order_relaxed);
            /* Of a shared lane the calls to come may be taken back meanwhile. */
            if (!lane->is_shared) fetch_ahead(lane, head, tail);
            /* Free the entry first: the call may take long, and the port may be waiting. */
            atomic_store_explicit(&arena->submit_head, head + 1, memory_order_release);
            if ((head + 1) % (lane->is_worker ? KH_SUBMITS_AHEAD / 4 : KH_SUBMITS / 4) == 0)
                kh_lane_tell(lane);
            uint64_t offset = word & KH_SUBMIT_VALUE;
            if (!is_mine) continue; /* taken back */
            if ((word & ~KH_SUBMIT_VALUE) == KH_SUBMIT_RELEASE)
                release_blocks(lane, offset);
            else if ((word & ~KH_SUBMIT_VALUE) == KH_SUBMIT_RESUME)
                resume(lane, kh_at(arena, offset));
            else
                begin(lane, kh_at(arena, offset));
        }
    }
}

/* ----------------------------------------------------------------- loop --- */

static bool submitted(const kh_arena *arena) {
    return atomic_load_explicit(&arena->submit_head, memory_order_relaxed) !=
           atomic_load_explicit(&arena->submit_tail, memory_order_acquire);
}

static bool flag(const _Atomic uint32_t *word) {
    return atomic_load_explicit(word, memory_order_acquire) != 0;
}

/* More of an open batch comes within microseconds, if the port has a processor
 * of its own: to look a while costs less than to sleep and be woken. */
static void look_a_while(const kh_lane *lane) {
    if (lane->arena->may_look == 0) return;
    uint64_t until = kh_monotonic() + KH_LOOK_NS;
    do {
        for (int i = 0; i < 16; i++) {
            if (atomic_load_explicit(&lane->arena->news, memory_order_acquire) != lane->news) return;
            kh_relax();
        }
    } while (kh_monotonic() < until);
}

/* Sleeps until the port has something to say or a parked call is due; while a
 * batch is open, until more of it comes. */
static void idle(kh_lane *lane, bool in_batch) {
    kh_arena *arena = lane->arena;
    kh_lane_tell(lane); /* of room in the submit ring too */
    if (in_batch) look_a_while(lane);
    bool waits = !in_batch && lane->parked_count > 0;
    uint64_t wake = waits ? lane->parked[0].wake : UINT64_MAX;
    uint32_t word = kh_gate_prepare(&arena->lane_gate);
    bool changed = submitted(arena) || flag(&arena->quit) ||
                   (flag(&arena->stop) && (in_batch || lane->parked_count > 0)) ||
                   (in_batch ? !flag(&arena->open)
                             : atomic_load_explicit(&arena->attention, memory_order_acquire) !=
                                       lane->attention ||
                                   flag(&arena->open));
    uint64_t now = kh_monotonic();
    if (changed || wake <= now) {
        kh_gate_leave(&arena->lane_gate);
    } else {
        if (!in_batch) {
            atomic_store_explicit(&arena->next_wake, wake, memory_order_relaxed);
            atomic_store_explicit(&arena->awake, 0, memory_order_release);
        }
        kh_gate_sleep(&arena->lane_gate, word, wake == UINT64_MAX ? -1 : (int64_t)(wake - now));
        if (!in_batch) {
            atomic_store_explicit(&arena->awake, 1, memory_order_release);
            atomic_store_explicit(&arena->next_wake, UINT64_MAX, memory_order_relaxed);
            if (!lane->is_worker) kh_clock_poke();
        }
    }
    lane->now = kh_monotonic();
    lane->now_is_old = false;
}

/* Everything ends: parked calls wake, and each finds its deadline over. */
static void end_all(kh_lane *lane) {
    while (lane->parked_count > 0) wake_first(lane, UINT64_MAX);
    for (uint32_t i = 0; i < lane->live_count; i++) expire(lane, slot_at(lane, lane->live[i]));
    lane->live_count = 0;
}

void kh_lane_run(kh_lane *lane) {
    kh_arena *arena = lane->arena;
    lane->now = lane->last_signal = kh_monotonic();
    lane->now_is_old = true; /* the first call may come much later */
    atomic_store(&arena->awake, 1);
    if (!lane->is_worker) kh_clock_poke();
    for (;;) {
        lane->news = atomic_load_explicit(&arena->news, memory_order_acquire);
        if (flag(&arena->stop)) end_all(lane);
        attend(lane);
        if (lane->parked_count > 0)
            wake_due(lane, lane->live_count == 0
                               ? kh_monotonic()
                               : atomic_load_explicit(&arena->tick, memory_order_relaxed));
        if (lane->goes_on) go_on(lane);
        else if (lane->live_count > 0) step_live(lane);
        bool news = admit(lane);
        while (flag(&arena->open) && !flag(&arena->stop)) {
            lane->news = atomic_load_explicit(&arena->news, memory_order_acquire);
            if (!news) idle(lane, true);
            news = admit(lane);
        }
        news = admit(lane) || news; /* what came before the batch was closed */
        if (lane->untold > 0) kh_lane_tell(lane);
        KH_SHOW(arena->pass, ++lane->pass);
        if (lane->live_count == 0 && !news) {
            if (flag(&arena->quit) && lane->parked_count == 0) return;
            idle(lane, false);
        }
    }
}

void kh_lane_init(kh_lane *lane, kh_arena *arena, const kh_kernel *const *kernels, uint32_t count,
                  bool is_worker) {
    memset(lane, 0, sizeof *lane);
    kh_services_init(&lane->services);
    lane->arena = arena;
    lane->kernels = kernels;
    lane->kernel_count = count;
    lane->is_worker = is_worker;
    lane->is_shared = arena->is_shared != 0;
    lane->output = ""; /* a thread writes where its process does */
    lane->tell_ns = arena->tell_ns;
    lane->pass = arena->pass; /* goes on where the lane before it was */
    lane->cold = kh_at(arena, arena->layout.cold);
    lane->live = kh_at(arena, arena->layout.live);
    kh_heap_init(&lane->blocks, kh_at(arena, arena->layout.blocks), arena->layout.blocks_size);
    lane->blocks.top = arena->blocks_top = arena->blocks_used;
    lane->goes_on = arena->goes_on != 0;
    if (lane->goes_on) {
        lane->live_count = arena->goes_on_live;
        lane->goes_on_at = arena->goes_on_at;
    }
}

void kh_lane_free(kh_lane *lane) {
    free(lane->parked);
    kh_heap_free_all(&lane->blocks);
}

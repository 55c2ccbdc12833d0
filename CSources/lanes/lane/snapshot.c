/* Copies half-done calls between two of their steps, so that another process can continue them.
 *
 * The client asks for it. The lane lists the calls that are old enough, then copies some of them
 * before each pass, for a limited time. Each call is copied at once, but the calls need not be
 * of the same moment: no call knows another. When all calls are to end, the lane copies all of
 * them first, and steps none after that. */
#include "lane/own_time.h"
#include "shared/snapshot.h"

#include <string.h>

/* How long a lane copies before it steps its calls again. */
enum { KH_COPY_NS = 2000000, KH_COPIES_A_LOOK = 32 };

typedef struct kh_copier {
    char *start;
    uint64_t room, used;
    kh_snapshot_head *head;
} kh_copier;

static kh_copier copier_of(kh_lane *lane, bool final) {
    kh_copier copier = {.start = kh_at(lane->arena, kh_snapshot_start(&lane->layout, final)),
                        .room = kh_snapshot_room(&lane->layout, final)};
    copier.head = (kh_snapshot_head *)(void *)copier.start;
    return copier;
}

static void begin_copy(kh_lane *lane, kh_copier *copier) {
    const kh_layout *layout = &lane->layout;
    copier->used = sizeof *copier->head;
    *copier->head = (kh_snapshot_head){.magic = KH_SNAPSHOT_MAGIC,
                                       .base = (uint64_t)(uintptr_t)lane->arena,
                                       .slots = layout->slots,
                                       .slots_size = layout->slots_size,
                                       .blocks = layout->blocks,
                                       .blocks_size = layout->blocks_size};
}

/* Returns whether a call is half done, and began at least [age] before the calls were chosen. */
static bool may_copy(kh_lane *lane, uint32_t id, uint64_t age) {
    const kh_cold *cold = &lane->cold[id];
    return cold->phase == KH_LIVE && cold->started_ns != 0 &&
           cold->started_ns < lane->chosen_ns && lane->chosen_ns - cold->started_ns >= age &&
           cold->kernel < lane->kernel_count && (kh_kernel_of(lane, id)->flags & KH_FLAT) != 0;
}

/* Counts a call's blocks and their bytes. Returns false if the list is damaged. */
static bool count_blocks(const kh_lane *lane, uint32_t id, kh_saved_call *saved) {
    uint32_t number = lane->cold[id].block;
    if (number != 0 && !kh_blocks_are_whole(&lane->blocks, number, id)) return false;
    for (; number != 0; number = lane->blocks.records[number].next) {
        saved->block_count++;
        if (number == lane->cold[id].message) saved->message = saved->block_count;
        saved->size += sizeof(kh_saved_block) + kh_up_to_word(lane->blocks.records[number].bytes);
    }
    return true;
}

static uint64_t own_time(const kh_lane *lane, uint32_t id) {
    uint64_t own = kh_lane_own(lane, id), parked = lane->turns[id].parked_ns;
    bool is_asleep = lane->cold[id].is_parked && lane->now > parked;
    return is_asleep ? own + lane->now - parked : own;
}

static uint64_t time_to_wait(const kh_lane *lane, uint32_t id) {
    uint64_t wake = lane->turns[id].wake_ns;
    return wake == UINT64_MAX ? wake : wake > lane->now ? wake - lane->now : 1;
}

static void describe(kh_lane *lane, uint32_t id, uint32_t place, kh_saved_call *saved) {
    const kh_cold *cold = &lane->cold[id];
    const kh_turn *turn = &lane->turns[id];
    const kh_kernel *kernel = kh_kernel_of(lane, id);
    uint64_t offset = kh_state_offset(kernel->state_size, kernel->state_align, false);
    const uint64_t *sizes = kh_at(lane->arena, lane->layout.sizes);
    *saved = (kh_saved_call){
        .number = lane->numbers[id],
        .slot = (uint64_t)(uintptr_t)kh_at_place(lane->arena, place) - offset,
        .slot_size = sizes[id],
        .steps = cold->is_parked ? 0 - cold->pass_base : lane->pass - cold->pass_base,
        .own_ns = own_time(lane, id),
        .elapsed_ns = lane->now - cold->started_ns,
        .wait_ns = cold->is_parked ? time_to_wait(lane, id) : 0,
        .memory_left = cold->memory_left,
        .processor_ns = turn->processor_used,
        .printed = cold->said & KH_SAID_TEXT ? turn->printed : 0,
        .progress = cold->said & KH_SAID_PROGRESS
                        ? atomic_load_explicit(&turn->progress, memory_order_relaxed)
                        : 0,
        .id = id,
        .kernel = cold->kernel,
        .state_size = (uint32_t)kernel->state_size,
        .state_offset = (uint32_t)offset,
        .fail_code = cold->fail_code,
        .message_length = cold->message_length,
        .is_parked = cold->is_parked,
        .said = cold->said,
    };
    saved->size = sizeof *saved + kh_up_to_word(saved->slot_size);
}

/* Copies a call. Returns false if it is damaged or there is no room. */
static bool copy_call(kh_lane *lane, kh_copier *copier, uint32_t id, uint32_t place) {
    kh_saved_call saved;
    describe(lane, id, place, &saved);
    if (!kh_lane_is_whole(lane, id, place) || !count_blocks(lane, id, &saved) ||
        saved.slot_size < saved.state_offset + saved.state_size ||
        saved.size > copier->room - copier->used) {
        copier->head->left_out++;
        return false;
    }
    char *at = copier->start + copier->used;
    memcpy(at, &saved, sizeof saved);
    at += sizeof saved;
    const kh_block *records = lane->blocks.records;
    uint32_t first = lane->cold[id].block;
    for (uint32_t number = first; number != 0; number = records[number].next) {
        const kh_block *block = &records[number];
        kh_saved_block entry = {block->unit, block->units, block->bytes};
        memcpy(at, &entry, sizeof entry);
        at += sizeof entry;
    }
    memcpy(at, (const void *)(uintptr_t)saved.slot, saved.slot_size);
    at += kh_up_to_word(saved.slot_size);
    for (uint32_t number = first; number != 0; number = records[number].next) {
        memcpy(at, kh_block_bytes(&lane->blocks, number), records[number].bytes);
        at += kh_up_to_word(records[number].bytes);
    }
    copier->used += saved.size;
    copier->head->count++;
    return true;
}

/* Makes a list of the calls that are old enough, in the order in which they continue. */
static void choose(kh_lane *lane) {
    uint64_t age = atomic_load_explicit(&lane->arena->snapshot_age, memory_order_relaxed);
    kh_target *targets = kh_at(lane->arena, lane->layout.snapshots);
    uint32_t count = 0;
    lane->chosen_ns = lane->now;
    for (uint32_t i = 0; i < lane->live_count; i++)
        if (lane->live[i].place != 0 && may_copy(lane, lane->live[i].id, age))
            targets[count++] = (kh_target){lane->live[i].id, lane->live[i].place};
    for (size_t i = 0; i < lane->parked_count; i++)
        if (may_copy(lane, lane->parked[i].id, age))
            targets[count++] = (kh_target){lane->parked[i].id, lane->parked[i].place};
    lane->targets = count;
    lane->target = 0;
    kh_copier copier = copier_of(lane, false);
    begin_copy(lane, &copier);
    lane->copied = copier.used;
}

/* Copies more of the list. A call that has ended meanwhile is left out: another one with its id
 * began after the list was made. */
static void copy_some(kh_lane *lane) {
    const kh_target *targets = kh_at(lane->arena, lane->layout.snapshots);
    uint64_t age = atomic_load_explicit(&lane->arena->snapshot_age, memory_order_relaxed);
    kh_copier copier = copier_of(lane, false);
    copier.used = lane->copied;
    uint64_t until = kh_monotonic() + KH_COPY_NS;
    while (lane->target < lane->targets) {
        for (int i = 0; i < KH_COPIES_A_LOOK && lane->target < lane->targets; i++) {
            kh_target target = targets[lane->target++];
            if (target.id < lane->layout.live_limit && may_copy(lane, target.id, age))
                copy_call(lane, &copier, target.id, target.place);
        }
        if (kh_monotonic() >= until) break;
    }
    lane->copied = copier.used;
    uint64_t pause = kh_monotonic() - lane->now;
    copier.head->copy_ns += pause;
    if (pause > copier.head->pause_ns) copier.head->pause_ns = pause;
    lane->is_copying = lane->target < lane->targets;
    if (lane->is_copying) return;
    copier.head->size = copier.used;
    atomic_store_explicit(&lane->tables->snapshots_made, lane->snapshots_seen,
                          memory_order_release);
    kh_lane_notify_client(lane);
}

/* A call that is copied now ends here without its finish: another process continues it. */
static void copy_last(kh_lane *lane, kh_copier *copier, uint32_t id, uint32_t place) {
    if (place != 0 && may_copy(lane, id, 0) && copy_call(lane, copier, id, place))
        lane->cold[id].said |= KH_IS_COPIED;
}

/* Copies all calls, which are about to end. */
static void copy_all(kh_lane *lane) {
    kh_copier copier = copier_of(lane, true);
    begin_copy(lane, &copier);
    lane->chosen_ns = lane->now;
    for (uint32_t i = 0; i < lane->live_count; i++)
        copy_last(lane, &copier, lane->live[i].id, lane->live[i].place);
    for (size_t i = 0; i < lane->parked_count; i++)
        copy_last(lane, &copier, lane->parked[i].id, lane->parked[i].place);
    copier.head->size = copier.used;
    atomic_store_explicit(&lane->tables->has_final_snapshot, 1, memory_order_release);
    lane->is_copying = false; /* what was begun before is older */
    atomic_store_explicit(&lane->is_frozen, 1, memory_order_release);
    kh_lane_notify_client(lane);
}

void kh_lane_copy_calls(kh_lane *lane) {
    if (lane->goes_on || atomic_load_explicit(&lane->is_frozen, memory_order_relaxed)) return;
    bool stops = atomic_load_explicit(&lane->arena->stop, memory_order_acquire) != 0;
    uint32_t wanted = atomic_load_explicit(&lane->arena->snapshots_wanted, memory_order_acquire);
    if (KH_LIKELY(!stops && wanted == lane->snapshots_seen && !lane->is_copying)) return;
    if (lane->now_is_old) kh_lane_share_out(lane);
    lane->now = kh_monotonic();
    if (stops) {
        copy_all(lane);
        return;
    }
    if (wanted != lane->snapshots_seen) {
        lane->snapshots_seen = wanted;
        choose(lane);
    }
    copy_some(lane);
    lane->now = kh_monotonic(); /* the time of copying is no call's own */
}

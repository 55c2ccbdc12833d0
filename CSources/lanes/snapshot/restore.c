/* Restores half-done calls from a snapshot of another process, before the first call of a lane.
 * Each comes back with its id, in its slot, with its blocks where they were. So pointers from
 * its state into its own memory stay right. What does not fit is left out. */
#include "client/client.h"
#include "shared/snapshot.h"

#include <stdlib.h>

static bool has_same_regions(const kh_client *client, const kh_snapshot_head *head) {
    const kh_layout *layout = &client->layout;
    uint64_t base = (uint64_t)(uintptr_t)client->arena + (uint64_t)client->distance;
    return head->base == base && head->slots == layout->slots &&
           head->slots_size == layout->slots_size && head->blocks == layout->blocks &&
           head->blocks_size == layout->blocks_size;
}

/* Returns where the client has the slot. */
static char *slot_of(const kh_client *client, const kh_saved_call *call) {
    return (char *)(uintptr_t)(call->slot - (uint64_t)client->distance);
}

static const char *slot_bytes(const kh_saved_call *call) {
    const kh_saved_block *blocks = (const kh_saved_block *)(const void *)(call + 1);
    return (const char *)(blocks + call->block_count);
}

static enum kh_restoration check(const kh_client *client, const kh_restore *one) {
    const kh_saved_call *call = one->call;
    if (one->kernel >= client->kernel_count) return KH_OTHER_KERNEL;
    const kh_shape *shape = &client->shapes[one->kernel];
    if (!shape->is_flat || shape->state_size != call->state_size ||
        call->state_offset != kh_state_offset(shape->state_size, shape->state_align, false))
        return KH_OTHER_KERNEL;
    uint64_t bare = kh_bare_size(shape, false);
    uint64_t from = call->slot - (uint64_t)client->distance - (uint64_t)client->slots.base;
    if (call->id >= client->live_limit || from >= client->slots.size ||
        call->slot_size > client->slots.size - from)
        return KH_OTHER_PLACE;
    if (call->slot_size < bare) return KH_IMPOSSIBLE;
    const char *state = slot_bytes(call) + call->state_offset;
    return kh_state_overruns(state, shape->state_size) == 0 ? KH_RESTORED : KH_IMPOSSIBLE;
}

/* ------------------------------------------------------ overlaps --- */

/* A place that a call wants: an id, a slot or a block. */
typedef struct kh_place_wanted {
    uint64_t start, end;
    kh_restore *owner;
} kh_place_wanted;

static int by_start(const void *a, const void *b) {
    uint64_t x = ((const kh_place_wanted *)a)->start, y = ((const kh_place_wanted *)b)->start;
    return x < y ? -1 : x > y;
}

/* Leaves out calls that want what another has. */
static void settle(kh_place_wanted *places, size_t count) {
    uint64_t end = 0;
    qsort(places, count, sizeof *places, by_start);
    for (size_t i = 0; i < count; i++) {
        if (places[i].owner->outcome != KH_RESTORED) continue;
        if (places[i].start < end) places[i].owner->outcome = KH_IMPOSSIBLE;
        else end = places[i].end;
    }
}

enum kh_kind_of_place { KH_IDS, KH_SLOTS, KH_BLOCKS };

static size_t list_places(kh_restore *calls, size_t count, enum kh_kind_of_place kind,
                          kh_place_wanted *places) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const kh_saved_call *call = calls[i].call;
        if (calls[i].outcome != KH_RESTORED) continue;
        const kh_saved_block *blocks = (const kh_saved_block *)(const void *)(call + 1);
        if (kind == KH_IDS)
            places[found++] = (kh_place_wanted){call->id, call->id + UINT64_C(1), &calls[i]};
        if (kind == KH_SLOTS)
            places[found++] =
                (kh_place_wanted){call->slot, call->slot + call->slot_size, &calls[i]};
        for (uint32_t k = 0; kind == KH_BLOCKS && k < call->block_count; k++)
            places[found++] = (kh_place_wanted){
                blocks[k].unit, (uint64_t)blocks[k].unit + blocks[k].units, &calls[i]};
    }
    return found;
}

/* Leaves out calls whose places overlap, and reserves the slots of the others. */
static bool take_places(kh_client *client, kh_restore *calls, size_t count) {
    size_t most = 1 + count;
    for (size_t i = 0; i < count; i++)
        if (calls[i].outcome == KH_RESTORED) most += calls[i].call->block_count;
    kh_place_wanted *places = malloc(most * sizeof *places);
    if (places == NULL) return false;
    settle(places, list_places(calls, count, KH_BLOCKS, places));
    settle(places, list_places(calls, count, KH_IDS, places));
    size_t slots = list_places(calls, count, KH_SLOTS, places);
    settle(places, slots);
    for (size_t i = 0; i < slots; i++) {
        kh_restore *owner = places[i].owner;
        if (owner->outcome == KH_RESTORED &&
            !kh_slab_take_at(&client->slots, slot_of(client, owner->call),
                             owner->call->slot_size))
            owner->outcome = KH_OTHER_PLACE;
    }
    free(places);
    return true;
}

/* ------------------------------------------------------- one call --- */

/* Returns false if the blocks have no room. Then the call has none. */
static bool restore_blocks(const kh_saved_call *call, kh_blocks *blocks, kh_cold *cold) {
    const kh_saved_block *saved = (const kh_saved_block *)(const void *)(call + 1);
    const char *bytes = slot_bytes(call) + kh_up_to_word(call->slot_size);
    for (uint32_t i = 0; i < call->block_count; i++) bytes += kh_up_to_word(saved[i].bytes);
    /* The last block was saved first, and each of the others is before the next. */
    for (uint32_t i = call->block_count; i-- > 0;) {
        bytes -= kh_up_to_word(saved[i].bytes);
        char *place = kh_blocks_take_at(blocks, saved[i].unit, saved[i].units, saved[i].bytes,
                                        call->id, &cold->block);
        if (place == NULL) return false;
        memcpy(place, bytes, saved[i].bytes);
        if (call->message == i + 1) cold->message = cold->block;
    }
    return true;
}

static void restore_records(kh_client *client, const kh_restore *one, uint64_t now) {
    const kh_saved_call *call = one->call;
    const kh_call_options *options = &one->options;
    kh_cold *cold = kh_client_cold(client, call->id);
    kh_turn *turn = kh_client_turn(client, call->id);
    uint64_t deadline = options->deadline_ns;
    if (deadline > 0)
        deadline = deadline > call->elapsed_ns ? deadline - call->elapsed_ns : 1;
    cold->timeout_ns = options->timeout_ns;
    cold->started_ns = now;
    cold->pass_base = 0 - call->steps;
    KH_WRITE_ONCE(cold->own_ns, call->own_ns);
    cold->memory_left = options->memory > 0 && call->memory_left > 0 ? call->memory_left
                                                                    : options->memory;
    cold->message_length = call->message_length;
    cold->fail_code = call->fail_code;
    cold->kernel = one->kernel;
    cold->phase = KH_LIVE;
    cold->is_parked = call->is_parked != 0;
    cold->said = call->said & (KH_SAID_PROGRESS | KH_SAID_TEXT);
    memset(turn, 0, sizeof *turn);
    turn->wake_ns = call->wait_ns > UINT64_MAX - now ? UINT64_MAX : now + call->wait_ns;
    KH_WRITE_ONCE(turn->parked_ns, now);
    turn->deadline_ns = deadline;
    turn->processor_ns = options->processor_ns;
    turn->processor_used = call->processor_ns;
    turn->printed = call->printed;
    atomic_store_explicit(&turn->progress, call->progress, memory_order_relaxed);
    client->worker_entries[call->id] = (kh_worker_entry){.timeout_ns = options->timeout_ns,
                                                         .deadline_ns = deadline,
                                                         .grace_ns = options->grace_ns,
                                                         .processor_ns = options->processor_ns,
                                                         .order = client->order++,
                                                         .printed = call->printed,
                                                         .skip = options->skip_text};
    ((uint64_t *)kh_at(client->arena, client->layout.numbers))[call->id] =
        kh_number_word(options->number, options->attempt);
    *kh_client_size(client, call->id) = call->slot_size;
    if (options->processor_ns > 0)
        atomic_store_explicit(&client->arena->is_counted, 1, memory_order_relaxed);
    if ((options->timeout_ns > 0 || deadline > 0) && !client->is_timed) {
        client->is_timed = true;
        kh_clock_hasten(client->arena);
    }
    uint64_t had[] = {call->steps, call->own_ns, call->elapsed_ns};
    for (size_t i = 0; i < sizeof had / sizeof *had; i++)
        if (had[i] > client->past && had[i] < UINT64_MAX / 4) client->past = had[i];
}

static void restore_call(kh_client *client, kh_restore *one, kh_blocks *blocks, uint64_t now) {
    const kh_saved_call *call = one->call;
    kh_cold *cold = kh_client_cold(client, call->id);
    memset(cold, 0, sizeof *cold);
    if (!restore_blocks(call, blocks, cold)) {
        one->outcome = KH_OTHER_PLACE;
        return;
    }
    char *slot = slot_of(client, call);
    memcpy(slot, slot_bytes(call), call->slot_size);
    restore_records(client, one, now);
    client->entries[call->id] = (kh_entry){.tag = one->options.tag,
                                           .slot = slot,
                                           .size = call->slot_size,
                                           .kernel = one->kernel,
                                           .submitted = true,
                                           .has_turn = true};
    client->payload +=
        call->slot_size - kh_bare_size(&client->shapes[one->kernel], client->is_checked);
    kh_client_change_live(client, 1);
    if (call->id >= client->fresh) client->fresh = call->id + 1;
    kh_client_push(client, kh_submit_word(KH_SUBMIT_RESUME, call->id,
                                          kh_client_place(client, call->id)));
}

void kh_client_restore(kh_client *client, const kh_snapshot_head *head, kh_restore *calls,
                       size_t count) {
    bool is_possible = client->snapshots && client->fresh == 0 && has_same_regions(client, head);
    for (size_t i = 0; i < count; i++) {
        if (calls[i].outcome != KH_RESTORED) continue;
        calls[i].outcome = is_possible ? check(client, &calls[i]) : KH_OTHER_PLACE;
    }
    if (!is_possible || !take_places(client, calls, count)) {
        for (size_t i = 0; i < count; i++)
            if (calls[i].outcome == KH_RESTORED) calls[i].outcome = KH_OTHER_PLACE;
        return;
    }
    kh_blocks blocks;
    kh_blocks_init(&blocks, kh_at(client->arena, client->layout.blocks),
                   client->layout.blocks_size, kh_at(client->arena, client->layout.records),
                   client->layout.record_limit);
    uint64_t now = kh_monotonic();
    for (size_t i = 0; i < count; i++)
        if (calls[i].outcome == KH_RESTORED) restore_call(client, &calls[i], &blocks, now);
    client->arena->blocks_used = kh_up_to_page(blocks.top);
    client->arena->records_used = blocks.record_top;
    /* Ids that no call has are free, the lowest first. */
    for (uint32_t id = client->fresh; id-- > 0;)
        if (client->entries[id].slot == NULL) client->free_ids[client->free_count++] = id;
    kh_client_flush(client);
}

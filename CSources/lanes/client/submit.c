/* Submits calls to a lane: drafts, the submit ring, and the end or cancellation of calls. */
#include "shared/guard_words.h"
#include "client/client.h"

#include <stdlib.h>
#include <string.h>

enum kh_room kh_client_draft(kh_client *client, uint32_t kernel_index, uint64_t payload,
                           kh_draft *draft) {
    kh_client_push_waiting(client);
    if (kernel_index >= client->kernel_count) return KH_ROOM_NEVER;
    const kh_shape *shape = &client->shapes[kernel_index];
    uint64_t state_offset =
        kh_state_offset(shape->state_size, shape->state_align, client->is_checked);
    /* A guard word, or an inaccessible page, follows the state, and another follows the payload. */
    uint64_t bare = kh_bare_size(shape, client->is_checked), payload_offset = bare, size = bare;
    if (payload > client->slots.size) return KH_ROOM_NEVER;
    if (payload > 0 && client->is_checked) {
        size = bare + kh_up_to_page(payload) + KH_CHECKED_PAGE;
        payload_offset = bare + kh_up_to_page(payload) - kh_up_to_place(payload);
    } else if (payload > 0) {
        size = bare + 8 + payload;
    }
    if (size > client->slots.size / 2) return KH_ROOM_NEVER;
    if (client->waiting_count > 0 || !kh_client_may_push_ahead(client)) {
        client->ring_was_full = true;
        return KH_ROOM_SOON;
    }
    if (kh_client_count_live(client) == client->live_limit) return KH_ROOM_LATER;
    /* Calls that wait for their turn should not hold large arguments yet. */
    if (payload > 0 && kh_client_count_live(client) > 0 &&
        client->payload + payload > client->payload_limit)
        return KH_ROOM_LATER;
    bool is_zero;
    char *slot = kh_slab_take(&client->slots, size, &is_zero);
    if (slot == NULL) return kh_client_count_live(client) == 0 ? KH_ROOM_NEVER : KH_ROOM_LATER;
    uint32_t id = client->free_count > 0 ? client->free_ids[--client->free_count] : client->fresh++;
    kh_cold *cold = kh_client_cold(client, id);
    if (client->free_count > 5)
        kh_prefetch_write(kh_client_cold(client, client->free_ids[client->free_count - 5]));
    memset(cold, 0, sizeof *cold);
    cold->kernel = kernel_index;
    draft->state = slot + state_offset;
    draft->payload = slot + payload_offset;
    draft->distance = client->distance;
    draft->slot = id;
    /* Write the guard words first, so that an overrun from now on leaves a trace. */
    kh_set_guard_words(draft->state, shape->state_size);
    if (payload > 0) kh_set_end_word(slot + size);
    if (shape->defaults != NULL)
        memcpy(draft->state, shape->defaults, shape->state_size);
    else if (!is_zero || client->supervisor != NULL) /* a worker may have written there */
        memset(draft->state, 0, shape->state_size);
    client->payload += size - bare;
    if (client->is_checked) kh_client_turn(client, id)->payload = payload;
    if (client->snapshots) *kh_client_size(client, id) = size;
    client->entries[id] = (kh_entry){.slot = slot, .size = size, .kernel = kernel_index};
    if (client->worker_entries != NULL) {
        if (!shape->is_flat) client->rigid++;
        if (atomic_load_explicit(&client->account.own_ns[id], memory_order_relaxed) != 0)
            atomic_store_explicit(&client->account.own_ns[id], 0, memory_order_relaxed);
    }
    kh_client_change_live(client, 1);
    return KH_ROOM;
}

void kh_client_submit(kh_client *client, const kh_draft *draft, const kh_call_options *options) {
    kh_entry *entry = &client->entries[draft->slot];
    kh_cold *cold = kh_client_cold(client, draft->slot);
    entry->tag = options->tag;
    entry->submitted = true;
    if (client->worker_entries != NULL)
        client->worker_entries[draft->slot] = (kh_worker_entry){.timeout_ns = options->timeout_ns,
                                            .deadline_ns = options->deadline_ns,
                                            .processor_ns = options->processor_ns,
                                            .grace_ns = options->grace_ns,
                                            .order = client->order++,
                                            .skip = options->skip_text};
    ((uint64_t *)kh_at(client->arena, client->layout.numbers))[draft->slot] =
        kh_number_word(options->number, options->attempt);
    cold->timeout_ns = options->timeout_ns;
    cold->memory_left = options->memory;
    if (options->deadline_ns > 0 || options->processor_ns > 0) {
        kh_client_turn(client, draft->slot)->deadline_ns = options->deadline_ns;
        kh_client_turn(client, draft->slot)->processor_ns = options->processor_ns;
        entry->has_turn = true;
    }
    if (options->processor_ns > 0)
        atomic_store_explicit(&client->arena->is_counted, 1, memory_order_relaxed);
    if ((options->timeout_ns > 0 || options->deadline_ns > 0) && !client->is_timed) {
        client->is_timed = true;
        kh_clock_hasten(client->arena);
    }
    kh_client_push_call(
        client, kh_submit_word(KH_SUBMIT_CALL, draft->slot, kh_client_place(client, draft->slot)));
    if (client->submit_tail - client->published >= 64) kh_client_flush(client);
}

void kh_client_set_open(kh_client *client, bool open) {
    bool was_open = client->is_open;
    client->wants_open = client->is_open = open;
    if (open) atomic_store_explicit(&client->arena->open, 1, memory_order_release);
    kh_client_flush(client);
    if (!open && was_open) {
        atomic_store_explicit(&client->arena->open, 0, memory_order_release);
        kh_client_notify_lane(client);
    }
}

uint32_t kh_client_waiting(kh_client *client) {
    return (uint32_t)(client->submit_tail - kh_client_read_head(client));
}

size_t kh_client_take_back(kh_client *client, uint64_t *tags, size_t limit) {
    if (!client->is_shared) return 0;
    kh_client_flush(client);
    uint64_t head = kh_client_read_head(client);
    uint64_t waiting = client->submit_tail - head;
    size_t taken = 0;
    for (uint64_t at = client->submit_tail; at-- != head && taken < waiting / 2 && taken < limit;) {
        uint64_t word =
            atomic_load_explicit(&client->arena->submits[at % KH_SUBMITS], memory_order_relaxed);
        if (kh_submit_kind(word) != KH_SUBMIT_CALL) continue;
        uint32_t id = kh_client_call(client, kh_submit_id(word), kh_submit_value(word));
        if (id == UINT32_MAX || !kh_claim(client->tables, at)) continue;
        tags[taken++] = client->entries[id].tag;
        kh_client_release(client, id);
    }
    return taken;
}

static void mark_cancelled(kh_client *client, uint32_t id) {
    client->entries[id].cancelled = true;
    atomic_store_explicit(kh_client_end(client, id), KH_CANCEL, memory_order_release);
}

static bool has_tag(const uint64_t *bounds, size_t count, uint64_t tag) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bounds[2 * middle + 1] < tag) low = middle + 1;
        else high = middle;
    }
    return low < count && bounds[2 * low] <= tag;
}

void kh_client_cancel_tags(kh_client *client, const uint64_t *bounds, size_t count) {
    if (count == 0) return;
    for (uint32_t slot = 0; slot < client->fresh; slot++) {
        const kh_entry *entry = &client->entries[slot];
        if (entry->submitted && has_tag(bounds, count, entry->tag)) mark_cancelled(client, slot);
    }
    atomic_fetch_add_explicit(&client->arena->cancel_epoch, 1, memory_order_release);
    kh_client_notify_lane(client);
}

void kh_client_stop(kh_client *client) {
    atomic_store(&client->stopped, 1);
    atomic_store(&client->arena->stop, 1);
    kh_client_notify_lane(client);
    kh_clock_poke();
}


/* The way of calls to a lane: drafts, the submit ring, and what ends or cancels them. */
#include "shared/guard_words.h"
#include "client/port.h"

#include <stdlib.h>
#include <string.h>

enum kh_room kh_port_draft(kh_port *port, uint32_t kernel_index, uint64_t payload,
                           kh_draft *draft) {
    kh_port_push_waiting(port);
    if (kernel_index >= port->kernel_count) return KH_ROOM_NEVER;
    const kh_shape *shape = &port->shapes[kernel_index];
    uint64_t state_offset =
        kh_state_offset(shape->state_size, shape->state_align, port->is_checked);
    /* A guard word, or a closed page, behind the state, and one behind the payload. */
    uint64_t bare = kh_bare_size(shape, port->is_checked), payload_offset = bare, size = bare;
    if (payload > port->slots.size) return KH_ROOM_NEVER;
    if (payload > 0 && port->is_checked) {
        size = bare + kh_up_to_page(payload) + KH_CHECKED_PAGE;
        payload_offset = bare + kh_up_to_page(payload) - kh_up_to_place(payload);
    } else if (payload > 0) {
        size = bare + 8 + payload;
    }
    if (size > port->slots.size / 2) return KH_ROOM_NEVER;
    if (port->waiting_count > 0 || !kh_port_may_push_ahead(port)) {
        port->ring_was_full = true;
        return KH_ROOM_SOON;
    }
    if (kh_port_count_live(port) == port->live_limit) return KH_ROOM_LATER;
    /* Large arguments of calls that wait for their turn are memory that nobody needs yet. */
    if (payload > 0 && kh_port_count_live(port) > 0 &&
        port->payload + payload > port->payload_limit)
        return KH_ROOM_LATER;
    bool is_zero;
    char *slot = kh_heap_take(&port->slots, size, &is_zero);
    if (slot == NULL) return kh_port_count_live(port) == 0 ? KH_ROOM_NEVER : KH_ROOM_LATER;
    uint32_t id = port->free_count > 0 ? port->free_ids[--port->free_count] : port->fresh++;
    kh_cold *cold = kh_port_cold(port, id);
    if (port->free_count > 5)
        kh_prefetch_write(kh_port_cold(port, port->free_ids[port->free_count - 5]));
    memset(cold, 0, sizeof *cold);
    cold->kernel = kernel_index;
    draft->state = slot + state_offset;
    draft->payload = slot + payload_offset;
    draft->distance = port->distance;
    draft->slot = id;
    /* First the words around it: whoever writes over it meanwhile leaves a trace. */
    kh_guard_state(draft->state, shape->state_size);
    if (payload > 0) kh_guard_end(slot + size);
    if (shape->defaults != NULL)
        memcpy(draft->state, shape->defaults, shape->state_size);
    else if (!is_zero || port->guard != NULL) /* a worker may have written there unasked */
        memset(draft->state, 0, shape->state_size);
    port->payload += size - bare;
    if (port->is_checked) kh_port_turn(port, id)->payload = payload;
    port->entries[id] = (kh_entry){.slot = slot, .size = size, .kernel = kernel_index};
    if (port->more != NULL) {
        if (!shape->is_flat) port->rigid++;
        if (atomic_load_explicit(&port->sight.own_ns[id], memory_order_relaxed) != 0)
            atomic_store_explicit(&port->sight.own_ns[id], 0, memory_order_relaxed);
    }
    kh_port_change_live(port, 1);
    return KH_ROOM;
}

void kh_port_submit(kh_port *port, const kh_draft *draft, const kh_call_options *options) {
    kh_entry *entry = &port->entries[draft->slot];
    kh_cold *cold = kh_port_cold(port, draft->slot);
    entry->tag = options->tag;
    entry->submitted = true;
    if (port->more != NULL)
        port->more[draft->slot] = (kh_more){.timeout_ns = options->timeout_ns,
                                            .deadline_ns = options->deadline_ns,
                                            .processor_ns = options->processor_ns,
                                            .grace_ns = options->grace_ns,
                                            .order = port->order++,
                                            .skip = options->skip_text};
    ((uint64_t *)kh_at(port->arena, port->layout.numbers))[draft->slot] =
        kh_number_word(options->number, options->attempt);
    cold->timeout_ns = options->timeout_ns;
    cold->memory_left = options->memory;
    if (options->deadline_ns > 0 || options->processor_ns > 0) {
        kh_port_turn(port, draft->slot)->deadline_ns = options->deadline_ns;
        kh_port_turn(port, draft->slot)->processor_ns = options->processor_ns;
        entry->has_turn = true;
    }
    if (options->processor_ns > 0)
        atomic_store_explicit(&port->arena->is_counted, 1, memory_order_relaxed);
    if ((options->timeout_ns > 0 || options->deadline_ns > 0) && !port->is_timed) {
        port->is_timed = true;
        kh_clock_hasten(port->arena);
    }
    kh_port_push_call(
        port, kh_submit_word(KH_SUBMIT_CALL, draft->slot, kh_port_place(port, draft->slot)));
    if (port->submit_tail - port->published >= 64) kh_port_flush(port);
}

void kh_port_set_open(kh_port *port, bool open) {
    bool was_open = port->is_open;
    port->wants_open = port->is_open = open;
    if (open) atomic_store_explicit(&port->arena->open, 1, memory_order_release);
    kh_port_flush(port);
    if (!open && was_open) {
        atomic_store_explicit(&port->arena->open, 0, memory_order_release);
        kh_port_tell_lane(port);
    }
}

uint32_t kh_port_waiting(kh_port *port) {
    return (uint32_t)(port->submit_tail - kh_port_read_head(port));
}

size_t kh_port_take_back(kh_port *port, uint64_t *tags, size_t limit) {
    if (!port->is_shared) return 0;
    kh_port_flush(port);
    uint64_t head = kh_port_read_head(port);
    uint64_t waiting = port->submit_tail - head;
    size_t taken = 0;
    for (uint64_t at = port->submit_tail; at-- != head && taken < waiting / 2 && taken < limit;) {
        uint64_t word =
            atomic_load_explicit(&port->arena->submits[at % KH_SUBMITS], memory_order_relaxed);
        if (kh_submit_kind(word) != KH_SUBMIT_CALL) continue;
        uint32_t id = kh_port_call(port, kh_submit_id(word), kh_submit_value(word));
        if (id == UINT32_MAX || !kh_claim(port->tables, at)) continue;
        tags[taken++] = port->entries[id].tag;
        kh_port_release(port, id);
    }
    return taken;
}

static void mark_cancelled(kh_port *port, uint32_t id) {
    port->entries[id].cancelled = true;
    atomic_store_explicit(kh_port_end(port, id), KH_CANCEL, memory_order_release);
}

void kh_port_cancel_tags(kh_port *port, uint64_t first, uint64_t last) {
    for (uint32_t slot = 0; slot < port->fresh; slot++) {
        const kh_entry *entry = &port->entries[slot];
        if (entry->submitted && entry->tag >= first && entry->tag <= last)
            mark_cancelled(port, slot);
    }
    atomic_fetch_add_explicit(&port->arena->attention, 1, memory_order_release);
    kh_port_tell_lane(port);
}

void kh_port_stop(kh_port *port) {
    atomic_store(&port->stopped, 1);
    atomic_store(&port->arena->stop, 1);
    kh_port_tell_lane(port);
    kh_clock_poke();
}


/* The submit ring: words for the lane, and those that found the ring full. */
#include "client/port.h"

#include <stdlib.h>

bool kh_is_counter(uint64_t value, uint64_t least, uint64_t most) {
    return value - least <= most - least;
}

uint64_t kh_port_read_head(kh_port *port) {
    uint64_t head = atomic_load_explicit(&port->tables->submit_head, memory_order_acquire);
    if (kh_is_counter(head, port->submit_head, port->published)) port->submit_head = head;
    else kh_port_end_worker(port, KH_REASON_DAMAGE);
    return port->submit_head;
}

void kh_port_tell_lane(kh_port *port) {
    atomic_fetch_add_explicit(&port->arena->news, 1, memory_order_release);
    kh_eventcount_notify(&port->tables->lane_event);
    if (port->guard == NULL) return;
    /* A worker cannot poke the clock itself. Where no call has a deadline or sleeps it need not
     * be at once: to wake the clock for each of many short calls costs more than they do. */
    bool is_urgent =
        port->is_timed ||
        atomic_load_explicit(&port->tables->parked_count, memory_order_relaxed) > 0;
    uint64_t now = is_urgent ? 0 : kh_monotonic();
    if (!is_urgent && now - port->last_poke < KH_POKE_NS) return;
    port->last_poke = now;
    kh_clock_poke();
}

static bool ring_has_room(kh_port *port) {
    if (port->submit_tail - port->submit_head < KH_SUBMITS) return true;
    return port->submit_tail - kh_port_read_head(port) < KH_SUBMITS;
}

void kh_port_push_all_waiting(kh_port *port) {
    while (port->waiting_first < port->waiting_count && ring_has_room(port))
        kh_port_push_call(port, port->waiting[port->waiting_first++]);
    if (port->waiting_first == port->waiting_count) port->waiting_first = port->waiting_count = 0;
}

bool kh_port_push(kh_port *port, uint64_t word) {
    kh_port_push_waiting(port);
    if (port->waiting_count == 0 && ring_has_room(port)) {
        kh_port_push_call(port, word);
        return true;
    }
    if (port->waiting_count == port->waiting_capacity) {
        size_t capacity = port->waiting_capacity ? port->waiting_capacity * 2 : 256;
        uint64_t *grown = realloc(port->waiting, capacity * sizeof *grown);
        if (grown == NULL) return false;
        port->waiting = grown;
        port->waiting_capacity = capacity;
    }
    port->waiting[port->waiting_count++] = word;
    return true;
}

void kh_port_flush(kh_port *port) {
    kh_port_push_waiting(port);
    if (port->published == port->submit_tail) return;
    port->published = port->submit_tail;
    atomic_store_explicit(&port->arena->submit_tail, port->submit_tail, memory_order_release);
    kh_port_tell_lane(port);
}

void kh_port_forget_ring(kh_port *port) {
    port->waiting_first = port->waiting_count = 0;
    port->submit_tail = port->submit_head = port->published = 0;
    port->done_seen = port->text_seen = port->done_head = port->text_head = 0;
    kh_arena_reset(port->arena, &port->layout);
    port->is_open = port->wants_open;
    if (port->wants_open) atomic_store_explicit(&port->arena->open, 1, memory_order_release);
}

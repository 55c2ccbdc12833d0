/* The submit ring: words for the lane, and the queue of words that found the ring full. */
#include "client/client.h"

#include <stdlib.h>

bool kh_is_counter(uint64_t value, uint64_t least, uint64_t most) {
    return value - least <= most - least;
}

uint64_t kh_client_read_head(kh_client *client) {
    uint64_t head = atomic_load_explicit(&client->tables->submit_head, memory_order_acquire);
    if (kh_is_counter(head, client->submit_head, client->published)) client->submit_head = head;
    else kh_client_end_worker(client, KH_REASON_DAMAGE);
    return client->submit_head;
}

void kh_client_notify_lane(kh_client *client) {
    atomic_fetch_add_explicit(&client->arena->epoch, 1, memory_order_release);
    kh_eventcount_notify(&client->tables->lane_event);
    if (client->supervisor == NULL) return;
    /* A worker cannot poke the clock itself. Without deadlines and sleeping calls the poke may
     * be late: one for each of many short calls would cost more than the calls. */
    bool is_urgent =
        client->is_timed ||
        atomic_load_explicit(&client->tables->parked_count, memory_order_relaxed) > 0;
    uint64_t now = is_urgent ? 0 : kh_monotonic();
    if (!is_urgent && now - client->last_poke < KH_POKE_NS) return;
    client->last_poke = now;
    kh_clock_poke();
}

static bool ring_has_room(kh_client *client) {
    if (client->submit_tail - client->submit_head < KH_SUBMITS) return true;
    return client->submit_tail - kh_client_read_head(client) < KH_SUBMITS;
}

void kh_client_push_all_waiting(kh_client *client) {
    while (client->waiting_first < client->waiting_count && ring_has_room(client))
        kh_client_push_call(client, client->waiting[client->waiting_first++]);
    if (client->waiting_first == client->waiting_count)
        client->waiting_first = client->waiting_count = 0;
}

bool kh_client_push(kh_client *client, uint64_t word) {
    kh_client_push_waiting(client);
    if (client->waiting_count == 0 && ring_has_room(client)) {
        kh_client_push_call(client, word);
        return true;
    }
    if (client->waiting_count == client->waiting_capacity) {
        size_t capacity = client->waiting_capacity ? client->waiting_capacity * 2 : 256;
        uint64_t *grown = realloc(client->waiting, capacity * sizeof *grown);
        if (grown == NULL) return false;
        client->waiting = grown;
        client->waiting_capacity = capacity;
    }
    client->waiting[client->waiting_count++] = word;
    return true;
}

void kh_client_flush(kh_client *client) {
    kh_client_push_waiting(client);
    if (client->published == client->submit_tail) return;
    client->published = client->submit_tail;
    atomic_store_explicit(&client->arena->submit_tail, client->submit_tail, memory_order_release);
    kh_client_notify_lane(client);
}

void kh_client_forget_ring(kh_client *client) {
    client->waiting_first = client->waiting_count = 0;
    client->submit_tail = client->submit_head = client->published = 0;
    client->done_seen = client->text_seen = client->done_head = client->text_head = 0;
    kh_arena_reset(client->arena, &client->layout);
    client->is_open = client->wants_open;
    if (client->wants_open) atomic_store_explicit(&client->arena->open, 1, memory_order_release);
}

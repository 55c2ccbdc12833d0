/* The way back from a lane: texts, completions, and the wait for them. */
#include "port.h"

#include <string.h>

void kh_port_look(kh_port *port) {
    /* In this order: the text of what has ended is all there. And no more than what
     * is there now, or a kernel that prints without end would keep the port here. */
    port->done_seen = atomic_load_explicit(&port->arena->done_tail, memory_order_acquire);
    port->text_seen = atomic_load_explicit(&port->arena->text_tail, memory_order_acquire);
}

static void copy_out(const kh_arena *arena, uint64_t position, void *bytes, size_t length) {
    size_t at = position % KH_TEXT_BYTES;
    size_t before_end = KH_TEXT_BYTES - at < length ? KH_TEXT_BYTES - at : length;
    memcpy(bytes, arena->text + at, before_end);
    memcpy((char *)bytes + before_end, arena->text, length - before_end);
}

size_t kh_port_take_text(kh_port *port, kh_text_piece *pieces, size_t piece_limit, char *buffer,
                         size_t buffer_size) {
    kh_arena *arena = port->arena;
    uint64_t head = atomic_load_explicit(&arena->text_head, memory_order_relaxed);
    uint64_t tail = port->text_seen;
    if (tail - head > KH_TEXT_BYTES) {
        tail = head;
        kh_port_end_worker(port, KH_REASON_DAMAGE);
    }
    size_t taken = 0, filled = 0;
    while (head != tail && taken < piece_limit) {
        kh_piece piece;
        copy_out(arena, head, &piece, sizeof piece);
        uint64_t whole = sizeof piece + (((uint64_t)piece.length + 7) & ~UINT64_C(7));
        bool is_output = (piece.slot & KH_PIECE_OUTPUT) != 0;
        uint32_t slot = piece.slot & ~KH_PIECE_OUTPUT;
        if (whole > tail - head || slot >= port->live_limit || !port->entries[slot].submitted) {
            head = tail; /* no lane of ours wrote that */
            break;
        }
        if (piece.length > buffer_size - filled) break;
        kh_entry *entry = &port->entries[slot];
        uint64_t skipped = 0;
        if (!is_output && port->more != NULL) {
            kh_more *more = &port->more[slot];
            skipped = more->printed >= more->skip ? 0 : more->skip - more->printed;
            if (skipped > piece.length) skipped = piece.length;
            more->printed += piece.length;
        }
        copy_out(arena, head + sizeof piece + skipped, buffer + filled, piece.length - skipped);
        pieces[taken++] =
            (kh_text_piece){entry->tag, filled, piece.length - skipped, entry->kernel, is_output};
        filled += piece.length - skipped;
        head += whole;
    }
    if (taken > 0) {
        atomic_store_explicit(&arena->text_head, head, memory_order_release);
        kh_gate_signal(&arena->lane_gate);
    }
    return taken;
}

/* Nobody is cancelled or late without the port's doing, or else kernels have written
 * over what a lane goes by. */
static bool can_be(kh_port *port, const kh_entry *entry, const kh_done *done, uint64_t age) {
    /* No step takes less than a nanosecond. */
    if (port->reason == KH_REASON_DAMAGE || done->steps > age || done->nanoseconds > age ||
        (done->started_ns != 0 && done->started_ns - port->opened > age))
        return false;
    if (done->ending == KH_ENDED_CANCELLED)
        return entry->cancelled || atomic_load(&port->stopped) != 0;
    return done->ending != KH_ENDED_TIMEOUT || port->more[done->slot].timeout_ns != 0;
}

size_t kh_port_take(kh_port *port, kh_completion *completions, size_t limit) {
    kh_arena *arena = port->arena;
    uint64_t head = atomic_load_explicit(&arena->done_head, memory_order_relaxed);
    if (port->done_seen - head > KH_COMPLETIONS) {
        port->done_seen = head;
        kh_port_end_worker(port, KH_REASON_DAMAGE);
    }
    size_t taken = 0;
    bool is_worker = port->guard != NULL;
    uint64_t age = is_worker ? kh_monotonic() - port->opened : 0;
    for (; head != port->done_seen && taken < limit; head++) {
        kh_done done = arena->completions[head % KH_COMPLETIONS];
        if (done.slot >= port->live_limit) continue;
        kh_entry *entry = &port->entries[done.slot];
        if (!entry->submitted || entry->ended) continue; /* not a call of ours */
        if (is_worker && !can_be(port, entry, &done, age)) {
            kh_port_end_worker(port, KH_REASON_DAMAGE);
            break; /* nothing of it is believed any more */
        }
        entry->ended = true;
        entry->has_blocks = done.has_blocks != 0;
        __builtin_prefetch(entry->slot); /* the results are read soon */
        /* The cold record was last in the lane's cache: only a failure is worth fetching it. */
        const void *text = NULL;
        uint64_t length = 0;
        if (done.ending != KH_ENDED_OK) {
            const kh_cold *cold = kh_port_cold(port, done.slot);
            uint64_t message = *(const volatile uint64_t *)&cold->message;
            length = *(const volatile uint32_t *)&cold->message_length;
            if (message != 0 && message < port->layout.size && length <= port->layout.size - message)
                text = (const char *)arena + message;
        }
        completions[taken++] = (kh_completion){
            .tag = entry->tag,
            .state = (char *)entry->slot + kh_state_offset(port->shapes[entry->kernel].state_align),
            .message = text,
            .message_length = text == NULL ? 0 : length,
            .steps = done.steps,
            .nanoseconds = done.nanoseconds,
            .started_ns = done.started_ns,
            .slot = done.slot,
            .kernel = entry->kernel,
            .code = done.code,
            .ending = done.ending,
        };
    }
    if (taken > 0) {
        bool was_full = atomic_load_explicit(&arena->done_tail, memory_order_relaxed) -
                            atomic_load_explicit(&arena->done_head, memory_order_relaxed) >=
                        KH_COMPLETIONS / 2;
        atomic_store_explicit(&arena->done_head, head, memory_order_release);
        if (was_full) kh_gate_signal(&arena->lane_gate);
    }
    return taken;
}

void kh_port_release(kh_port *port, uint32_t id) {
    if (id >= port->live_limit || port->entries[id].slot == NULL) return;
    kh_entry *entry = &port->entries[id];
    uint64_t blocks = 0;
    if (entry->has_blocks) blocks = kh_port_cold(port, id)->allocations;
    /* Where even that finds no memory, the lane keeps its own till it ends. */
    if (blocks != 0) kh_port_push(port, KH_SUBMIT_RELEASE | (blocks & KH_SUBMIT_VALUE));
    if (entry->has_memory_limit) *kh_memory_left(port->arena, &port->layout, id) = 0;
    kh_heap_give(&port->slots, entry->slot, entry->size);
    if (port->more != NULL && !port->shapes[entry->kernel].is_flat) port->rigid--;
    *entry = (kh_entry){0};
    port->free_ids[port->free_count++] = id;
    kh_port_change_live(port, (uint32_t)-1);
}

static bool has_something(kh_port *port) {
    kh_arena *arena = port->arena;
    if (atomic_load_explicit(&port->woken, memory_order_acquire) != 0) return true;
    if (kh_port_has_died(port)) return !port->death_is_known;
    if (port->reason == KH_REASON_DAMAGE) return false; /* what it writes is worth nothing */
    return atomic_load_explicit(&arena->done_tail, memory_order_acquire) !=
               atomic_load_explicit(&arena->done_head, memory_order_relaxed) ||
           atomic_load_explicit(&arena->text_tail, memory_order_acquire) !=
               atomic_load_explicit(&arena->text_head, memory_order_relaxed) ||
           (port->ring_was_full && kh_port_may_push_ahead(port));
}

/* Short calls end within microseconds: to look a while costs both ends less than
 * to sleep and be woken. Not too often, for it takes the line from the lane. */
static bool look_a_while(kh_port *const *ports, size_t count) {
    /* What comes of workers that start or die, of long calls, takes longer than that. */
    kh_port *port = ports[0];
    bool runs = port->guard == NULL || (atomic_load(&port->worker.state) == KH_WORKER_RUNNING &&
                                        kh_look64(&port->arena->pass) != port->first_pass);
    if (!port->may_look || count > 1 || !runs || kh_port_live(port) == 0) return false;
    uint64_t until = kh_monotonic() + KH_LOOK_NS;
    do {
        for (size_t i = 0; i < count; i++)
            if (has_something(ports[i])) return true;
        for (int i = 0; i < 32; i++) kh_relax();
    } while (kh_monotonic() < until);
    return false;
}

void kh_port_wait(kh_port *const *ports, size_t count, int64_t nanoseconds) {
    kh_gate *gates[KH_WAIT_PORTS];
    uint32_t words[KH_WAIT_PORTS];
    if (count > KH_WAIT_PORTS) count = KH_WAIT_PORTS;
    if (!look_a_while(ports, count)) {
        bool something = false;
        for (size_t i = 0; i < count; i++) {
            gates[i] = &ports[i]->arena->port_gate;
            words[i] = kh_gate_prepare(gates[i]);
        }
        for (size_t i = 0; i < count; i++) something = something || has_something(ports[i]);
        if (!something) kh_gates_sleep(gates, words, count, nanoseconds);
        for (size_t i = 0; i < count; i++) kh_gate_leave(gates[i]);
    }
    for (size_t i = 0; i < count; i++) {
        ports[i]->ring_was_full = false;
        atomic_store_explicit(&ports[i]->woken, 0, memory_order_relaxed);
    }
}

void kh_port_wake(kh_port *port) {
    atomic_store_explicit(&port->woken, 1, memory_order_release);
    kh_gate_signal(&port->arena->port_gate);
}

const void *kh_port_view(const kh_port *port, const void *lane_pointer, uint64_t length) {
    uint64_t start = (uint64_t)lane_pointer - (uint64_t)port->distance - (uint64_t)port->arena;
    if (lane_pointer == NULL || start >= port->layout.size || length > port->layout.size - start) return NULL;
    return (const char *)port->arena + start;
}

bool kh_port_is_idle(const kh_port *port) {
    const kh_arena *arena = port->arena;
    return port->waiting_count == 0 &&
           atomic_load_explicit(&arena->submit_head, memory_order_acquire) == port->submit_tail &&
           atomic_load_explicit(&arena->awake, memory_order_acquire) == 0;
}

/* The port: the owner's end of an arena. It trusts its own tables, and checks
 * what it reads from the arena. */
#include "arena.h"
#include "heap.h"
#include "lane.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What the port knows of a slot. */
typedef struct entry {
    uint64_t tag;
    kh_slot *slot; /* NULL: the id is free */
    uint64_t size;
    uint32_t kernel;
    bool submitted, ended, has_blocks;
} entry;

struct kh_port {
    kh_arena *arena;
    const kh_kernel *const *kernels;
    uint32_t kernel_count, live_limit;
    entry *entries;
    uint32_t *free_ids;
    uint32_t free_count, fresh, live;
    kh_heap slots;
    uint64_t submit_tail, published;
    uint64_t submit_head; /* as last seen: the word itself is in the lane's cache */
    uint64_t done_seen, text_seen; /* tails of the rings at the last look */
    bool ring_was_full; /* a draft was refused for it */
    uint64_t *releases; /* blocks to release that found the ring full */
    size_t release_count, release_capacity;
    _Atomic uint32_t woken, lane_ended;
    int64_t distance;
    kh_lane lane;
    pthread_t thread;
};

static void *lane_main(void *argument) {
    kh_port *port = argument;
    kh_lane_run(&port->lane);
    atomic_store(&port->lane_ended, 1);
    kh_gate_signal(&port->arena->port_gate);
    return NULL;
}

static void *map_table(uint64_t size) {
    void *table =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return table == MAP_FAILED ? NULL : table;
}

static int start_lane(kh_port *port) {
    sigset_t all, before;
    pthread_attr_t attributes;
    kh_lane_init(&port->lane, port->arena, port->kernels, port->kernel_count);
    int error = kh_clock_add(port->arena);
    if (error != 0) return error;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are for the host's threads */
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 8u << 20); /* what main would have */
    error = pthread_create(&port->thread, &attributes, lane_main, port);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) kh_clock_remove(port->arena);
    return error;
}

static void free_port(kh_port *port) {
    if (port->arena != NULL) kh_arena_unmap(port->arena);
    if (port->entries != NULL) munmap(port->entries, port->live_limit * sizeof *port->entries);
    if (port->free_ids != NULL) munmap(port->free_ids, port->live_limit * sizeof *port->free_ids);
    kh_heap_free_all(&port->slots);
    free(port->releases);
    free(port);
}

kh_port *kh_port_open(const kh_port_options *options) {
    kh_port *port = calloc(1, sizeof *port);
    if (port == NULL) return NULL;
    port->live_limit = options->live_limit == 0 ? KH_DEFAULT_LIVE : options->live_limit;
    port->kernels = options->kernels;
    port->kernel_count = options->kernel_count;
    port->arena = kh_arena_map(port->live_limit);
    port->entries = map_table(port->live_limit * sizeof *port->entries);
    port->free_ids = map_table(port->live_limit * sizeof *port->free_ids);
    int error = ENOMEM;
    if (port->arena != NULL && port->entries != NULL && port->free_ids != NULL) {
        kh_heap_init(&port->slots, kh_at(port->arena, port->arena->slots), port->arena->slots_size);
        error = start_lane(port);
    }
    if (error != 0) {
        free_port(port);
        errno = error;
        return NULL;
    }
    return port;
}

void kh_port_close(kh_port *port) {
    kh_arena *arena = port->arena;
    atomic_store(&arena->quit, 1);
    kh_port_stop(port);
    while (!atomic_load(&port->lane_ended)) {
        /* Nobody reads what is still reported; the lane must not wait for room. */
        atomic_store(&arena->done_head, atomic_load(&arena->done_tail));
        atomic_store(&arena->text_head, atomic_load(&arena->text_tail));
        kh_gate_signal(&arena->lane_gate);
        uint32_t word = kh_gate_prepare(&arena->port_gate);
        if (!atomic_load(&port->lane_ended) &&
            atomic_load(&arena->done_tail) == atomic_load(&arena->done_head) &&
            atomic_load(&arena->text_tail) == atomic_load(&arena->text_head))
            kh_gate_sleep(&arena->port_gate, word, -1);
        kh_gate_leave(&arena->port_gate);
    }
    pthread_join(port->thread, NULL);
    kh_clock_remove(arena);
    kh_lane_free(&port->lane);
    free_port(port);
}

/* ----------------------------------------------------------- submitting --- */

/* The lane looks at one word a pass, and at the rest when that has changed. */
static void tell_lane(kh_port *port) {
    atomic_fetch_add_explicit(&port->arena->news, 1, memory_order_release);
    kh_gate_signal(&port->arena->lane_gate);
}

static bool ring_has_room(kh_port *port) {
    if (port->submit_tail - port->submit_head < KH_SUBMITS) return true;
    port->submit_head = atomic_load_explicit(&port->arena->submit_head, memory_order_acquire);
    return port->submit_tail - port->submit_head < KH_SUBMITS;
}

static void push(kh_port *port, uint64_t word) {
    atomic_store_explicit(&port->arena->submits[port->submit_tail % KH_SUBMITS], word,
                          memory_order_relaxed);
    port->submit_tail++;
}

static void push_releases(kh_port *port) {
    while (port->release_count > 0 && ring_has_room(port))
        push(port, KH_SUBMIT_RELEASE | port->releases[--port->release_count]);
}

enum kh_room kh_port_draft(kh_port *port, uint32_t kernel_index, uint64_t payload,
                           kh_draft *draft) {
    push_releases(port);
    if (kernel_index >= port->kernel_count) return KH_ROOM_NEVER;
    const kh_kernel *kernel = port->kernels[kernel_index];
    uint64_t state_offset = kh_state_offset(kernel);
    uint64_t payload_offset = (state_offset + kernel->state_size + 15) & ~UINT64_C(15);
    uint64_t size;
    if (__builtin_add_overflow(payload_offset, payload, &size) || size > port->slots.size / 2)
        return KH_ROOM_NEVER;
    if (!ring_has_room(port)) {
        port->ring_was_full = true;
        return KH_ROOM_SOON;
    }
    if (port->live == port->live_limit) return KH_ROOM_LATER;
    bool is_zero;
    kh_slot *slot = kh_heap_take(&port->slots, size, &is_zero);
    if (slot == NULL) return port->live == 0 ? KH_ROOM_NEVER : KH_ROOM_LATER;
    uint32_t id = port->free_count > 0 ? port->free_ids[--port->free_count] : port->fresh++;
    kh_cold *colds = kh_at(port->arena, port->arena->cold), *cold = colds + id;
    if (port->free_count > 5) kh_fetch_to_write(colds + port->free_ids[port->free_count - 5]);
    memset(cold, 0, sizeof *cold);
    cold->kernel = kernel_index;
    slot->id = id;
    slot->state_offset = (uint32_t)state_offset;
    atomic_store_explicit(&slot->deadline, UINT64_MAX, memory_order_relaxed);
    draft->state = (char *)slot + state_offset;
    draft->payload = (char *)slot + payload_offset;
    draft->distance = port->distance;
    draft->slot = id;
    if (kernel->defaults != NULL)
        memcpy(draft->state, kernel->defaults, kernel->state_size);
    else if (!is_zero)
        memset(draft->state, 0, kernel->state_size);
    port->entries[id] = (entry){.slot = slot, .size = size, .kernel = kernel_index};
    port->live++;
    return KH_ROOM;
}

void kh_port_submit(kh_port *port, const kh_draft *draft, uint64_t tag, uint64_t timeout_ns) {
    entry *entry = &port->entries[draft->slot];
    entry->tag = tag;
    entry->submitted = true;
    ((kh_cold *)kh_at(port->arena, port->arena->cold))[draft->slot].timeout_ns = timeout_ns;
    push(port, KH_SUBMIT_CALL | kh_offset(port->arena, entry->slot));
    if (port->submit_tail - port->published >= 64) kh_port_flush(port);
}

void kh_port_flush(kh_port *port) {
    push_releases(port);
    if (port->published == port->submit_tail) return;
    port->published = port->submit_tail;
    atomic_store_explicit(&port->arena->submit_tail, port->submit_tail, memory_order_release);
    tell_lane(port);
}

void kh_port_set_open(kh_port *port, bool open) {
    if (open) atomic_store_explicit(&port->arena->open, 1, memory_order_release);
    kh_port_flush(port);
    if (!open && atomic_load_explicit(&port->arena->open, memory_order_relaxed) != 0) {
        atomic_store_explicit(&port->arena->open, 0, memory_order_release);
        tell_lane(port);
    }
}

static void mark_cancelled(kh_port *port, uint32_t slot) {
    kh_cold *cold = (kh_cold *)kh_at(port->arena, port->arena->cold) + slot;
    atomic_store_explicit(&cold->cancel, 1, memory_order_release);
    atomic_store_explicit(&port->entries[slot].slot->deadline, 0, memory_order_release);
}

void kh_port_cancel_tags(kh_port *port, uint64_t first, uint64_t last) {
    for (uint32_t slot = 0; slot < port->fresh; slot++) {
        const entry *entry = &port->entries[slot];
        if (entry->submitted && entry->tag >= first && entry->tag <= last)
            mark_cancelled(port, slot);
    }
    atomic_fetch_add_explicit(&port->arena->attention, 1, memory_order_release);
    tell_lane(port);
}

void kh_port_stop(kh_port *port) {
    atomic_store(&port->arena->stop, 1);
    tell_lane(port);
    kh_clock_poke();
}

uint32_t kh_port_live(const kh_port *port) {
    return port->live;
}

/* --------------------------------------------------------------- taking --- */

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
    if (tail - head > KH_TEXT_BYTES) tail = head; /* no lane of ours wrote that */
    size_t taken = 0, filled = 0;
    while (head != tail && taken < piece_limit) {
        kh_piece piece;
        copy_out(arena, head, &piece, sizeof piece);
        uint64_t whole = sizeof piece + (((uint64_t)piece.length + 7) & ~UINT64_C(7));
        if (whole > tail - head || piece.slot >= port->live_limit) {
            head = tail;
            break;
        }
        if (piece.length > buffer_size - filled) break;
        copy_out(arena, head + sizeof piece, buffer + filled, piece.length);
        pieces[taken++] = (kh_text_piece){port->entries[piece.slot].tag, filled, piece.length};
        filled += piece.length;
        head += whole;
    }
    if (taken > 0) {
        atomic_store_explicit(&arena->text_head, head, memory_order_release);
        kh_gate_signal(&arena->lane_gate);
    }
    return taken;
}

size_t kh_port_take(kh_port *port, kh_completion *completions, size_t limit) {
    kh_arena *arena = port->arena;
    uint64_t head = atomic_load_explicit(&arena->done_head, memory_order_relaxed);
    if (port->done_seen - head > KH_COMPLETIONS) port->done_seen = head;
    size_t taken = 0;
    for (; head != port->done_seen && taken < limit; head++) {
        kh_done done = arena->completions[head % KH_COMPLETIONS];
        if (done.slot >= port->live_limit) continue;
        entry *entry = &port->entries[done.slot];
        if (!entry->submitted || entry->ended) continue; /* not a call of ours */
        entry->ended = true;
        entry->has_blocks = done.has_blocks != 0;
        __builtin_prefetch(entry->slot); /* the results are read soon */
        /* The cold record was last in the lane's cache: only a failure is worth fetching it. */
        const void *text = NULL;
        uint64_t length = 0;
        if (done.ending != KH_ENDED_OK) {
            const kh_cold *cold = (const kh_cold *)kh_at(arena, arena->cold) + done.slot;
            uint64_t message = cold->message;
            length = cold->message_length;
            if (message != 0)
                text = kh_port_view(port, (char *)arena + message - port->distance, length);
        }
        completions[taken++] = (kh_completion){
            .tag = entry->tag,
            .state = (char *)entry->slot + kh_state_offset(port->kernels[entry->kernel]),
            .message = text,
            .message_length = text == NULL ? 0 : length,
            .steps = done.steps,
            .nanoseconds = done.nanoseconds,
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
    entry *entry = &port->entries[id];
    if (id >= port->live_limit || entry->slot == NULL) return;
    uint64_t blocks = 0;
    if (entry->has_blocks)
        blocks = ((kh_cold *)kh_at(port->arena, port->arena->cold))[id].allocations;
    if (blocks != 0) {
        if (ring_has_room(port) && port->release_count == 0) {
            push(port, KH_SUBMIT_RELEASE | (blocks & KH_SUBMIT_VALUE));
        } else {
            if (port->release_count == port->release_capacity) {
                size_t capacity = port->release_capacity ? port->release_capacity * 2 : 256;
                uint64_t *grown = realloc(port->releases, capacity * sizeof *grown);
                if (grown == NULL) goto forget; /* the lane keeps the memory till it ends */
                port->releases = grown;
                port->release_capacity = capacity;
            }
            port->releases[port->release_count++] = blocks & KH_SUBMIT_VALUE;
        }
    }
forget:
    kh_heap_give(&port->slots, entry->slot, entry->size);
    *entry = (struct entry){0};
    port->free_ids[port->free_count++] = id;
    port->live--;
}

static bool has_something(kh_port *port) {
    kh_arena *arena = port->arena;
    return atomic_load_explicit(&arena->done_tail, memory_order_acquire) !=
               atomic_load_explicit(&arena->done_head, memory_order_relaxed) ||
           atomic_load_explicit(&arena->text_tail, memory_order_acquire) !=
               atomic_load_explicit(&arena->text_head, memory_order_relaxed) ||
           (port->ring_was_full && ring_has_room(port)) ||
           atomic_load_explicit(&port->woken, memory_order_acquire) != 0;
}

/* Short calls end within microseconds: to look a while costs both ends less than
 * to sleep and be woken. Not too often, for it takes the line from the lane. */
static bool look_a_while(kh_port *port) {
    if (port->lane.processors < 2 || port->live == 0) return false;
    uint64_t until = kh_monotonic() + KH_LOOK_NS;
    do {
        if (has_something(port)) return true;
        for (int i = 0; i < 32; i++) kh_relax();
    } while (kh_monotonic() < until);
    return false;
}

void kh_port_wait(kh_port *port, int64_t nanoseconds) {
    if (!look_a_while(port)) {
        uint32_t word = kh_gate_prepare(&port->arena->port_gate);
        if (has_something(port))
            kh_gate_leave(&port->arena->port_gate);
        else
            kh_gate_sleep(&port->arena->port_gate, word, nanoseconds);
    }
    port->ring_was_full = false;
    atomic_store_explicit(&port->woken, 0, memory_order_relaxed);
}

void kh_port_wake(kh_port *port) {
    atomic_store_explicit(&port->woken, 1, memory_order_release);
    kh_gate_signal(&port->arena->port_gate);
}

const void *kh_port_view(const kh_port *port, const void *lane_pointer, uint64_t length) {
    uint64_t start = (uint64_t)lane_pointer + (uint64_t)port->distance - (uint64_t)port->arena;
    if (lane_pointer == NULL || start >= port->arena->size || length > port->arena->size - start)
        return NULL;
    return (const char *)port->arena + start;
}

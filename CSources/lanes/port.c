/* The port: the owner's end of an arena. It trusts its own tables, and checks
 * what it reads from the arena. */
#include "port.h"

#include "worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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
    kh_lane_init(&port->lane, port->arena, port->kernels, port->kernel_count, false);
    int error = kh_clock_add(port->arena, NULL);
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

/* What kernels write by themselves: the worker's descriptors 1 and 2 lead there, and it
 * cannot grow. */
static int open_output(kh_port *port) {
    int file = memfd_create("kernelhost-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return errno;
    port->output_descriptor = file;
    if (ftruncate(file, KH_OUTPUT_BYTES) != 0 ||
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return errno;
    void *map = mmap(NULL, KH_OUTPUT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) return errno;
    port->output = map;
    return 0;
}

static int prepare_worker(kh_port *port) {
    port->distance = (int64_t)(kh_guard_base(port->guard) - (uint64_t)(uintptr_t)port->arena);
    int error = open_output(port);
    return error != 0 ? error : kh_clock_add(port->arena, &port->live);
}

static void free_port(kh_port *port) {
    if (port->arena != NULL) kh_arena_unmap(port->arena, port->layout.size);
    if (port->output != NULL) munmap(port->output, KH_OUTPUT_BYTES);
    if (port->descriptor >= 0) close(port->descriptor);
    if (port->output_descriptor >= 0) close(port->output_descriptor);
    if (port->entries != NULL) munmap(port->entries, port->live_limit * sizeof *port->entries);
    if (port->more != NULL) munmap(port->more, port->live_limit * sizeof *port->more);
    if (port->free_ids != NULL) munmap(port->free_ids, port->live_limit * sizeof *port->free_ids);
    kh_heap_free_all(&port->slots);
    free(port->waiting);
    free(port->survivors);
    free(port);
}

kh_port *kh_port_open(const kh_port_options *options) {
    kh_port *port = calloc(1, sizeof *port);
    if (port == NULL) return NULL;
    port->live_limit = options->live_limit == 0 ? KH_DEFAULT_LIVE : options->live_limit;
    port->shapes = options->shapes;
    port->kernels = options->kernels;
    port->kernel_count = options->kernel_count;
    port->guard = options->guard;
    port->opened = kh_monotonic();
    port->descriptor = port->output_descriptor = -1;
    uint64_t room = port->guard == NULL ? KH_LARGEST_ARENA : kh_guard_room(port->guard);
    port->arena = kh_arena_map(port->live_limit, room, port->guard ? &port->descriptor : NULL);
    port->entries = map_table(port->live_limit * sizeof *port->entries);
    port->free_ids = map_table(port->live_limit * sizeof *port->free_ids);
    if (port->guard != NULL) port->more = map_table(port->live_limit * sizeof *port->more);
    int error = port->arena == NULL ? errno : ENOMEM;
    if (port->arena != NULL && port->entries != NULL && port->free_ids != NULL &&
        (port->guard == NULL || port->more != NULL)) {
        port->layout = port->arena->layout;
        kh_heap_init(&port->slots, kh_at(port->arena, port->layout.slots), port->layout.slots_size);
        error = port->guard == NULL ? start_lane(port) : prepare_worker(port);
    }
    if (error != 0) {
        free_port(port);
        errno = error;
        return NULL;
    }
    return port;
}

int kh_port_start(kh_port *port, bool once) {
    if (port->guard == NULL) return 0;
    port->watch = (kh_watch){0};
    port->stopped_since = 0;
    port->reason = KH_REASON_NONE;
    port->death_is_known = false;
    if (once) atomic_store(&port->arena->quit, 1);
    int error =
        kh_worker_start(port->guard, &port->worker, port, port->descriptor, port->output_descriptor);
    kh_clock_poke();
    return error;
}

static void end_thread(kh_port *port) {
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
    kh_lane_free(&port->lane);
}

void kh_port_close(kh_port *port) {
    if (port->guard == NULL)
        end_thread(port);
    else
        kh_worker_end(port->guard, &port->worker);
    kh_clock_remove(port->arena);
    free_port(port);
}

/* ----------------------------------------------------------- submitting --- */

/* The lane looks at one word a pass, and at the rest when that has changed. */
static void tell_lane(kh_port *port) {
    atomic_fetch_add_explicit(&port->arena->news, 1, memory_order_release);
    kh_gate_signal(&port->arena->lane_gate);
    if (port->guard != NULL) kh_clock_poke(); /* a worker cannot */
}

static bool ring_has_room(kh_port *port) {
    if (port->submit_tail - port->submit_head < KH_SUBMITS) return true;
    port->submit_head = atomic_load_explicit(&port->arena->submit_head, memory_order_acquire);
    return port->submit_tail - port->submit_head < KH_SUBMITS;
}

/* Calls that wait in the ring of a worker are as many to look at when it dies. */
static bool may_push_ahead(kh_port *port) {
    uint64_t most = port->guard == NULL ? KH_SUBMITS : KH_SUBMITS_AHEAD;
    if (port->submit_tail - port->submit_head < most) return true;
    port->submit_head = atomic_load_explicit(&port->arena->submit_head, memory_order_acquire);
    return port->submit_tail - port->submit_head < most;
}

static void push(kh_port *port, uint64_t word) {
    atomic_store_explicit(&port->arena->submits[port->submit_tail % KH_SUBMITS], word,
                          memory_order_relaxed);
    port->submit_tail++;
}

static void push_waiting(kh_port *port) {
    while (port->waiting_first < port->waiting_count && ring_has_room(port))
        push(port, port->waiting[port->waiting_first++]);
    if (port->waiting_first == port->waiting_count) port->waiting_first = port->waiting_count = 0;
}

bool kh_port_push(kh_port *port, uint64_t word) {
    push_waiting(port);
    if (port->waiting_count == 0 && ring_has_room(port)) {
        push(port, word);
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

void kh_port_forget_ring(kh_port *port) {
    port->waiting_first = port->waiting_count = 0;
    port->submit_tail = port->submit_head = port->published = 0;
    port->done_seen = port->text_seen = 0;
    kh_arena_reset(port->arena);
    if (port->wants_open) atomic_store_explicit(&port->arena->open, 1, memory_order_release);
}

static void change_live(kh_port *port, uint32_t by) {
    atomic_store_explicit(&port->live,
                          atomic_load_explicit(&port->live, memory_order_relaxed) + by,
                          memory_order_relaxed);
}

enum kh_room kh_port_draft(kh_port *port, uint32_t kernel_index, uint64_t payload,
                           kh_draft *draft) {
    push_waiting(port);
    if (kernel_index >= port->kernel_count) return KH_ROOM_NEVER;
    const kh_shape *shape = &port->shapes[kernel_index];
    uint64_t state_offset = kh_state_offset(shape->state_align);
    uint64_t payload_offset = (state_offset + shape->state_size + 15) & ~UINT64_C(15);
    uint64_t size;
    if (__builtin_add_overflow(payload_offset, payload, &size) || size > port->slots.size / 2)
        return KH_ROOM_NEVER;
    if (port->waiting_count > 0 || !may_push_ahead(port)) {
        port->ring_was_full = true;
        return KH_ROOM_SOON;
    }
    if (kh_port_live(port) == port->live_limit) return KH_ROOM_LATER;
    bool is_zero;
    kh_slot *slot = kh_heap_take(&port->slots, size, &is_zero);
    if (slot == NULL) return kh_port_live(port) == 0 ? KH_ROOM_NEVER : KH_ROOM_LATER;
    uint32_t id = port->free_count > 0 ? port->free_ids[--port->free_count] : port->fresh++;
    kh_cold *cold = kh_port_cold(port, id);
    if (port->free_count > 5)
        kh_fetch_to_write(kh_port_cold(port, port->free_ids[port->free_count - 5]));
    memset(cold, 0, sizeof *cold);
    cold->kernel = kernel_index;
    slot->id = id;
    slot->state_offset = (uint32_t)state_offset;
    atomic_store_explicit(&slot->deadline, UINT64_MAX, memory_order_relaxed);
    draft->state = (char *)slot + state_offset;
    draft->payload = (char *)slot + payload_offset;
    draft->distance = port->distance;
    draft->slot = id;
    if (shape->defaults != NULL)
        memcpy(draft->state, shape->defaults, shape->state_size);
    else if (!is_zero)
        memset(draft->state, 0, shape->state_size);
    port->entries[id] = (kh_entry){.slot = slot, .size = size, .kernel = kernel_index};
    if (!shape->is_flat) port->rigid++;
    change_live(port, 1);
    return KH_ROOM;
}

void kh_port_submit(kh_port *port, const kh_draft *draft, const kh_call_options *options) {
    kh_entry *entry = &port->entries[draft->slot];
    entry->tag = options->tag;
    entry->submitted = true;
    if (port->more != NULL)
        port->more[draft->slot] = (kh_more){.timeout_ns = options->timeout_ns,
                                            .grace_ns = options->grace_ns,
                                            .order = port->order++,
                                            .skip = options->skip_text};
    kh_port_cold(port, draft->slot)->timeout_ns = options->timeout_ns;
    if (options->memory > 0) {
        *kh_memory_left(port->arena, &port->layout, draft->slot) = options->memory;
        entry->has_memory_limit = true;
    }
    push(port, KH_SUBMIT_CALL | kh_offset(port->arena, entry->slot));
    if (port->submit_tail - port->published >= 64) kh_port_flush(port);
}

void kh_port_flush(kh_port *port) {
    push_waiting(port);
    if (port->published == port->submit_tail) return;
    port->published = port->submit_tail;
    atomic_store_explicit(&port->arena->submit_tail, port->submit_tail, memory_order_release);
    tell_lane(port);
}

void kh_port_set_open(kh_port *port, bool open) {
    port->wants_open = open;
    if (open) atomic_store_explicit(&port->arena->open, 1, memory_order_release);
    kh_port_flush(port);
    if (!open && atomic_load_explicit(&port->arena->open, memory_order_relaxed) != 0) {
        atomic_store_explicit(&port->arena->open, 0, memory_order_release);
        tell_lane(port);
    }
}

static void mark_cancelled(kh_port *port, uint32_t slot) {
    port->entries[slot].cancelled = true;
    kh_cold *cold = kh_port_cold(port, slot);
    atomic_store_explicit(&cold->cancel, 1, memory_order_release);
    atomic_store_explicit(&port->entries[slot].slot->deadline, 0, memory_order_release);
}

void kh_port_cancel_tags(kh_port *port, uint64_t first, uint64_t last) {
    for (uint32_t slot = 0; slot < port->fresh; slot++) {
        const kh_entry *entry = &port->entries[slot];
        if (entry->submitted && entry->tag >= first && entry->tag <= last)
            mark_cancelled(port, slot);
    }
    atomic_fetch_add_explicit(&port->arena->attention, 1, memory_order_release);
    tell_lane(port);
}

void kh_port_stop(kh_port *port) {
    atomic_store(&port->stopped, 1);
    atomic_store(&port->arena->stop, 1);
    tell_lane(port);
    kh_clock_poke();
}

uint32_t kh_port_live(const kh_port *port) {
    return atomic_load_explicit(&port->live, memory_order_relaxed);
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
    if (port->reason == KH_REASON_DAMAGE || done->steps > age || done->nanoseconds > age)
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
    if (!port->shapes[entry->kernel].is_flat) port->rigid--;
    *entry = (kh_entry){0};
    port->free_ids[port->free_count++] = id;
    change_live(port, (uint32_t)-1);
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
           (port->ring_was_full && may_push_ahead(port));
}

/* Short calls end within microseconds: to look a while costs both ends less than
 * to sleep and be woken. Not too often, for it takes the line from the lane. */
static bool look_a_while(kh_port *const *ports, size_t count) {
    static _Atomic int processors;
    if (atomic_load(&processors) == 0) atomic_store(&processors, kh_processors());
    /* What comes of workers that start or die, of long calls, takes longer than that. */
    kh_port *port = ports[0];
    bool runs = port->guard == NULL || atomic_load(&port->worker.state) == KH_WORKER_RUNNING;
    if (atomic_load(&processors) < 2 || count > 1 || !runs || kh_port_live(port) == 0) return false;
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

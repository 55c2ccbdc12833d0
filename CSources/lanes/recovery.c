/* After a worker's death: who was it, and how do the others go on? Reads nothing of the
 * arena but what it then checks against the port's own tables. */
#include "port.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

bool kh_port_has_died(const kh_port *port) {
    return port->guard != NULL && atomic_load(&port->worker.state) == KH_WORKER_DEAD;
}

bool kh_port_is_gone(const kh_port *port) {
    return kh_port_has_died(port) && port->worker.status < 0;
}

uint32_t kh_port_call_at(kh_port *port, uint32_t unit) {
    uint64_t offset = (uint64_t)unit * 64;
    if (offset < port->layout.slots || offset >= port->layout.blocks) return UINT32_MAX;
    const kh_slot *slot = kh_at(port->arena, offset);
    uint32_t id = kh_look32(&slot->id);
    if (id < port->fresh && port->entries[id].slot == slot) {
        if (!port->entries[id].submitted || port->entries[id].ended) return UINT32_MAX;
        return id;
    }
    /* Its head was written over: the port knows its slots by their places, too. */
    for (id = 0; id < port->fresh; id++)
        if (port->entries[id].slot == slot && port->entries[id].submitted &&
            !port->entries[id].ended)
            return id;
    return UINT32_MAX;
}

static uint64_t steps_of(kh_port *port, uint32_t id, uint64_t age) {
    const kh_cold *cold = kh_port_cold(port, id);
    uint64_t pass = kh_look64(&port->arena->pass), base = kh_look64(&cold->pass_base);
    bool is_parked = *(const volatile uint8_t *)&cold->is_parked != 0;
    uint64_t steps = is_parked ? 0 - base : pass - base;
    return steps > age ? 0 : steps; /* no step takes less than a nanosecond */
}

static uint32_t phase_of(kh_port *port, uint32_t id) {
    return *(const volatile uint8_t *)&kh_port_cold(port, id)->phase;
}

static void describe_call(kh_port *port, uint32_t id, kh_death *death) {
    death->has_call = true;
    death->slot = id;
    death->tag = port->entries[id].tag;
    death->kernel = port->entries[id].kernel;
    death->steps = steps_of(port, id, kh_monotonic() - port->opened);
    death->printed = port->more[id].printed;
    death->phase = phase_of(port, id);
    uint64_t started = kh_look64(&kh_port_cold(port, id)->started_ns), now = kh_monotonic();
    bool can_be = started >= port->opened && started < now;
    death->nanoseconds = can_be ? now - started : 0;
    death->started_ns = can_be ? started : 0;
}

/* What a lane writes for itself all the time, and cannot be. */
static bool is_scribbled(kh_port *port) {
    uint32_t stepping = kh_look32(&port->arena->stepping);
    return (stepping != 0 && kh_port_call_at(port, stepping) == UINT32_MAX) ||
           kh_look64(&port->arena->pass) > kh_monotonic() - port->opened ||
           kh_look32(&port->arena->live_count) > port->live_limit;
}

void kh_port_death(kh_port *port, kh_death *death) {
    port->death_is_known = true;
    if (port->reason == KH_REASON_NONE && port->worker.status >= 0 && is_scribbled(port))
        port->reason = KH_REASON_DAMAGE;
    *death = (kh_death){.status = port->worker.status,
                        .error = port->worker.error,
                        .reason = port->reason,
                        .most_memory = port->worker.most_memory,
                        .symbol = port->worker.symbol};
    const kh_crash *crash = &port->arena->crash;
    int status = port->worker.status;
    death->signal = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    death->exit_code = status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    death->stopped = (int)atomic_load(&port->worker.stopped);
    if (death->signal != 0 &&
        atomic_load_explicit(&crash->signal, memory_order_acquire) == (uint32_t)death->signal) {
        death->was_noted = true;
        /* Only a fault of memory has an address. */
        death->has_address = death->signal == SIGSEGV || death->signal == SIGBUS;
        death->address = kh_look64(&crash->address);
    }
    uint32_t unit = kh_look32(&port->arena->stepping);
    uint32_t id = unit == 0 ? UINT32_MAX : kh_port_call_at(port, unit);
    if (id != UINT32_MAX) describe_call(port, id, death);
    /* What it wrote by itself in its last step. */
    death->output = port->output;
    death->output_length = strnlen(port->output, KH_OUTPUT_BYTES);
}

/* ----------------------------------------------------------- survivors --- */

/* Where a call's memory of kh_alloc ends, as an offset; 0: it has none; UINT64_MAX: its
 * list is damaged. */
static uint64_t end_of_blocks(kh_port *port, uint32_t id) {
    uint64_t end = 0, offset = kh_look64(&kh_port_cold(port, id)->allocations);
    for (uint64_t count = 0; offset != 0; count++) {
        uint64_t first = port->layout.blocks, size = port->layout.size;
        if (offset < first || offset > size - sizeof(kh_block) || count > 1000000)
            return UINT64_MAX;
        const kh_block *block = kh_at(port->arena, offset);
        uint64_t length = kh_look64(&block->size);
        if (length > size - offset) return UINT64_MAX;
        /* Blocks are rounded up to a quarter of a power of two, at the most. */
        uint64_t behind = offset + length + length / 4 + 64;
        if (behind > end) end = behind;
        offset = kh_look64(&block->next);
    }
    return end;
}

/* Whether the call's bytes are whole as far as the host can see. */
static bool is_sound(kh_port *port, uint32_t id) {
    const kh_entry *entry = &port->entries[id];
    return kh_look32(&entry->slot->id) == id &&
           kh_look32(&entry->slot->state_offset) ==
               kh_state_offset(port->shapes[entry->kernel].state_align) &&
           kh_look32(&kh_port_cold(port, id)->kernel) == entry->kernel;
}

static enum kh_fate fate_of(kh_port *port, uint32_t id) {
    uint32_t phase = phase_of(port, id);
    if (port->reason == KH_REASON_DAMAGE) return KH_FATE_AGAIN;
    if (phase == KH_NOT_BEGUN) return is_sound(port, id) ? KH_FATE_QUEUED : KH_FATE_AGAIN;
    if (phase != KH_LIVE || !port->shapes[port->entries[id].kernel].is_flat ||
        !is_sound(port, id) || end_of_blocks(port, id) == UINT64_MAX)
        return KH_FATE_AGAIN;
    return KH_FATE_RESUMED;
}

static int by_order(const void *a, const void *b, void *context) {
    const kh_port *port = context;
    uint64_t x = port->more[((const kh_left *)a)->id].order;
    uint64_t y = port->more[((const kh_left *)b)->id].order;
    return x < y ? -1 : x > y;
}

static void add_survivor(kh_port *port, uint32_t id, uint64_t more_steps, uint64_t age) {
    port->entries[id].seen = true;
    enum kh_fate fate = fate_of(port, id);
    uint64_t steps = fate == KH_FATE_QUEUED ? 0 : steps_of(port, id, age) + more_steps;
    port->survivors[port->survivor_count++] = (kh_left){steps, id, fate};
}

/* The lane's list has the live calls in their order, and perhaps more than that. Those
 * behind the one that ran have their turn next; those before it have had it. */
static void list_live(kh_port *port, uint64_t age) {
    const uint32_t *list = kh_at(port->arena, port->layout.live);
    uint32_t count = kh_look32(&port->arena->live_count);
    if (count > port->live_limit) count = port->live_limit;
    uint32_t stepping = kh_look32(&port->arena->stepping), turn = 0;
    for (uint32_t i = 0; i < count && stepping != 0; i++)
        if (kh_look32(&list[i]) == stepping) turn = i + 1;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t i = turn + k < count ? turn + k : turn + k - count;
        uint32_t unit = kh_look32(&list[i]);
        uint32_t id = unit == 0 ? UINT32_MAX : kh_port_call_at(port, unit);
        if (id == UINT32_MAX || port->entries[id].seen) continue;
        add_survivor(port, id, turn == 0 || i < turn, age);
    }
}

size_t kh_port_recover(kh_port *port, const kh_death *death) {
    free(port->survivors);
    port->survivor_count = 0;
    port->survivors = malloc(((size_t)port->fresh + 1) * sizeof *port->survivors);
    if (port->survivors == NULL) return 0;
    if (death->has_call) port->entries[death->slot].seen = true; /* the caller decides */
    uint64_t age = kh_monotonic() - port->opened;
    list_live(port, age);
    size_t first = port->survivor_count;
    for (uint32_t id = 0; id < port->fresh; id++) {
        const kh_entry *entry = &port->entries[id];
        if (entry->submitted && !entry->ended && !entry->seen) add_survivor(port, id, 0, age);
    }
    qsort_r(port->survivors + first, port->survivor_count - first, sizeof *port->survivors,
            by_order, port);
    for (size_t i = 0; i < port->survivor_count; i++)
        port->entries[port->survivors[i].id].seen = false;
    if (death->has_call) port->entries[death->slot].seen = false;
    return port->survivor_count;
}

void kh_port_survivor(kh_port *port, size_t index, kh_survivor *survivor) {
    uint32_t id = port->survivors[index].id;
    const kh_entry *entry = &port->entries[id];
    *survivor = (kh_survivor){.tag = entry->tag,
                              .slot = id,
                              .kernel = entry->kernel,
                              .fate = port->survivors[index].fate,
                              .steps = port->survivors[index].steps,
                              .printed = port->more[id].printed};
}

/* Memory behind what the survivors hold goes back, and is zero when it is used next. */
static void forget_blocks(kh_port *port, uint64_t end) {
    uint64_t first = port->layout.blocks;
    uint64_t used = end > first ? (end - first + 4095) & ~UINT64_C(4095) : 0;
    if (used > port->layout.blocks_size) used = port->layout.blocks_size;
    port->arena->blocks_used = used;
    madvise((char *)port->arena + first + used, port->layout.blocks_size - used, MADV_REMOVE);
}

static void begin_anew(kh_port *port) {
    kh_port_forget_ring(port);
    memset(port->output, 0, strnlen(port->output, KH_OUTPUT_BYTES));
    port->arena->layout = port->layout;
}

void kh_port_renew(kh_port *port) {
    begin_anew(port);
    forget_blocks(port, 0);
}

int kh_port_revive(kh_port *port) {
    begin_anew(port);
    uint64_t end = 0;
    for (size_t i = 0; i < port->survivor_count; i++) {
        uint32_t id = port->survivors[i].id;
        const kh_entry *entry = &port->entries[id];
        if (entry->slot == NULL || entry->ended) continue; /* the caller released it */
        enum kh_fate fate = port->survivors[i].fate;
        if (fate == KH_FATE_AGAIN) continue; /* nor did the caller: it has no way on */
        uint64_t word = kh_offset(port->arena, entry->slot);
        if (fate == KH_FATE_RESUMED) {
            uint64_t blocks = end_of_blocks(port, id);
            if (blocks > end) end = blocks;
            word |= KH_SUBMIT_RESUME;
            kh_port_cold(port, id)->pass_base = 0 - port->survivors[i].steps;
        }
        kh_port_push(port, word);
    }
    forget_blocks(port, end);
    port->survivor_count = 0;
    return kh_port_start(port, 0);
}

/* ------------------------------------------------------------ watching --- */

void kh_port_end_worker(kh_port *port, enum kh_reason reason) {
    if (port->guard == NULL || port->reason != KH_REASON_NONE) return; /* one is enough */
    port->reason = reason;
    kh_worker_kill(port->guard, &port->worker);
}

void kh_port_kill(kh_port *port) {
    if (port->guard != NULL) kh_port_end_worker(port, KH_REASON_HOST);
}

bool kh_port_is_stopped(const kh_port *port) {
    return port->guard != NULL && atomic_load(&port->worker.stopped) != 0 &&
           atomic_load(&port->worker.state) == KH_WORKER_RUNNING;
}

bool kh_port_check(kh_port *port, uint64_t memory_limit) {
    if (port->guard == NULL || atomic_load(&port->worker.state) != KH_WORKER_RUNNING) return false;
    uint64_t now = kh_monotonic();
    uint32_t unit = kh_look32(&port->arena->stepping);
    uint64_t pass = kh_look64(&port->arena->pass);
    uint32_t stopped = atomic_load(&port->worker.stopped);
    if (unit != port->watch.stepping || pass != port->watch.pass) {
        port->watch = (kh_watch){unit, pass, now};
    }
    if (memory_limit > 0 && kh_worker_memory(port->guard, &port->worker) > memory_limit) {
        kh_port_end_worker(port, KH_REASON_MEMORY);
        return true;
    }
    if (stopped == 0) port->stopped_since = 0;
    else if (port->stopped_since == 0) port->stopped_since = now;
    if (stopped != 0 && now - port->stopped_since > KH_GRACE_NS) {
        kh_port_end_worker(port, KH_REASON_STOPPED);
        return true;
    }
    uint32_t id = unit == 0 ? UINT32_MAX : kh_port_call_at(port, unit);
    if (unit != 0 && id == UINT32_MAX) {
        /* What says which step runs was written over: no deadline would ever be seen. */
        kh_port_end_worker(port, KH_REASON_DAMAGE);
        return true;
    }
    if (unit == 0 || port->more[id].timeout_ns == 0) return false;
    /* The call's own deadline is in its slot, where it can be written over: a step that
     * takes as long as the whole call may is late in any case. */
    const kh_entry *entry = &port->entries[id];
    uint64_t deadline = atomic_load_explicit(&entry->slot->deadline, memory_order_relaxed);
    uint64_t latest = port->watch.since + port->more[id].timeout_ns;
    if (deadline == 0 || deadline > latest) deadline = latest;
    if (now <= deadline || now - deadline <= port->more[id].grace_ns) return false;
    kh_port_end_worker(port, KH_REASON_TIMEOUT);
    return true;
}

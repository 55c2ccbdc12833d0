/* After a worker's death: who was it, and how do the others go on? Reads nothing of the
 * arena but what it then checks against the port's own tables. */
#include "shared/guard_words.h"
#include "client/port.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* No step takes less than a nanosecond. */
static uint64_t steps_of(const kh_port *port, uint32_t id, uint64_t age) {
    const kh_cold *cold = kh_port_cold(port, id);
    uint64_t pass = KH_READ_ONCE(port->tables->pass), base = KH_READ_ONCE(cold->pass_base);
    bool is_parked = KH_READ_ONCE(cold->is_parked) != 0;
    uint64_t steps = is_parked ? 0 - base : pass - base;
    return steps > age ? 0 : steps;
}

static uint32_t phase_of(kh_port *port, uint32_t id) {
    return KH_READ_ONCE(kh_port_cold(port, id)->phase);
}

static void describe_call(kh_port *port, uint32_t id, kh_death *death) {
    death->has_call = true;
    death->slot = id;
    death->tag = port->entries[id].tag;
    death->kernel = port->entries[id].kernel;
    death->steps = steps_of(port, id, kh_monotonic() - port->opened);
    death->printed = port->more[id].printed;
    death->phase = phase_of(port, id);
    uint64_t started = KH_READ_ONCE(kh_port_cold(port, id)->started_ns), now = kh_monotonic();
    if (started < port->opened || started >= now) return;
    death->started_ns = started;
    uint64_t own = KH_READ_ONCE(kh_port_cold(port, id)->own_ns) +
                   atomic_load_explicit(&port->sight.step_ns, memory_order_relaxed);
    uint64_t seen = atomic_load_explicit(&port->sight.own_ns[id], memory_order_relaxed);
    if (own < seen) own = seen;
    death->nanoseconds = own < now - started ? own : now - started;
}

/* What a lane writes for itself all the time, and cannot be. */
static bool is_scribbled(kh_port *port) {
    uint64_t stepping = KH_READ_ONCE(port->tables->stepping);
    return (stepping != 0 && kh_port_stepping(port, stepping) == UINT32_MAX) ||
           KH_READ_ONCE(port->tables->pass) > kh_monotonic() - port->opened ||
           KH_READ_ONCE(port->tables->live_count) > port->live_limit ||
           (port->worker.status >= 0 && WIFEXITED(port->worker.status) &&
            WEXITSTATUS(port->worker.status) == KH_WORKER_DAMAGED);
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
    const kh_crash *crash = &port->tables->crash;
    int status = port->worker.status;
    death->signal = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    death->exit_code = status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    death->stopped = (int)atomic_load(&port->worker.stopped);
    if (death->signal != 0 &&
        atomic_load_explicit(&crash->signal, memory_order_acquire) == (uint32_t)death->signal) {
        death->was_noted = true;
        /* Only a fault of memory has an address. */
        death->has_address = death->signal == SIGSEGV || death->signal == SIGBUS;
        death->address = KH_READ_ONCE(crash->address);
    }
    uint32_t id = kh_port_stepping(port, KH_READ_ONCE(port->tables->stepping));
    if (id != UINT32_MAX) describe_call(port, id, death);
    /* What it wrote by itself in its last step. */
    death->output = port->output;
    death->output_length = kh_port_output_length(port);
}

/* ----------------------------------------------------------- survivors --- */

/* Where a call's memory of kh_alloc ends, and its last record. False: its list is damaged. */
static bool end_of_blocks(const kh_port *port, uint32_t id, uint64_t *end, uint32_t *record) {
    const kh_block *records = (const kh_block *)kh_at(port->arena, port->layout.records);
    uint32_t number = KH_READ_ONCE(kh_port_cold(port, id)->block);
    for (uint32_t count = 0; number != 0; count++) {
        if (number >= port->layout.record_limit || count > port->layout.record_limit) return false;
        const kh_block *block = &records[number];
        uint64_t start = (uint64_t)KH_READ_ONCE(block->unit) * 64;
        uint64_t behind = start + (uint64_t)KH_READ_ONCE(block->units) * 64;
        if (behind > port->layout.blocks_size || KH_READ_ONCE(block->owner) != id + 1) return false;
        if (behind > *end) *end = behind;
        if (number > *record) *record = number;
        number = KH_READ_ONCE(block->next);
    }
    return true;
}

static bool has_sound_blocks(const kh_port *port, uint32_t id) {
    uint64_t end = 0;
    uint32_t record = 0;
    return end_of_blocks(port, id, &end, &record);
}

/* Whether the call's bytes are whole as far as the host can see. */
static bool is_sound(const kh_port *port, uint32_t id) {
    const kh_entry *entry = &port->entries[id];
    uint64_t size = port->shapes[entry->kernel].state_size;
    return kh_state_overruns(kh_port_state(port, id), size) == 0 &&
           KH_READ_ONCE(kh_port_cold(port, id)->kernel) == entry->kernel;
}

static enum kh_fate fate_of(kh_port *port, uint32_t id) {
    uint32_t phase = phase_of(port, id);
    if (port->reason == KH_REASON_DAMAGE) return KH_FATE_AGAIN;
    if (phase == KH_NOT_BEGUN) return is_sound(port, id) ? KH_FATE_QUEUED : KH_FATE_AGAIN;
    if (phase != KH_LIVE || !port->shapes[port->entries[id].kernel].is_flat ||
        !is_sound(port, id) || !has_sound_blocks(port, id))
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
    const kh_live *list = kh_at(port->arena, port->layout.live);
    uint32_t count = KH_READ_ONCE(port->tables->live_count);
    if (count > port->live_limit) count = port->live_limit;
    uint64_t stepping = KH_READ_ONCE(port->tables->stepping);
    uint32_t turn = 0;
    for (uint32_t i = 0; i < count && stepping != 0; i++)
        if (KH_READ_ONCE(list[i].place) == (uint32_t)stepping) turn = i + 1;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t i = turn + k < count ? turn + k : turn + k - count;
        uint32_t id = kh_port_call(port, KH_READ_ONCE(list[i].id), KH_READ_ONCE(list[i].place));
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
static void forget_blocks(kh_port *port, uint64_t end, uint32_t record) {
    uint64_t used = (end + 4095) & ~UINT64_C(4095);
    if (used > port->layout.blocks_size) used = port->layout.blocks_size;
    port->arena->blocks_used = used;
    port->arena->records_used = record + 1;
    madvise((char *)port->arena + port->layout.blocks + used, port->layout.blocks_size - used,
            MADV_REMOVE);
}

static void begin_anew(kh_port *port) {
    kh_port_forget_ring(port);
    port->tables->pass = 0;
    port->tables->share = 0;
    kh_port_wipe_output(port);
}

void kh_port_renew(kh_port *port) {
    begin_anew(port);
    forget_blocks(port, 0, 0);
}

int kh_port_revive(kh_port *port) {
    begin_anew(port);
    uint64_t end = 0;
    uint32_t record = 0;
    for (size_t i = 0; i < port->survivor_count; i++) {
        uint32_t id = port->survivors[i].id;
        const kh_entry *entry = &port->entries[id];
        if (entry->slot == NULL || entry->ended) continue; /* the caller released it */
        enum kh_fate fate = port->survivors[i].fate;
        if (fate == KH_FATE_AGAIN) continue; /* nor did the caller: it has no way on */
        kh_cold *cold = kh_port_cold(port, id);
        uint64_t kind = KH_SUBMIT_CALL;
        if (fate == KH_FATE_RESUMED) {
            kind = KH_SUBMIT_RESUME;
            end_of_blocks(port, id, &end, &record);
            cold->pass_base = 0 - port->survivors[i].steps;
            cold->has_joined = 0; /* what it had of the dead lane's share is lost */
        }
        cold->timeout_ns = port->more[id].timeout_ns;
        kh_port_turn(port, id)->deadline_ns = port->more[id].deadline_ns;
        kh_port_turn(port, id)->processor_ns = port->more[id].processor_ns;
        kh_port_push(port, kh_submit_word(kind, id, kh_port_place(port, id)));
    }
    forget_blocks(port, end, record);
    port->survivor_count = 0;
    return kh_port_start(port, 0);
}

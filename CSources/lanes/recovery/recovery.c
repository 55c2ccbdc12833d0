/* The slow way after a worker's death: finds the call that died, and how each of the others
 * continues. Whatever is read from the arena is checked against the client's own tables. */
#include "shared/guard_words.h"
#include "client/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* No step takes less than a nanosecond. */
static uint64_t steps_of(const kh_client *client, uint32_t id, uint64_t age) {
    const kh_cold *cold = kh_client_cold(client, id);
    uint64_t pass = KH_READ_ONCE(client->tables->pass), base = KH_READ_ONCE(cold->pass_base);
    bool is_parked = KH_READ_ONCE(cold->is_parked) != 0;
    uint64_t steps = is_parked ? 0 - base : pass - base;
    return steps > age ? 0 : steps;
}

static uint32_t phase_of(kh_client *client, uint32_t id) {
    return KH_READ_ONCE(kh_client_cold(client, id)->phase);
}

static void describe_call(kh_client *client, uint32_t id, kh_death *death) {
    death->has_call = true;
    death->slot = id;
    death->tag = client->entries[id].tag;
    death->kernel = client->entries[id].kernel;
    death->steps = steps_of(client, id, kh_client_age(client));
    death->printed = client->worker_entries[id].printed;
    death->phase = phase_of(client, id);
    uint64_t started = KH_READ_ONCE(kh_client_cold(client, id)->started_ns), now = kh_monotonic();
    if (started < client->opened || started >= now) return;
    death->started_ns = started;
    uint64_t own = KH_READ_ONCE(kh_client_cold(client, id)->own_ns) +
                   atomic_load_explicit(&client->account.step_ns, memory_order_relaxed);
    uint64_t seen = atomic_load_explicit(&client->account.own_ns[id], memory_order_relaxed);
    if (own < seen) own = seen;
    uint64_t most = now - started + client->past;
    death->nanoseconds = own < most ? own : most;
}

/* Returns whether words that a lane writes all the time are impossible. */
static bool is_scribbled(kh_client *client) {
    uint64_t stepping = KH_READ_ONCE(client->tables->stepping);
    return (stepping != 0 && kh_client_stepping(client, stepping) == UINT32_MAX) ||
           KH_READ_ONCE(client->tables->pass) > kh_monotonic() - client->opened ||
           KH_READ_ONCE(client->tables->live_count) > client->live_limit ||
           (client->worker.status >= 0 && WIFEXITED(client->worker.status) &&
            WEXITSTATUS(client->worker.status) == KH_WORKER_DAMAGED);
}

void kh_client_death(kh_client *client, kh_death *death) {
    client->death_is_known = true;
    if (client->reason == KH_REASON_NONE && client->worker.status >= 0 && is_scribbled(client))
        client->reason = KH_REASON_DAMAGE;
    *death = (kh_death){.status = client->worker.status,
                        .error = client->worker.error,
                        .reason = client->reason,
                        .most_memory = client->worker.most_memory,
                        .symbol = client->worker.symbol};
    const kh_crash *crash = &client->tables->crash;
    int status = client->worker.status;
    death->signal = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    death->exit_code = status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    death->stopped = (int)atomic_load(&client->worker.stopped);
    if (death->signal != 0 &&
        atomic_load_explicit(&crash->signal, memory_order_acquire) == (uint32_t)death->signal) {
        death->was_noted = true;
        /* Only a memory fault has an address. */
        death->has_address = death->signal == SIGSEGV || death->signal == SIGBUS;
        death->address = KH_READ_ONCE(crash->address);
    }
    uint32_t id = kh_client_stepping(client, KH_READ_ONCE(client->tables->stepping));
    if (id != UINT32_MAX) describe_call(client, id, death);
    /* What it wrote to descriptors 1 and 2 in its last step. */
    death->output = client->output;
    death->output_length = kh_client_output_length(client);
}

/* ----------------------------------------------------------- survivors --- */

/* Finds where a call's memory of kh_alloc ends, and its last record. Returns false if its list
 * is damaged. */
static bool end_of_blocks(const kh_client *client, uint32_t id, uint64_t *end, uint32_t *record) {
    const kh_block *records = (const kh_block *)kh_at(client->arena, client->layout.records);
    uint32_t number = KH_READ_ONCE(kh_client_cold(client, id)->block);
    for (uint32_t count = 0; number != 0; count++) {
        if (number >= client->layout.record_limit || count > client->layout.record_limit)
            return false;
        const kh_block *block = &records[number];
        uint64_t start = (uint64_t)KH_READ_ONCE(block->unit) * 64;
        uint64_t behind = start + (uint64_t)KH_READ_ONCE(block->units) * 64;
        if (behind > client->layout.blocks_size || KH_READ_ONCE(block->owner) != id + 1)
            return false;
        if (behind > *end) *end = behind;
        if (number > *record) *record = number;
        number = KH_READ_ONCE(block->next);
    }
    return true;
}

static bool has_sound_blocks(const kh_client *client, uint32_t id) {
    uint64_t end = 0;
    uint32_t record = 0;
    return end_of_blocks(client, id, &end, &record);
}

/* Returns whether the call's bytes are intact, as far as the host can see. */
static bool is_sound(const kh_client *client, uint32_t id) {
    const kh_entry *entry = &client->entries[id];
    uint64_t size = client->shapes[entry->kernel].state_size;
    return kh_state_overruns(kh_client_state(client, id), size) == 0 &&
           KH_READ_ONCE(kh_client_cold(client, id)->kernel) == entry->kernel;
}

static enum kh_fate fate_of(kh_client *client, uint32_t id) {
    uint32_t phase = phase_of(client, id);
    if (client->reason == KH_REASON_DAMAGE) return KH_FATE_AGAIN;
    if (phase == KH_NOT_BEGUN) return is_sound(client, id) ? KH_FATE_QUEUED : KH_FATE_AGAIN;
    if (phase != KH_LIVE || !client->shapes[client->entries[id].kernel].is_flat ||
        !is_sound(client, id) || !has_sound_blocks(client, id))
        return KH_FATE_AGAIN;
    return KH_FATE_RESUMED;
}

static int by_order(const void *a, const void *b, void *context) {
    const kh_client *client = context;
    uint64_t x = client->worker_entries[((const kh_survivor_entry *)a)->id].order;
    uint64_t y = client->worker_entries[((const kh_survivor_entry *)b)->id].order;
    return x < y ? -1 : x > y;
}

static void add_survivor(kh_client *client, uint32_t id, uint64_t more_steps, uint64_t age) {
    client->entries[id].seen = true;
    enum kh_fate fate = fate_of(client, id);
    uint64_t steps = fate == KH_FATE_QUEUED ? 0 : steps_of(client, id, age) + more_steps;
    client->survivors[client->survivor_count++] = (kh_survivor_entry){steps, id, fate};
}

/* Lists the calls in the lane's list of live calls, which may have false entries. The calls
 * after the one that ran have their turn next. Those before it have had theirs. */
static void list_live(kh_client *client, uint64_t age) {
    const kh_live *list = kh_at(client->arena, client->layout.live);
    uint32_t count = KH_READ_ONCE(client->tables->live_count);
    if (count > client->live_limit) count = client->live_limit;
    uint64_t stepping = KH_READ_ONCE(client->tables->stepping);
    uint32_t turn = 0;
    for (uint32_t i = 0; i < count && stepping != 0; i++)
        if (KH_READ_ONCE(list[i].place) == (uint32_t)stepping) turn = i + 1;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t i = turn + k < count ? turn + k : turn + k - count;
        uint32_t id = kh_client_call(client, KH_READ_ONCE(list[i].id), KH_READ_ONCE(list[i].place));
        if (id == UINT32_MAX || client->entries[id].seen) continue;
        add_survivor(client, id, turn == 0 || i < turn, age);
    }
}

size_t kh_client_recover(kh_client *client, const kh_death *death) {
    free(client->survivors);
    client->survivor_count = 0;
    client->survivors = malloc(((size_t)client->fresh + 1) * sizeof *client->survivors);
    if (client->survivors == NULL) return 0;
    if (death->has_call) client->entries[death->slot].seen = true; /* the caller decides about it */
    uint64_t age = kh_client_age(client);
    list_live(client, age);
    size_t first = client->survivor_count;
    for (uint32_t id = 0; id < client->fresh; id++) {
        const kh_entry *entry = &client->entries[id];
        if (entry->submitted && !entry->ended && !entry->seen) add_survivor(client, id, 0, age);
    }
    qsort_r(client->survivors + first, client->survivor_count - first, sizeof *client->survivors,
            by_order, client);
    for (size_t i = 0; i < client->survivor_count; i++)
        client->entries[client->survivors[i].id].seen = false;
    if (death->has_call) client->entries[death->slot].seen = false;
    return client->survivor_count;
}

void kh_client_survivor(kh_client *client, size_t index, kh_survivor *survivor) {
    uint32_t id = client->survivors[index].id;
    const kh_entry *entry = &client->entries[id];
    *survivor = (kh_survivor){.tag = entry->tag,
                              .slot = id,
                              .kernel = entry->kernel,
                              .fate = client->survivors[index].fate,
                              .steps = client->survivors[index].steps,
                              .printed = client->worker_entries[id].printed};
}

/* Gives back the memory after the survivors' blocks. It is zero when it is used next. */
static void forget_blocks(kh_client *client, uint64_t end, uint32_t record) {
    uint64_t used = (end + 4095) & ~UINT64_C(4095);
    if (used > client->layout.blocks_size) used = client->layout.blocks_size;
    client->arena->blocks_used = used;
    client->arena->records_used = record + 1;
    madvise((char *)client->arena + client->layout.blocks + used, client->layout.blocks_size - used,
            MADV_REMOVE);
}

static void begin_anew(kh_client *client) {
    kh_client_forget_ring(client);
    KH_WRITE_ONCE(client->tables->pass, 0);
    client->tables->share = 0;
    kh_client_wipe_output(client);
}

void kh_client_renew(kh_client *client) {
    begin_anew(client);
    forget_blocks(client, 0, 0);
}

int kh_client_revive(kh_client *client) {
    begin_anew(client);
    uint64_t end = 0;
    uint32_t record = 0;
    for (size_t i = 0; i < client->survivor_count; i++) {
        uint32_t id = client->survivors[i].id;
        const kh_entry *entry = &client->entries[id];
        if (entry->slot == NULL || entry->ended) continue; /* the caller released it */
        enum kh_fate fate = client->survivors[i].fate;
        /* the caller has not released it either: it cannot continue */
        if (fate == KH_FATE_AGAIN) continue;
        kh_cold *cold = kh_client_cold(client, id);
        uint64_t kind = KH_SUBMIT_CALL;
        if (fate == KH_FATE_RESUMED) {
            kind = KH_SUBMIT_RESUME;
            end_of_blocks(client, id, &end, &record);
            cold->pass_base = 0 - client->survivors[i].steps;
            cold->has_joined = 0; /* its part of the dead lane's share is lost */
        }
        cold->timeout_ns = client->worker_entries[id].timeout_ns;
        kh_client_turn(client, id)->deadline_ns = client->worker_entries[id].deadline_ns;
        kh_client_turn(client, id)->processor_ns = client->worker_entries[id].processor_ns;
        kh_client_push(client, kh_submit_word(kind, id, kh_client_place(client, id)));
    }
    forget_blocks(client, end, record);
    client->survivor_count = 0;
    return kh_client_start(client, 0);
}

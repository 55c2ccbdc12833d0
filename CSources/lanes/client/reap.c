/* Reaps a lane: texts, completions, and the wait for them.
 *
 * A worker may write anything. So here and in watchdog.c each word is read once, and compared
 * with the client's own tables. A contradiction ends the worker, and its calls continue as after
 * any death. */
#include "client/client.h"

#include <string.h>

static void contradicts(kh_client *client) {
    kh_client_end_worker(client, KH_REASON_DAMAGE);
}

/* After a contradiction nothing of a worker is believed, even after its death. */
static bool is_believed(const kh_client *client) {
    return client->reason != KH_REASON_DAMAGE;
}

void kh_client_poll(kh_client *client) {
    /* In this order all text of an ended call is present. The tails are read once, or a kernel
     * that prints without end would keep the client here. */
    uint64_t done = atomic_load_explicit(&client->tables->done_tail, memory_order_acquire);
    uint64_t text = atomic_load_explicit(&client->tables->text_tail, memory_order_acquire);
    if (!is_believed(client)) return;
    if (!kh_is_counter(done, client->done_head, client->done_head + KH_COMPLETIONS) ||
        !kh_is_counter(text, client->text_head, client->text_head + KH_TEXT_BYTES)) {
        contradicts(client);
        return;
    }
    client->done_seen = done;
    client->text_seen = text;
}

static void copy_out(const kh_tables *tables, uint64_t position, void *bytes, size_t length) {
    size_t at = position % KH_TEXT_BYTES;
    size_t before_end = KH_TEXT_BYTES - at < length ? KH_TEXT_BYTES - at : length;
    memcpy(bytes, tables->text + at, before_end);
    memcpy((char *)bytes + before_end, tables->text, length - before_end);
}

size_t kh_client_reap_text(kh_client *client, kh_text_piece *pieces, size_t piece_limit,
                           char *buffer, size_t buffer_size) {
    uint64_t head = client->text_head;
    uint64_t tail = is_believed(client) ? client->text_seen : head;
    size_t taken = 0, filled = 0;
    while (head != tail && taken < piece_limit) {
        kh_piece piece;
        copy_out(client->tables, head, &piece, sizeof piece);
        uint64_t whole = sizeof piece + (((uint64_t)piece.length + 7) & ~UINT64_C(7));
        bool is_output = (piece.id & KH_PIECE_OUTPUT) != 0;
        uint32_t id = piece.id & ~KH_PIECE_OUTPUT;
        if (piece.length > KH_LONGEST_PIECE || whole > tail - head || id >= client->fresh ||
            !client->entries[id].submitted) {
            contradicts(client);
            break;
        }
        if (piece.length > buffer_size - filled) break;
        kh_entry *entry = &client->entries[id];
        uint64_t skipped = 0;
        if (!is_output && client->worker_entries != NULL) {
            kh_worker_entry *worker_entry = &client->worker_entries[id];
            skipped = worker_entry->printed >= worker_entry->skip
                          ? 0
                          : worker_entry->skip - worker_entry->printed;
            if (skipped > piece.length) skipped = piece.length;
            worker_entry->printed += piece.length;
        }
        copy_out(client->tables, head + sizeof piece + skipped, buffer + filled,
                 piece.length - skipped);
        pieces[taken++] =
            (kh_text_piece){entry->tag, filled, piece.length - skipped, entry->kernel, is_output};
        filled += piece.length - skipped;
        head += whole;
    }
    if (taken > 0) {
        client->text_head = head;
        atomic_store_explicit(&client->arena->text_head, head, memory_order_release);
        kh_eventcount_notify(&client->tables->lane_event);
    }
    return taken;
}

/* Returns whether a completion is possible: the call is live, and the client has allowed this
 * ending. */
static bool can_be(kh_client *client, const kh_done *done, uint64_t age) {
    if (done->id >= client->fresh || done->ending > KH_ENDED_CANCELLED) return false;
    const kh_entry *entry = &client->entries[done->id];
    if (!entry->submitted || entry->ended) return false;
    if (client->supervisor == NULL) return true;
    /* No step takes less than a nanosecond. */
    double most = (double)age * 1.000001 + 1;
    if (done->steps > age || !(done->own_ns >= 0 && (double)done->own_ns <= most) ||
        !(done->elapsed_ns >= 0 && (double)done->elapsed_ns <= most) ||
        (done->started_ns != 0 && done->started_ns - client->opened > age))
        return false;
    if (done->ending == KH_ENDED_CANCELLED)
        return entry->cancelled || atomic_load(&client->stopped) != 0;
    const kh_worker_entry *worker_entry = &client->worker_entries[done->id];
    return done->ending != KH_ENDED_TIMEOUT || worker_entry->timeout_ns != 0 ||
           worker_entry->deadline_ns != 0 || worker_entry->processor_ns != 0;
}

/* Returns where the text of a failure lies. The caller copies it before reading it. */
static const char *message_of(kh_client *client, uint32_t id, uint64_t *length) {
    const kh_cold *cold = kh_client_cold(client, id);
    uint32_t number = KH_READ_ONCE(cold->message);
    *length = KH_READ_ONCE(cold->message_length);
    if (number == 0 || number >= client->layout.record_limit || *length > KH_LONGEST_MESSAGE)
        return NULL;
    const kh_block *block = (const kh_block *)kh_at(client->arena, client->layout.records) + number;
    uint64_t start =
        kh_block_offset(KH_READ_ONCE(block->unit), KH_READ_ONCE(block->bytes), client->is_checked);
    if (start > client->layout.blocks_size - KH_LONGEST_MESSAGE) return NULL;
    return kh_at(client->arena, client->layout.blocks + start);
}

size_t kh_client_reap(kh_client *client, kh_completion *completions, size_t limit) {
    uint64_t head = client->done_head, tail = is_believed(client) ? client->done_seen : head;
    size_t taken = 0;
    uint64_t age = client->supervisor != NULL ? kh_client_age(client) : 0;
    for (; head != tail && taken < limit; head++) {
        kh_done done = client->tables->completions[head % KH_COMPLETIONS];
        if (!can_be(client, &done, age)) {
            contradicts(client);
            break; /* nothing more of it is believed */
        }
        uint32_t id = done.id;
        kh_entry *entry = &client->entries[id];
        entry->ended = true;
        entry->has_blocks = done.has_blocks != 0;
        const char *state = kh_client_state(client, id);
        __builtin_prefetch(state); /* the results are read soon */
        /* The cold record was last in the lane's cache: fetch it only for a failure. */
        uint64_t length = 0;
        const char *text = done.ending == KH_ENDED_OK ? NULL : message_of(client, id, &length);
        completions[taken++] = (kh_completion){
            .tag = entry->tag,
            .state = state,
            .message = text,
            .message_length = text == NULL ? 0 : length,
            .steps = done.steps,
            .nanoseconds = (uint64_t)done.own_ns,
            .elapsed_ns = (uint64_t)done.elapsed_ns,
            .started_ns = done.started_ns,
            .slot = id,
            .kernel = entry->kernel,
            .code = done.code,
            .ending = done.ending,
            .changes = done.has_changes ? KH_READ_ONCE(kh_client_cold(client, id)->changes) : 0,
            .overruns =
                kh_client_slot_overruns(client, id) | (done.has_overrun ? KH_OVERRUN_BLOCK : 0),
        };
    }
    if (head != client->done_head) {
        bool was_full = tail - client->done_head >= KH_COMPLETIONS / 2;
        client->done_head = head;
        atomic_store_explicit(&client->arena->done_head, head, memory_order_release);
        if (was_full) kh_eventcount_notify(&client->tables->lane_event);
    }
    return taken;
}

static bool has_snapshot(const kh_client *client) {
    const kh_tables *tables = client->tables;
    return (client->snapshot_is_asked && atomic_load(&client->is_read) == 0 &&
            atomic_load_explicit(&tables->snapshots_made, memory_order_acquire) ==
                atomic_load_explicit(&client->arena->snapshots_wanted, memory_order_relaxed)) ||
           (!client->final_is_taken &&
            atomic_load_explicit(&tables->has_final_snapshot, memory_order_acquire) != 0);
}

static bool has_something(kh_client *client) {
    if (atomic_load_explicit(&client->wake.woken, memory_order_acquire) != 0) return true;
    if (kh_client_has_died(client)) return !client->death_is_known;
    if (!is_believed(client)) return false; /* what it writes is not believed */
    if (client->snapshots && has_snapshot(client)) return true;
    return atomic_load_explicit(&client->tables->done_tail, memory_order_acquire) !=
               client->done_head ||
           atomic_load_explicit(&client->tables->text_tail, memory_order_acquire) !=
               client->text_head ||
           (client->ring_was_full && kh_client_may_push_ahead(client));
}

/* Spins for a while. Short calls end within microseconds, so this costs both ends less than a
 * sleep. It does not look too often, because each look takes the cache line from the lane. */
static bool look_a_while(kh_client *const *clients, size_t count) {
    /* A worker that starts or dies, or a long call, takes longer than this spins. */
    kh_client *client = clients[0];
    bool runs =
        client->supervisor == NULL || (atomic_load(&client->worker.state) == KH_WORKER_RUNNING &&
                                       KH_READ_ONCE(client->tables->pass) != client->first_pass);
    if (!client->may_look || count > 1 || !runs || kh_client_count_live(client) == 0) return false;
    uint64_t until = kh_monotonic() + KH_LOOK_NS;
    do {
        for (size_t i = 0; i < count; i++)
            if (has_something(clients[i])) return true;
        for (int i = 0; i < 32; i++) kh_cpu_relax();
    } while (kh_monotonic() < until);
    return false;
}

void kh_client_wait(kh_client *const *clients, size_t count, int64_t nanoseconds) {
    kh_eventcount *events[KH_MOST_EVENTS];
    uint32_t words[KH_MOST_EVENTS];
    if (count > KH_MOST_EVENTS) count = KH_MOST_EVENTS;
    for (size_t i = 0; i < count; i++) {
        kh_client_watch(clients[i]);
        nanoseconds = kh_client_longest_wait(clients[i], nanoseconds);
    }
    if (!look_a_while(clients, count)) {
        bool something = false;
        for (size_t i = 0; i < count; i++) {
            events[i] = &clients[i]->tables->client_event;
            atomic_store(&clients[i]->wake.sleeps, 1);
            words[i] = kh_eventcount_prepare(events[i]);
        }
        for (size_t i = 0; i < count; i++) something = something || has_something(clients[i]);
        if (!something) kh_eventcounts_wait(events, words, count, nanoseconds);
        for (size_t i = 0; i < count; i++) {
            kh_eventcount_cancel(events[i]);
            atomic_store(&clients[i]->wake.sleeps, 0);
        }
    }
    for (size_t i = 0; i < count; i++) {
        clients[i]->ring_was_full = false;
        atomic_store_explicit(&clients[i]->wake.woken, 0, memory_order_relaxed);
    }
}

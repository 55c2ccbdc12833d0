/* Inspects the running calls from the client's side, without the lane's help. Finds the oldest
 * calls, their progress, and whether a step returns. Each field of the arena is read once, and
 * believed only within its possible range. */
#include "client/client.h"

#include <math.h>

/* Returns how long the lane has made no progress. Every step of a pass, and every call that
 * begins or ends, changes one of these words. */
static uint64_t standstill(kh_client *client, uint64_t now, uint64_t *stepping) {
    const kh_tables *tables = client->tables;
    kh_progress_sample seen = {
        .stepping = KH_READ_ONCE(tables->stepping),
        .pass = KH_READ_ONCE(tables->pass),
        .taken = atomic_load_explicit(&tables->submit_head, memory_order_relaxed),
        .done = atomic_load_explicit(&tables->done_tail, memory_order_relaxed),
        .since = now,
    };
    const kh_progress_sample *last = &client->last_progress;
    bool stands = last->since != 0 && seen.stepping == last->stepping &&
                  seen.pass == last->pass && seen.taken == last->taken && seen.done == last->done;
    *stepping = seen.stepping;
    if (stands) return now - last->since;
    client->last_progress = seen;
    return 0;
}

/* Returns the call's own time so far, which is never longer than the time since its start. */
static uint64_t own_time(kh_client *client, uint32_t id, uint64_t started, uint64_t now) {
    const kh_cold *cold = kh_client_cold(client, id);
    uint64_t own = KH_READ_ONCE(cold->own_ns);
    if (KH_READ_ONCE(cold->has_joined) != 0) {
        const kh_turn *turn = kh_client_turn(client, id);
        if (KH_READ_ONCE(cold->is_parked) != 0)
            own += now - KH_READ_ONCE(turn->parked_ns);
        else
            own += KH_READ_ONCE(client->tables->share) - KH_READ_ONCE(turn->share_base);
    }
    return own < now - started ? own : now - started;
}

/* Returns false if the call has not begun, or has ended. */
static bool look_at(kh_client *client, uint32_t id, uint64_t now, kh_running *running) {
    const kh_entry *entry = &client->entries[id];
    const kh_cold *cold = kh_client_cold(client, id);
    uint8_t phase = KH_READ_ONCE(cold->phase);
    uint64_t started = KH_READ_ONCE(cold->started_ns);
    if (phase != KH_IN_START && phase != KH_IN_SETUP && phase != KH_LIVE) return false;
    if (started < client->opened || started > now) return false;
    bool is_parked = KH_READ_ONCE(cold->is_parked) != 0;
    uint64_t pass = KH_READ_ONCE(client->tables->pass), base = KH_READ_ONCE(cold->pass_base);
    uint64_t steps = is_parked ? 0 - base : pass - base;
    double progress = (KH_READ_ONCE(cold->said) & KH_SAID_PROGRESS) == 0
                          ? NAN
                          : atomic_load_explicit(&kh_client_turn(client, id)->progress,
                                                 memory_order_relaxed);
    *running = (kh_running){
        .tag = entry->tag,
        .steps =
            /* no step takes less than a nanosecond */
            steps > now - client->opened + client->past ? 0 : steps,
        .started_ns = started,
        .own_ns = own_time(client, id, started, now),
        .progress = progress > 0 && progress <= 1 ? progress : NAN,
        .kernel = entry->kernel,
        .is_parked = is_parked,
    };
    return true;
}

/* Returns a key that orders calls by age: the order of submission, in which a lane begins calls.
 * A lane that is a thread has no such table, so there the start time serves. */
static uint64_t age_key(kh_client *client, uint32_t id) {
    return client->worker_entries != NULL ? client->worker_entries[id].order
                              : KH_READ_ONCE(kh_client_cold(client, id)->started_ns);
}

typedef struct oldest {
    uint64_t key[KH_MOST_RUNNING];
    uint32_t id[KH_MOST_RUNNING];
    size_t count, limit;
} oldest;

static bool may_join(const oldest *list, uint64_t key) {
    return list->count < list->limit || key < list->key[list->count - 1];
}

static void join(oldest *list, uint64_t key, uint32_t id) {
    if (list->count < list->limit) list->count++;
    size_t at = list->count - 1;
    for (; at > 0 && list->key[at - 1] > key; at--) {
        list->key[at] = list->key[at - 1];
        list->id[at] = list->id[at - 1];
    }
    list->key[at] = key;
    list->id[at] = id;
}

size_t kh_client_running(kh_client *client, kh_running *calls, size_t limit) {
    uint64_t now = kh_monotonic();
    uint64_t stepping;
    uint64_t stands = standstill(client, now, &stepping);
    if (kh_client_count_live(client) == 0 || limit == 0) return 0;
    if (client->supervisor != NULL && atomic_load(&client->worker.state) != KH_WORKER_RUNNING)
        return 0;
    oldest list = {.limit = limit < KH_MOST_RUNNING ? limit : KH_MOST_RUNNING};
    kh_running running;
    for (uint32_t id = 0; id < client->fresh; id++) {
        const kh_entry *entry = &client->entries[id];
        if (!entry->submitted || entry->ended) continue;
        uint64_t key = age_key(client, id);
        if (!may_join(&list, key) || !look_at(client, id, now, &running)) continue;
        /* It may have begun after its key was read. */
        if (client->worker_entries == NULL) key = running.started_ns;
        if (may_join(&list, key)) join(&list, key, id);
    }
    uint32_t inside = kh_client_stepping(client, stepping);
    bool has_inside = inside == UINT32_MAX;
    for (size_t i = 0; i < list.count; i++) has_inside = has_inside || list.id[i] == inside;
    /* The call that blocks all others is included, even if it is young. */
    if (!has_inside && stands > 0 && look_at(client, inside, now, &running))
        list.id[list.count < list.limit ? list.count++ : list.count - 1] = inside;
    size_t found = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (!look_at(client, list.id[i], now, &calls[found])) continue; /* it has ended meanwhile */
        if (list.id[i] == inside) calls[found].inside_ns = stands;
        found++;
    }
    return found;
}

size_t kh_client_survey(kh_client *client, kh_running *calls, size_t limit, uint32_t *count) {
    *count = 0;
    if (limit > KH_MOST_SURVEYED) limit = KH_MOST_SURVEYED;
    if (kh_client_count_live(client) == 0 || limit == 0) return 0;
    if (client->supervisor != NULL && atomic_load(&client->worker.state) != KH_WORKER_RUNNING)
        return 0;
    uint32_t ids[KH_MOST_SURVEYED];
    uint32_t submitted = 0;
    uint64_t random = 0x9E3779B97F4A7C15;
    for (uint32_t id = 0; id < client->fresh; id++) {
        if (!client->entries[id].submitted || client->entries[id].ended) continue;
        submitted++;
        if (submitted <= limit) {
            ids[submitted - 1] = id;
            continue;
        }
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        uint64_t place = random % submitted;
        if (place < limit) ids[place] = id;
    }
    size_t chosen = submitted < limit ? submitted : limit, found = 0;
    uint64_t now = kh_monotonic();
    for (size_t i = 0; i < chosen; i++)
        if (look_at(client, ids[i], now, &calls[found])) found++;
    if (chosen > 0) *count = (uint32_t)((uint64_t)submitted * found / chosen);
    return found;
}

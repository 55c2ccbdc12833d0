/* Watches a worker from outside, so that every live call ends in bounded time.
 *
 * The client's own tables say which calls the lane has, and since when. The clock's account says
 * how long the lane has been in a step. The lane's own words must agree: it is in the step of
 * one of its calls, or for a moment between steps. Or it sleeps, and all its calls wait for a
 * time. Any other state ends the worker.
 *
 * The times are sums over looks, so a suspended host makes nothing late. Only time counts in which
 * the worker could act: see activity.c. A stopped worker is not judged. */
#include "client/client.h"

enum { LOOK_NS = 5000000, LONGEST_LOOK_NS = 20000000, KICK_NS = 100000000 };
/* A working lane leaves these states within microseconds. A longer time ends the worker. */
#define PATIENCE_NS UINT64_C(1000000000)
#define START_PATIENCE_NS UINT64_C(10000000000)
/* A process that is there begins within milliseconds. */
#define BEGIN_PATIENCE_NS UINT64_C(2000000000)
/* A lane that ends may be in the system, giving back gigabytes. */
#define LEAVE_PATIENCE_NS UINT64_C(3000000000)

void kh_client_watch_anew(kh_client *client) {
    client->watchdog = (kh_watchdog){0};
    atomic_store(&client->account.stepping, 0);
    atomic_store(&client->account.step_ns, 0);
    atomic_store(&client->account.outside_ns, 0);
}

int64_t kh_client_longest_wait(const kh_client *client, int64_t nanoseconds) {
    if (client->supervisor == NULL || atomic_load(&client->worker.state) != KH_WORKER_RUNNING)
        return nanoseconds;
    bool leaves = kh_client_count_live(client) == 0;
    if (leaves && atomic_load(&client->arena->quit) == 0) return nanoseconds;
    int64_t most = client->is_timed ? LOOK_NS : KICK_NS;
    return nanoseconds < 0 || nanoseconds > most ? most : nanoseconds;
}

static uint64_t limited(uint64_t value, uint64_t most) {
    return value < most ? value : most;
}

/* Returns the time since the last look in which the worker could act. The system is asked only
 * while a state looks wrong. A worker that is not there yet waits for the fork server. */
static uint64_t acted(kh_client *client) {
    kh_watchdog *watchdog = &client->watchdog;
    if (watchdog->acted_is_known) return watchdog->acted;
    pid_t process = atomic_load(&client->worker.process);
    if (process == 0) process = kh_supervisor_process(client->supervisor);
    watchdog->acted = kh_time_to_act(&watchdog->activity, process, watchdog->passed);
    watchdog->acted_is_known = true;
    return watchdog->acted;
}

/* Adds to the time for which a state has lasted. Returns whether that is too long. */
static bool is_too_long(kh_client *client, uint64_t *since, bool is_so, uint64_t patience) {
    *since = is_so ? *since + acted(client) : 0;
    return *since > patience;
}

/* Returns the call's own time before the current step, as its lane says, but no more than its
 * age. */
static uint64_t earlier_time(const kh_client *client, uint32_t id, uint64_t now) {
    uint64_t started = KH_READ_ONCE(kh_client_cold(client, id)->started_ns);
    uint64_t own = KH_READ_ONCE(kh_client_cold(client, id)->own_ns);
    return started < client->opened || started > now ? 0
                                                     : limited(own, now - started + client->past);
}

/* Ends a worker whose step has not returned in the call's time. */
static bool is_overdue(kh_client *client, uint32_t id, uint64_t now) {
    const kh_worker_entry *worker_entry = &client->worker_entries[id];
    uint64_t step = atomic_load_explicit(&client->account.step_ns, memory_order_relaxed);
    uint64_t seen = atomic_load_explicit(&client->account.own_ns[id], memory_order_relaxed);
    uint64_t started = KH_READ_ONCE(kh_client_cold(client, id)->started_ns);
    if (worker_entry->deadline_ns != 0 && started >= client->opened && started < now &&
        now - started > worker_entry->deadline_ns &&
        now - started - worker_entry->deadline_ns > worker_entry->grace_ns) {
        kh_client_end_worker(client, KH_REASON_DEADLINE);
        return true;
    }
    if (worker_entry->timeout_ns == 0) return false;
    /* The clock's own account is off by chance, but no kernel can change it. */
    uint64_t most = worker_entry->timeout_ns + worker_entry->grace_ns;
    if (earlier_time(client, id, now) + step <= most &&
        seen <= most + worker_entry->timeout_ns / 4 + KICK_NS)
        return false;
    kh_client_end_worker(client, KH_REASON_TIMEOUT);
    return true;
}

/* Returns whether a call is asleep. [*late]: when it should wake. */
static bool is_asleep(const kh_client *client, uint32_t id, uint64_t now, uint64_t *late) {
    const kh_cold *cold = kh_client_cold(client, id);
    const kh_turn *turn = kh_client_turn(client, id);
    const kh_worker_entry *worker_entry = &client->worker_entries[id];
    if (KH_READ_ONCE(cold->is_parked) == 0) return false;
    uint64_t parked = KH_READ_ONCE(turn->parked_ns), wake = KH_READ_ONCE(turn->wake_ns);
    if (parked < client->opened || parked > now) return false;
    if (worker_entry->timeout_ns != 0 && wake > parked + worker_entry->timeout_ns)
        wake = parked + worker_entry->timeout_ns;
    if (wake < *late) *late = wake;
    return true;
}

/* Returns whether all live calls sleep. [*late]: when the first should wake. O(calls). */
static bool all_sleep(const kh_client *client, uint64_t now, uint64_t *late) {
    for (uint32_t id = 0; id < client->fresh; id++) {
        const kh_entry *entry = &client->entries[id];
        if (entry->submitted && !entry->ended && !is_asleep(client, id, now, late)) return false;
    }
    return true;
}

/* Returns whether a lane claims to sleep though it has work. */
static bool sleeps_wrongly(kh_client *client, uint64_t now, bool is_asleep) {
    kh_watchdog *watchdog = &client->watchdog;
    uint64_t pass = KH_READ_ONCE(client->tables->pass), head = kh_client_read_head(client);
    bool has_work = head != client->published, has_taken = head != watchdog->head;
    if (!is_asleep || pass != watchdog->pass) watchdog->next_look_at_sleepers = 0;
    /* It has taken something since the last look, so what it is to take now is new. A client that
     * often looks behind a call that it has just handed over always finds the lane asleep. */
    if (!is_asleep || (has_work && has_taken)) watchdog->asleep = 0;
    watchdog->pass = pass;
    watchdog->head = head;
    if (!is_asleep || now < watchdog->next_look_at_sleepers) return false;
    uint64_t late = UINT64_MAX;
    if (!has_work && all_sleep(client, now, &late) && late >= now) {
        /* All is well until then. */
        watchdog->asleep = 0;
        watchdog->next_look_at_sleepers = late > UINT64_MAX - KICK_NS ? UINT64_MAX : late + KICK_NS;
        return false;
    }
    /* A kernel may have overwritten the word that should have woken it. */
    if (watchdog->asleep > KICK_NS) kh_eventcount_wake(&client->tables->lane_event);
    return is_too_long(client, &watchdog->asleep, true, PATIENCE_NS);
}

/* Returns whether the lane waits for a client that waits for the lane. After the client has
 * reaped something the lane may only need time to run. */
static bool waits_wrongly(kh_client *client, bool is_awake) {
    uint64_t taken = client->done_head + client->text_head;
    bool waits = is_awake && atomic_load(&client->tables->lane_event.sleeping) != 0 &&
                 !client->is_open && client->done_head == client->done_seen &&
                 client->text_head == client->text_seen && taken == client->watchdog.taken;
    client->watchdog.taken = taken;
    if (client->watchdog.blocked > KICK_NS) kh_eventcount_wake(&client->tables->lane_event);
    return is_too_long(client, &client->watchdog.blocked, waits, PATIENCE_NS);
}

static bool is_wrong(kh_client *client, uint64_t now) {
    kh_tables *tables = client->tables;
    kh_watchdog *watchdog = &client->watchdog;
    uint64_t word = KH_READ_ONCE(tables->stepping);
    /* Any word that the worker has written proves that it has begun. */
    watchdog->has_begun = watchdog->has_begun || KH_READ_ONCE(tables->pass) != client->first_pass ||
                       atomic_load(&tables->awake) != 0 || word != 0;
    bool is_awake = atomic_load(&tables->awake) != 0;
    uint32_t calls = kh_client_count_live(client);
    bool is_there = atomic_load(&client->worker.process) != 0;
    uint64_t start = is_there ? BEGIN_PATIENCE_NS : START_PATIENCE_NS;
    if (is_too_long(client, &watchdog->starting, !watchdog->has_begun, start)) return true;
    if (!watchdog->has_begun) return false;
    /* It steps a call that it does not have. */
    if (word != 0 && kh_client_stepping(client, word) == UINT32_MAX) return true;
    bool is_leaving = calls == 0 && atomic_load(&client->arena->quit) != 0;
    if (is_too_long(client, &watchdog->leaving, is_leaving, LEAVE_PATIENCE_NS)) return true;
    if (calls == 0) {
        watchdog->asleep = watchdog->blocked = 0;
        return false;
    }
    uint64_t outside = atomic_load_explicit(&client->account.outside_ns, memory_order_relaxed);
    /* The system takes some tenths of a second to free a gigabyte. */
    uint64_t most = PATIENCE_NS + limited(KH_READ_ONCE(tables->blocks_top) / 2, START_PATIENCE_NS);
    if (is_too_long(client, &watchdog->outside, outside > most / 2 && !client->is_open, most / 2))
        return true;
    return sleeps_wrongly(client, now, !is_awake) || waits_wrongly(client, is_awake);
}

void kh_client_watch(kh_client *client) {
    if (client->supervisor == NULL || client->reason != KH_REASON_NONE ||
        atomic_load(&client->worker.state) != KH_WORKER_RUNNING)
        return;
    uint64_t now = kh_monotonic(), passed = now - client->watchdog.looked;
    if (passed < LOOK_NS) return;
    bool is_first = client->watchdog.looked == 0;
    client->watchdog.looked = now;
    if (is_first || atomic_load(&client->worker.stopped) != 0 ||
        atomic_load_explicit(&client->account.is_halted, memory_order_relaxed) != 0)
        return;
    client->watchdog.passed = limited(passed, LONGEST_LOOK_NS);
    client->watchdog.acted_is_known = false;
    if (is_wrong(client, now)) {
        kh_client_end_worker(client, KH_REASON_DAMAGE);
        return;
    }
    uint32_t id = kh_client_stepping(client, KH_READ_ONCE(client->tables->stepping));
    if (id == UINT32_MAX || is_overdue(client, id, now)) return;
    /* It computes with damaged memory, or is stuck where it did the damage. */
    if (kh_client_slot_overruns(client, id) != 0) kh_client_end_worker(client, KH_REASON_DAMAGE);
}

bool kh_client_check(kh_client *client, uint64_t memory_limit) {
    if (client->supervisor == NULL || atomic_load(&client->worker.state) != KH_WORKER_RUNNING)
        return false;
    if (memory_limit > 0 && kh_worker_memory(client->supervisor, &client->worker) > memory_limit) {
        kh_client_end_worker(client, KH_REASON_MEMORY);
        return true;
    }
    kh_client_watch(client);
    return client->reason != KH_REASON_NONE;
}

/* The fast way after a worker's death: a new worker continues exactly where the dead one was.
 * The calls stay where they are: in the list, in the rings, with the steps that they have had.
 * If anything is unusual, recovery.c hands over each call instead. */
#include "client/client.h"

#include <stdlib.h>
#include <string.h>

/* Returns how many calls wait in the submit ring, and in the queue after it. */
static uint32_t count_queued(const kh_client *client, uint64_t head) {
    uint32_t count = 0;
    for (; head != client->submit_tail; head++) {
        uint64_t word =
            atomic_load_explicit(&client->arena->submits[head % KH_SUBMITS], memory_order_relaxed);
        bool is_gone =
            client->is_shared &&
            atomic_load(&client->tables->claims[head % KH_SUBMITS]) == (uint32_t)head + 1;
        count += !is_gone && kh_submit_kind(word) != KH_SUBMIT_RELEASE;
    }
    for (size_t i = client->waiting_first; i < client->waiting_count; i++)
        count += kh_submit_kind(client->waiting[i]) != KH_SUBMIT_RELEASE;
    return count;
}

/* Returns how many calls the list has, without the one that died. For speed the rest of the list
 * is believed: the watchdog ends a lane that steps a call that it does not have. */
static uint32_t count_live(const kh_live *list, uint32_t count, uint32_t dead) {
    uint32_t live = 0;
    for (uint32_t i = 0; i < count; i++) live += list[i].place != 0 && list[i].place != dead;
    return live;
}

/* Closes the gaps of the list, and removes the call that died. Returns how many calls stood
 * before it; UINT32_MAX: it is not in the list. */
static uint32_t close_list(kh_live *list, uint32_t count, uint32_t dead) {
    uint32_t kept = 0, at = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = list[i].place;
        if (place == dead) {
            at = kept;
        } else if (place != 0) {
            if (kept != i) list[kept] = list[i];
            kept++;
        }
    }
    memset(list + kept, 0, (count - kept) * sizeof *list);
    return at;
}

/* Returns whether the lane's own words are as they must be in the middle of a step. */
static bool is_in_order(const kh_client *client, const kh_death *death, uint64_t head) {
    const kh_arena *arena = client->arena;
    const kh_tables *tables = client->tables;
    uint64_t top = KH_READ_ONCE(tables->blocks_top);
    uint32_t records = KH_READ_ONCE(tables->record_top);
    return death->has_call && client->reason != KH_REASON_DAMAGE &&
           client->reason != KH_REASON_HOST && !client->entries[death->slot].ended &&
           death->phase != KH_IN_FINISH && client->rigid == 0 &&
           atomic_load(&tables->parked_count) == 0 && atomic_load(&client->stopped) == 0 &&
           client->submit_tail - head <= KH_SUBMITS &&
           atomic_load(&tables->done_tail) == client->done_head &&
           atomic_load(&tables->text_tail) == client->text_head && top >= arena->blocks_used &&
           top <= client->layout.blocks_size / 2 && records >= 1 &&
           records <= client->layout.record_limit / 2;
}

bool kh_client_take_over(kh_client *client, const kh_death *death) {
    kh_arena *arena = client->arena;
    kh_tables *tables = client->tables;
    uint64_t head = kh_client_read_head(client);
    if (!is_in_order(client, death, head)) return false;
    uint32_t dead = kh_client_place(client, death->slot), count = KH_READ_ONCE(tables->live_count);
    if (count > client->live_limit) return false;
    kh_live *list = kh_at(arena, client->layout.live);
    uint32_t live = count_live(list, count, dead);
    if (live + count_queued(client, head) + 1 != kh_client_count_live(client)) return false;
    uint32_t at = close_list(list, count, dead);
    if (at > live) at = live; /* it was about to join, after a whole pass */
    arena->layout = client->layout;
    arena->blocks_used = (KH_READ_ONCE(tables->blocks_top) + 4095) & ~UINT64_C(4095);
    arena->records_used = KH_READ_ONCE(tables->record_top);
    arena->goes_on = 1;
    arena->goes_on_live = tables->live_count = live;
    arena->goes_on_at = at;
    KH_WRITE_ONCE(tables->stepping, 0);
    tables->has_made = 0;
    atomic_store(&tables->awake, 0);
    atomic_store(&tables->next_wake, UINT64_MAX);
    atomic_store(&tables->lane_event.sleeping, 0);
    atomic_store(&tables->crash.signal, 0);
    kh_client_wipe_output(client);
    return true;
}

size_t kh_client_beside(kh_client *client, kh_survivor *survivors, size_t limit) {
    const kh_live *list = kh_at(client->arena, client->layout.live);
    uint32_t count = client->arena->goes_on_live;
    size_t found = 0;
    for (uint32_t i = 0; i < count && found < limit; i++) {
        uint32_t id = kh_client_call(client, KH_READ_ONCE(list[i].id), KH_READ_ONCE(list[i].place));
        if (id == UINT32_MAX) continue;
        survivors[found++] = (kh_survivor){.tag = client->entries[id].tag,
                                           .slot = id,
                                           .kernel = client->entries[id].kernel,
                                           .fate = KH_FATE_RESUMED};
    }
    return found;
}

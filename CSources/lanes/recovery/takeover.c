/* A new worker goes on exactly where a dead one was: the calls stay where they are, in the
 * list, in the rings and with the steps they have had. Only where nothing speaks against it;
 * else recovery.c hands over each call by itself. */
#include "client/port.h"

#include <stdlib.h>
#include <string.h>

/* Calls that wait in the submit ring, and behind it. */
static uint32_t count_queued(const kh_port *port, uint64_t head) {
    uint32_t count = 0;
    for (; head != port->submit_tail; head++) {
        uint64_t word =
            atomic_load_explicit(&port->arena->submits[head % KH_SUBMITS], memory_order_relaxed);
        bool is_gone = port->is_shared &&
                       atomic_load(&port->tables->claims[head % KH_SUBMITS]) == (uint32_t)head + 1;
        count += !is_gone && kh_submit_kind(word) != KH_SUBMIT_RELEASE;
    }
    for (size_t i = port->waiting_first; i < port->waiting_count; i++)
        count += kh_submit_kind(port->waiting[i]) != KH_SUBMIT_RELEASE;
    return count;
}

/* How many calls the list has beside the one that died. What else it says is believed for the
 * speed of it: a lane that steps what it does not have is ended by the watch. */
static uint32_t count_live(const kh_live *list, uint32_t count, uint32_t dead) {
    uint32_t live = 0;
    for (uint32_t i = 0; i < count; i++) live += list[i].place != 0 && list[i].place != dead;
    return live;
}

/* Closes the holes of the list, and takes out the call that died; returns how many are
 * before it, UINT32_MAX if it is not there. */
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

/* Whether what lanes write about themselves is as it must be in the middle of a step. */
static bool is_in_order(const kh_port *port, const kh_death *death, uint64_t head) {
    const kh_arena *arena = port->arena;
    const kh_tables *tables = port->tables;
    uint64_t top = KH_READ_ONCE(tables->blocks_top);
    uint32_t records = KH_READ_ONCE(tables->record_top);
    return death->has_call && port->reason != KH_REASON_DAMAGE && port->reason != KH_REASON_HOST &&
           !port->entries[death->slot].ended && death->phase != KH_IN_FINISH &&
           port->rigid == 0 &&
           atomic_load(&tables->parked_count) == 0 && atomic_load(&port->stopped) == 0 &&
           port->submit_tail - head <= KH_SUBMITS &&
           atomic_load(&tables->done_tail) == port->done_head &&
           atomic_load(&tables->text_tail) == port->text_head &&
           top >= arena->blocks_used && top <= port->layout.blocks_size / 2 &&
           records >= 1 && records <= port->layout.record_limit / 2;
}

bool kh_port_take_over(kh_port *port, const kh_death *death) {
    kh_arena *arena = port->arena;
    kh_tables *tables = port->tables;
    uint64_t head = kh_port_read_head(port);
    if (!is_in_order(port, death, head)) return false;
    uint32_t dead = kh_port_place(port, death->slot), count = KH_READ_ONCE(tables->live_count);
    if (count > port->live_limit) return false;
    kh_live *list = kh_at(arena, port->layout.live);
    uint32_t live = count_live(list, count, dead);
    if (live + count_queued(port, head) + 1 != kh_port_count_live(port)) return false;
    uint32_t at = close_list(list, count, dead);
    if (at > live) at = live; /* it was about to join, after a whole pass */
    arena->layout = port->layout;
    arena->blocks_used = (KH_READ_ONCE(tables->blocks_top) + 4095) & ~UINT64_C(4095);
    arena->records_used = KH_READ_ONCE(tables->record_top);
    arena->goes_on = 1;
    arena->goes_on_live = tables->live_count = live;
    arena->goes_on_at = at;
    tables->stepping = 0;
    tables->has_made = 0;
    atomic_store(&tables->awake, 0);
    atomic_store(&tables->next_wake, UINT64_MAX);
    atomic_store(&tables->lane_event.sleeping, 0);
    atomic_store(&tables->crash.signal, 0);
    kh_port_wipe_output(port);
    return true;
}

size_t kh_port_beside(kh_port *port, kh_survivor *survivors, size_t limit) {
    const kh_live *list = kh_at(port->arena, port->layout.live);
    uint32_t count = port->arena->goes_on_live;
    size_t found = 0;
    for (uint32_t i = 0; i < count && found < limit; i++) {
        uint32_t id = kh_port_call(port, KH_READ_ONCE(list[i].id), KH_READ_ONCE(list[i].place));
        if (id == UINT32_MAX) continue;
        survivors[found++] = (kh_survivor){.tag = port->entries[id].tag,
                                           .slot = id,
                                           .kernel = port->entries[id].kernel,
                                           .fate = KH_FATE_RESUMED};
    }
    return found;
}

/* A new worker goes on exactly where a dead one was: the calls stay where they are, in the
 * list, in the rings and with the steps they have had. Only where nothing speaks against it;
 * else recovery.c hands over each call by itself. */
#include "port.h"

#include <stdlib.h>
#include <string.h>

/* Calls that wait in the submit ring, and behind it. */
static uint32_t count_queued(const kh_port *port, uint64_t head) {
    uint32_t count = 0;
    for (; head != port->submit_tail; head++) {
        uint64_t word =
            atomic_load_explicit(&port->arena->submits[head % KH_SUBMITS], memory_order_relaxed);
        bool is_gone = port->arena->is_shared != 0 &&
                       atomic_load(&port->arena->claims[head % KH_SUBMITS]) == (uint32_t)head + 1;
        count += !is_gone && (word & ~KH_SUBMIT_VALUE) != KH_SUBMIT_RELEASE;
    }
    for (size_t i = port->waiting_first; i < port->waiting_count; i++)
        count += (port->waiting[i] & ~KH_SUBMIT_VALUE) != KH_SUBMIT_RELEASE;
    return count;
}

/* How many calls the list has beside the one that died. */
static uint32_t count_live(const uint32_t *list, uint32_t count, uint32_t dead) {
    uint32_t live = 0;
    for (uint32_t i = 0; i < count; i++) live += list[i] != 0 && list[i] != dead;
    return live;
}

/* Closes the holes of the list, and takes out the call that died; answers how many are
 * before it, UINT32_MAX if it is not there. */
static uint32_t close_list(uint32_t *list, uint32_t count, uint32_t dead) {
    uint32_t kept = 0, at = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t unit = list[i];
        if (unit == dead) at = kept;
        else if (unit != 0) list[kept++] = unit;
    }
    memset(list + kept, 0, (count - kept) * sizeof *list);
    return at;
}

/* Whether what lanes write about themselves is as it must be in the middle of a step. */
static bool is_in_order(const kh_port *port, const kh_death *death, uint64_t head) {
    const kh_arena *arena = port->arena;
    uint64_t top = kh_look64(&arena->blocks_top);
    return death->has_call && port->reason != KH_REASON_DAMAGE && port->reason != KH_REASON_HOST &&
           !port->entries[death->slot].ended && death->phase != KH_IN_FINISH &&
           port->rigid == 0 &&
           atomic_load(&arena->parked_count) == 0 && atomic_load(&port->stopped) == 0 &&
           port->submit_tail - head <= KH_SUBMITS &&
           atomic_load(&arena->done_tail) == atomic_load(&arena->done_head) &&
           atomic_load(&arena->text_tail) == atomic_load(&arena->text_head) &&
           top >= arena->blocks_used && top <= port->layout.blocks_size / 2;
}

bool kh_port_take_over(kh_port *port, const kh_death *death) {
    kh_arena *arena = port->arena;
    uint64_t head = atomic_load(&arena->submit_head);
    if (!is_in_order(port, death, head)) return false;
    uint32_t dead = kh_look32(&arena->stepping), count = kh_look32(&arena->live_count);
    if (count > port->live_limit) return false;
    uint32_t *list = kh_at(arena, port->layout.live);
    uint32_t live = count_live(list, count, dead);
    if (live + count_queued(port, head) + 1 != kh_port_live(port)) return false;
    uint32_t at = close_list(list, count, dead);
    if (at > live) at = live; /* it was about to join, after a whole pass */
    arena->layout = port->layout;
    arena->blocks_used = (kh_look64(&arena->blocks_top) + 4095) & ~UINT64_C(4095);
    arena->goes_on = 1;
    arena->goes_on_live = arena->live_count = live;
    arena->goes_on_at = at;
    arena->stepping = 0;
    atomic_store(&arena->awake, 0);
    atomic_store(&arena->next_wake, UINT64_MAX);
    atomic_store(&arena->lane_gate.sleeping, 0);
    atomic_store(&arena->crash.signal, 0);
    memset(port->output, 0, strnlen(port->output, KH_OUTPUT_BYTES));
    return true;
}

size_t kh_port_beside(kh_port *port, kh_survivor *survivors, size_t limit) {
    const uint32_t *list = kh_at(port->arena, port->layout.live);
    uint32_t count = port->arena->goes_on_live;
    size_t found = 0;
    for (uint32_t i = 0; i < count && found < limit; i++) {
        uint32_t id = kh_port_call_at(port, kh_look32(&list[i]));
        if (id == UINT32_MAX) continue;
        survivors[found++] = (kh_survivor){.tag = port->entries[id].tag,
                                           .slot = id,
                                           .kernel = port->entries[id].kernel,
                                           .fate = KH_FATE_RESUMED};
    }
    return found;
}

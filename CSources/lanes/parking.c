/* Calls that sleep: a binary heap, the one to wake first on top. */
#include "lane.h"

#include <stdlib.h>

static bool parked_before(const kh_parked *a, const kh_parked *b) {
    return a->wake != b->wake ? a->wake < b->wake : a->order < b->order;
}

bool kh_lane_park(kh_lane *lane, kh_slot *slot) {
    if (lane->parked_count == lane->parked_capacity) {
        size_t capacity = lane->parked_capacity ? lane->parked_capacity * 2 : 256;
        kh_parked *grown = realloc(lane->parked, capacity * sizeof *grown);
        if (grown == NULL) return false;
        lane->parked = grown;
        lane->parked_capacity = capacity;
    }
    uint64_t deadline = atomic_load_explicit(&slot->deadline, memory_order_relaxed);
    kh_parked entry = {lane->wake < deadline ? lane->wake : deadline, lane->parked_order++, slot};
    size_t at = lane->parked_count++;
    atomic_store_explicit(&lane->arena->parked_count, (uint32_t)lane->parked_count,
                          memory_order_relaxed);
    while (at > 0 && parked_before(&entry, &lane->parked[(at - 1) / 2])) {
        lane->parked[at] = lane->parked[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    lane->parked[at] = entry;
    return true;
}

static void sift_down(kh_lane *lane, size_t at) {
    kh_parked entry = lane->parked[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= lane->parked_count) break;
        if (child + 1 < lane->parked_count &&
            parked_before(&lane->parked[child + 1], &lane->parked[child]))
            child++;
        if (!parked_before(&lane->parked[child], &entry)) break;
        lane->parked[at] = lane->parked[child];
        at = child;
    }
    lane->parked[at] = entry;
}

kh_slot *kh_lane_unpark(kh_lane *lane) {
    kh_slot *slot = lane->parked[0].slot;
    lane->parked[0] = lane->parked[--lane->parked_count];
    atomic_store_explicit(&lane->arena->parked_count, (uint32_t)lane->parked_count,
                          memory_order_relaxed);
    if (lane->parked_count > 0) sift_down(lane, 0);
    return slot;
}

void kh_lane_sort_parked(kh_lane *lane) {
    for (size_t i = lane->parked_count / 2; i-- > 0;) sift_down(lane, i);
}

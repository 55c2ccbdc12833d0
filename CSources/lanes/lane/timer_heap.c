/* A binary heap of sleeping calls. The call that wakes first is on top. The heap has room for every
 * call of the lane, so adding cannot fail. */
#include "lane/lane.h"

static bool parked_before(const kh_parked *a, const kh_parked *b) {
    return a->wake != b->wake ? a->wake < b->wake : a->order < b->order;
}

static void show_count(kh_lane *lane) {
    atomic_store_explicit(&lane->tables->parked_count, (uint32_t)lane->parked_count,
                          memory_order_relaxed);
}

void kh_timer_heap_add(kh_lane *lane, uint32_t id, uint32_t place, uint64_t wake) {
    if (lane->parked_count >= lane->layout.live_limit) _exit(KH_WORKER_DAMAGED);
    kh_parked entry = {wake, lane->parked_order++, id, place};
    size_t at = lane->parked_count++;
    show_count(lane);
    while (at > 0 && parked_before(&entry, &lane->parked[(at - 1) / 2])) {
        lane->parked[at] = lane->parked[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    lane->parked[at] = entry;
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

kh_parked kh_timer_heap_pop(kh_lane *lane) {
    kh_parked first = lane->parked[0];
    lane->parked[0] = lane->parked[--lane->parked_count];
    show_count(lane);
    if (lane->parked_count > 0) sift_down(lane, 0);
    return first;
}

void kh_timer_heap_restore(kh_lane *lane) {
    for (size_t i = lane->parked_count / 2; i-- > 0;) sift_down(lane, i);
}

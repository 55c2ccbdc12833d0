/* Notifies the client that there is something to reap, and waits until it has made room. */
#include "lane/lane.h"

void kh_lane_notify_client(kh_lane *lane) {
    lane->unnotified = 0;
    lane->last_notify = lane->now;
    kh_eventcount_notify(&lane->tables->client_event);
}

void kh_lane_wait_room(kh_lane *lane, bool (*has_room)(const kh_lane *lane, uint64_t need),
                       uint64_t need) {
    kh_eventcount *event = &lane->tables->lane_event;
    while (!has_room(lane, need)) {
        kh_lane_notify_client(lane);
        uint32_t word = kh_eventcount_prepare(event);
        if (has_room(lane, need)) {
            kh_eventcount_cancel(event);
            return;
        }
        uint64_t before = kh_monotonic();
        kh_eventcount_wait(event, word, -1);
        lane->now += kh_monotonic() - before; /* the client was slow, not the call */
    }
}

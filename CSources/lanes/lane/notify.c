/* Telling the port that there is something to take, and waiting until it has made room. */
#include "lane/lane.h"

void kh_lane_tell(kh_lane *lane) {
    lane->untold = 0;
    lane->last_signal = lane->now;
    kh_gate_signal(&lane->tables->port_gate);
}

void kh_lane_wait_room(kh_lane *lane, bool (*has_room)(const kh_lane *lane, uint64_t need),
                       uint64_t need) {
    kh_gate *gate = &lane->tables->lane_gate;
    while (!has_room(lane, need)) {
        kh_lane_tell(lane);
        uint32_t word = kh_gate_prepare(gate);
        if (has_room(lane, need)) {
            kh_gate_leave(gate);
            return;
        }
        uint64_t before = kh_monotonic();
        kh_gate_sleep(gate, word, -1);
        lane->now += kh_monotonic() - before; /* the port was slow, and not the call */
    }
}

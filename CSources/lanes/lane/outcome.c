/* What happens to a call after its code has returned, and after its lane has died. */
#include "lane/lane.h"

#include <errno.h>
#include <stdio.h>

void kh_lane_take_result(kh_lane *lane, uint32_t id, uint32_t place, int result,
                     const char *function) {
    if (result == KH_PARKED && lane->sleeper == id + 1) {
        kh_lane_sleep(lane, id, place);
    } else if (result == KH_DONE) {
        kh_lane_complete(lane, id, place, KH_ENDED_OK, 0);
    } else if (result < 0) {
        kh_lane_complete(lane, id, place, KH_ENDED_ERROR, result);
    } else {
        char text[160];
        int length = snprintf(text, sizeof text,
                              result == KH_PARKED
                                  ? "%s returned KH_PARKED (%d) without kh_sleep"
                                  : "%s returned %d; expected KH_DONE, KH_MORE, the result of "
                                    "kh_sleep() or a negative error code",
                              function, result);
        kh_lane_set_message(lane, id, -EPROTO, text, (size_t)length);
        kh_lane_complete(lane, id, place, KH_ENDED_ERROR, -EPROTO);
    }
}

bool kh_lane_can_go_on(kh_lane *lane, uint32_t id, uint32_t place) {
    int refusal = -EOVERFLOW;
    if (kh_lane_is_whole(lane, id, place)) {
        kh_lane_enter(lane, id, place);
        refusal = kh_lane_make_ready(lane, id);
        kh_lane_leave(lane);
    }
    if (KH_LIKELY(refusal == 0)) return true;
    KH_WRITE_ONCE(lane->cold[id].phase, KH_NOT_BEGUN); /* none of its code runs here */
    kh_lane_complete(lane, id, place, KH_ENDED_ERROR, refusal);
    return false;
}

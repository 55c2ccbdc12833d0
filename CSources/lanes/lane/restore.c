/* Restores what a call has changed in its process, and notes it with the call. */
#include "lane/lane.h"
#include "plugins/runtimes.h"

#include <locale.h>

static void note_changes(kh_lane *lane, uint32_t id, uint32_t changes) {
    uint32_t told = KH_CHANGED_ALL | KH_CHANGED_PERHAPS;
    if (changes & KH_CHANGED_ALL)
        KH_WRITE_ONCE(lane->cold[id].changes,
                      (uint16_t)(lane->cold[id].changes | (changes & told)));
    if (lane->all_touch == 0) return;
    lane->looks_left = KH_LOOKS;
    lane->is_watched = true;
}

void kh_lane_restore_process(kh_lane *lane, uint32_t id, uint32_t parts) {
    if (parts & KH_PRINTS_APART) kh_runtimes_flush();
    uint32_t changes = kh_process_restore(&lane->process, parts);
    bool has_printed = kh_lane_has_output(lane); /* from the buffers of streams */
    if (has_printed) kh_lane_take_output(lane, id);
    if (changes != 0) note_changes(lane, id, changes);
    else if (!has_printed && --lane->looks_left == 0) lane->is_watched = lane->checks;
}

/* Checks what else a call may have left changed, which takes system calls. What its kernel is
 * known to change was checked after each step. The rest can only come from code that makes
 * system calls directly. Among short calls, another that ended in the last fifth of a
 * millisecond may be the cause. */
void kh_lane_look_at_process(kh_lane *lane, uint32_t id) {
    enum { LOOK_NS = 200000 };
    kh_lane_look_behind(lane, id);
    if (KH_LIKELY(setlocale(LC_ALL, NULL) == lane->locale &&
                  kh_standard_streams_are_as_noted(&lane->process.files))) {
        uint64_t now = lane->is_slow ? kh_monotonic() : lane->now;
        if (KH_LIKELY(now - lane->process_seen < LOOK_NS)) return;
        lane->process_seen = now;
    }
    uint32_t parts = KH_CHANGED_ALL & ~(uint32_t)KH_CHANGED_HANDLERS;
    uint32_t changes =
        kh_process_restore(&lane->process, parts | (lane->all_touch & KH_CHANGED_HANDLERS));
    kh_lane_look_at_output(lane, id);
    if (changes != 0) note_changes(lane, id, changes | KH_CHANGED_PERHAPS);
}

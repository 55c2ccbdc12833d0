/* Where the copies of half-done calls lie in an arena: one that is asked for now and then, and
 * one that is made when all calls are stopped. So the last one never overwrites bytes that the
 * client still reads. */
#ifndef KH_SNAPSHOT_PARTS_H
#define KH_SNAPSHOT_PARTS_H

#include "shared/arena.h"
#include "kh_snapshot.h"

/* A call that a lane will copy. A list of them begins the first part. */
typedef struct kh_target {
    uint32_t id, place;
} kh_target;

static inline uint64_t kh_targets_size(const kh_layout *layout) {
    return kh_up_to_page(layout->live_limit * sizeof(kh_target));
}

static inline uint64_t kh_snapshot_start(const kh_layout *layout, bool final) {
    return layout->snapshots + (final ? layout->snapshots_size / 2 : kh_targets_size(layout));
}

static inline uint64_t kh_snapshot_room(const kh_layout *layout, bool final) {
    uint64_t half = layout->snapshots_size / 2, used = final ? 0 : kh_targets_size(layout);
    return half > used ? half - used : 0;
}

static inline uint64_t kh_up_to_word(uint64_t size) { return (size + 7) & ~UINT64_C(7); }

#endif

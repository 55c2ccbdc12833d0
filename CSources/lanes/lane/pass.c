/* The innermost loop: the cost of a step while no call ends. */
#include "lane/lane.h"

/* Runs passes. [is_worker]: descriptors 1 and 2 lead to memory, which is checked after each
 * step. [is_mixed]: there are calls of several kernels, so a changed floating-point state must
 * not reach the next call. */
__attribute__((always_inline)) static inline uint32_t pass(kh_lane *lane, uint32_t first,
                                                           uint32_t count, bool repeats,
                                                           bool is_worker, bool is_mixed,
                                                           int *result) {
    kh_arena *arena = lane->arena;
    kh_call *calls = lane->calls;
    uint64_t *stepping = &lane->tables->stepping;
    const kh_live *at = lane->live + first, *end = lane->live + count;
    const volatile unsigned char *output = (const volatile unsigned char *)lane->output;
    uint64_t tick = lane->tick;
    for (;; at = lane->live) {
        for (; at != end; at++) {
            /* Past the list's end this may be any place: a prefetch is not an access. */
            kh_prefetch_write(kh_at_place(arena, at[KH_AHEAD].place));
            uint32_t place = at->place, id = at->id;
            KH_WRITE_ONCE(*stepping, kh_stepping_word(id, place)); /* before its code runs */
            int returned = at->step(&calls[id], kh_at_place(arena, place));
            if (KH_UNLIKELY(returned != KH_MORE || (is_worker && *output != KH_OUTPUT_MARK) ||
                            (is_mixed && !kh_float_is_plain()))) {
                *result = returned;
                return (uint32_t)(at - lane->live);
            }
        }
        if (!repeats ||
            atomic_load_explicit(&arena->epoch, memory_order_relaxed) != lane->epoch ||
            atomic_load_explicit(&arena->tick, memory_order_relaxed) != tick)
            return count;
        KH_WRITE_ONCE(lane->tables->pass, ++lane->pass);
    }
}

uint32_t kh_lane_pass(kh_lane *lane, uint32_t at, uint32_t count, bool repeats, int *result) {
    if (lane->is_mixed) return pass(lane, at, count, repeats, lane->is_worker, true, result);
    return lane->is_worker ? pass(lane, at, count, repeats, true, false, result)
                           : pass(lane, at, count, repeats, false, false, result);
}

/* The end of a call: finish, results into the arena, the completion. */
#include "lane.h"

#include <stdio.h>
#include <string.h>

/* Bytes that a result points to; 0 for results that are numbers. */
static uint64_t pointed_size(const kh_field *field, uint64_t count, bool *overflow) {
    uint64_t unit = field->type == KH_I64_ARRAY || field->type == KH_F64_ARRAY ? 8 : 1;
    uint64_t size = 0;
    *overflow = __builtin_mul_overflow(count, unit, &size);
    return size;
}

/* A result may point anywhere in the lane's memory (a string constant, the
 * state). What lies outside the arena is copied into it for the port to see. */
static int gather_results(kh_lane *lane, kh_slot *slot) {
    const kh_field *field = kh_kernel_of(lane, slot)->results;
    char *state = kh_state_of(slot);
    for (; field != NULL && field->name != NULL; field++) {
        if (field->type < KH_TEXT) continue;
        struct {
            const void *data;
            uint64_t count;
        } value;
        memcpy(&value, state + field->offset, sizeof value);
        bool overflow;
        uint64_t size = pointed_size(field, value.count, &overflow);
        if (size == 0 && !overflow) continue;
        uint64_t start = (uint64_t)((const char *)value.data - (const char *)lane->arena);
        uint64_t whole = lane->arena->layout.size;
        if (start < whole && size <= whole - start && !overflow) continue;
        char text[160];
        if (value.data == NULL || overflow) {
            int length = snprintf(text, sizeof text, "result %.60s has %llu elements at %s",
                                  field->name, (unsigned long long)value.count,
                                  value.data == NULL ? "NULL" : "no address");
            kh_lane_set_message(lane, slot, -EFAULT, text, (size_t)length);
            return -EFAULT;
        }
        void *copy = kh_lane_alloc(lane, slot, size);
        if (copy == NULL) {
            int length = snprintf(text, sizeof text, "no memory to copy result %.60s", field->name);
            kh_lane_set_message(lane, slot, -ENOMEM, text, (size_t)length);
            return -ENOMEM;
        }
        memcpy(copy, value.data, size);
        value.data = copy;
        memcpy(state + field->offset, &value, sizeof value);
    }
    return 0;
}

static bool completions_have_room(const kh_arena *arena, uint64_t need) {
    uint64_t used = atomic_load_explicit(&arena->done_tail, memory_order_relaxed) -
                    atomic_load_explicit(&arena->done_head, memory_order_acquire);
    return KH_COMPLETIONS - used >= need;
}

static void wait_for_completion_room(kh_lane *lane, uint64_t tail) {
    if (KH_LIKELY(tail - lane->done_head < KH_COMPLETIONS)) return;
    if (!completions_have_room(lane->arena, 1))
        kh_lane_wait_room(lane, completions_have_room, 1);
    lane->done_head = atomic_load_explicit(&lane->arena->done_head, memory_order_acquire);
}

void kh_lane_settle(kh_lane *lane, kh_slot *slot, enum kh_ending ending, int code) {
    kh_arena *arena = lane->arena;
    kh_cold *cold = kh_cold_of(lane, slot);
    const kh_kernel *kernel = kh_kernel_of(lane, slot);
    uint64_t steps = lane->pass - cold->pass_base;
    KH_SHOW(cold->phase, KH_IN_FINISH);
    if (kernel->finish != NULL && cold->started_ns != 0) {
        arena->stepping = (uint32_t)(kh_offset(arena, slot) / 64);
        int answer = kernel->finish(&slot->call, kh_state_of(slot));
        kh_lane_look_at_output(lane, slot);
        if (answer < 0 && ending == KH_ENDED_OK) {
            ending = KH_ENDED_ERROR;
            code = answer;
        }
    }
    arena->stepping = 0;
    if (ending == KH_ENDED_OK && kernel->results != NULL) {
        code = gather_results(lane, slot);
        if (code != 0) ending = KH_ENDED_ERROR;
    }
    if (cold->message != 0 && cold->fail_code != code) cold->message = 0; /* of another failure */
    uint64_t tail = atomic_load_explicit(&arena->done_tail, memory_order_relaxed);
    wait_for_completion_room(lane, tail);
    lane->now = kh_monotonic();
    lane->now_is_old = false;
    arena->completions[tail % KH_COMPLETIONS] = (kh_done){
        .steps = steps,
        /* 0 says that it was not started */
        .nanoseconds = cold->started_ns == 0               ? 0
                       : lane->now > cold->started_ns ? lane->now - cold->started_ns
                                                      : 1,
        .started_ns = cold->started_ns,
        .slot = slot->id & 0xffffffu,
        .ending = (uint32_t)ending & 0xfu,
        .has_blocks = cold->allocations != 0,
        .code = code,
    };
    atomic_store_explicit(&arena->done_tail, tail + 1, memory_order_release);
    lane->untold++;
    /* The port is told at the end of a pass; in a long one, now and then. */
    if (lane->untold >= 512 || lane->now - lane->last_signal > lane->tell_ns) kh_lane_tell(lane);
}

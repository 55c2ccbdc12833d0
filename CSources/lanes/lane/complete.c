/* Completes a call: finish, results into the arena, the completion. */
#include "plugins/fields.h"
#include "lane/own_time.h"
#include "lane/processor_time.h"
#include "plugins/runtimes.h"

#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>

/* Returns the bytes that a result points to; 0 for a number. */
static uint64_t pointed_size(const kh_field *field, uint64_t count, bool *overflow) {
    uint64_t size = 0;
    *overflow = __builtin_mul_overflow(count, kh_pointed_unit(field), &size);
    return size;
}

/* Returns whether bytes lie in a part of the arena that the client can read. */
static bool is_shared(const kh_layout *layout, uint64_t start, uint64_t size) {
    uint64_t end = layout->blocks + layout->blocks_size;
    return start >= layout->slots && start < end && size <= end - start;
}

static int fault(kh_lane *lane, uint32_t id, int code, const char *text, int length) {
    kh_lane_set_message(lane, id, code, text, (size_t)length);
    return code;
}

/* Copies results into the arena. A result may point anywhere in the lane's memory (a string
 * constant, the state), and the client reads only the arena. */
static int gather_results(kh_lane *lane, uint32_t id, char *state) {
    const kh_field *field = kh_kernel_of(lane, id)->results;
    for (; field != NULL && field->name != NULL; field++) {
        if (!kh_is_pointed(field)) continue;
        struct {
            const void *data;
            uint64_t count;
        } value;
        memcpy(&value, state + field->offset, sizeof value);
        bool overflow;
        uint64_t size = pointed_size(field, value.count, &overflow);
        if (size == 0 && !overflow) continue;
        uint64_t start = (uint64_t)((const char *)value.data - (const char *)lane->arena);
        if (!overflow && is_shared(&lane->layout, start, size)) continue;
        char text[160];
        if (value.data == NULL || overflow)
            return fault(lane, id, -EFAULT, text,
                         snprintf(text, sizeof text, "result %.60s has %llu elements at %s",
                                  field->name, (unsigned long long)value.count,
                                  value.data == NULL ? "NULL" : "no address"));
        uint32_t block = kh_lane_alloc(lane, id, size);
        if (block == 0)
            return fault(lane, id, -ENOMEM, text,
                         snprintf(text, sizeof text, "no memory to copy result %.60s",
                                  field->name));
        char *copy = kh_block_bytes(&lane->blocks, block);
        memcpy(copy, value.data, size);
        value.data = copy;
        memcpy(state + field->offset, &value, sizeof value);
    }
    return 0;
}

static bool completions_have_room(const kh_lane *lane, uint64_t need) {
    uint64_t used = atomic_load_explicit(&lane->tables->done_tail, memory_order_relaxed) -
                    atomic_load_explicit(&lane->arena->done_head, memory_order_acquire);
    return KH_COMPLETIONS - used >= need;
}

static void wait_for_completion_room(kh_lane *lane, uint64_t tail) {
    if (KH_LIKELY(tail - lane->done_head < KH_COMPLETIONS)) return;
    if (!completions_have_room(lane, 1)) kh_lane_wait_room(lane, completions_have_room, 1);
    lane->done_head = atomic_load_explicit(&lane->arena->done_head, memory_order_acquire);
}

/* Counts the time of the step that ended the call. Returns the call's own time. */
static uint64_t last_account(kh_lane *lane, uint32_t id) {
    kh_cold *cold = &lane->cold[id];
    if (!cold->has_joined || lane->is_slow) {
        uint64_t passed = kh_lane_read_clock(lane);
        if (cold->started_ns != 0) KH_WRITE_ONCE(cold->own_ns, cold->own_ns + passed);
    } else {
        kh_lane_share_out(lane);
    }
    if (cold->started_ns == 0) return 0; /* 0 means that it was never started */
    uint64_t own = kh_lane_own(lane, id), age = lane->now - cold->started_ns;
    if (own > age) own = age;
    return own > 0 ? own : 1;
}

/* Returns whether a file of the C library is open in addition to the standard ones, which are
 * last in its list. What calls left in the buffer of such a file would be lost with the process. */
static bool has_open_files(void) {
#ifdef __GLIBC__
    extern void *_IO_list_all;
    return _IO_list_all != (void *)stderr;
#else
    return true;
#endif
}

void kh_lane_complete(kh_lane *lane, uint32_t id, uint32_t place, enum kh_ending ending, int code) {
    kh_cold *cold = &lane->cold[id];
    const kh_kernel *kernel = kh_kernel_of(lane, id);
    char *state = kh_at_place(lane->arena, place);
    uint64_t steps = lane->pass - cold->pass_base;
    /* Another process may run its finish. */
    bool is_begun = cold->started_ns != 0 && cold->phase != KH_NOT_BEGUN &&
                    (cold->said & KH_IS_COPIED) == 0;
    KH_WRITE_ONCE(cold->phase, KH_IN_FINISH);
    if (KH_UNLIKELY(lane->checks)) kh_lane_open_memory(lane, kh_stepping_word(id, place));
    /* A damaged state gets no finish: its pointers may be anything. */
    if (kernel->finish != NULL && is_begun && kh_lane_is_whole(lane, id, place)) {
        kh_lane_enter(lane, id, place);
        if (lane->is_counted) kh_lane_enter_counted(lane, id);
        /* A call of a dead lane may end before its next step here. */
        int result = kh_lane_make_ready(lane, id);
        if (result == 0) result = kernel->finish(&lane->calls[id], state);
        kh_lane_look_at_output(lane, id);
        if (result < 0 && ending == KH_ENDED_OK) {
            ending = KH_ENDED_ERROR;
            code = result;
        }
    }
    if (ending == KH_ENDED_OK && kernel->results != NULL) {
        kh_lane_enter(lane, id, place); /* its pointers are followed */
        code = gather_results(lane, id, state);
        if (code != 0) ending = KH_ENDED_ERROR;
    }
    kh_lane_look_at_floats(lane, id);
    if (__fpending(stdout) > 0) fflush(stdout); /* of a thread: before the next call prints */
    if (KH_UNLIKELY(has_open_files())) fflush(NULL);
    if (KH_UNLIKELY(lane->all_touch & KH_PRINTS_APART) &&
        (kh_lane_touches(lane, id) & KH_PRINTS_APART))
        kh_runtimes_flush();
    kh_lane_look_at_output(lane, id);
    if (lane->is_worker) kh_lane_look_at_process(lane, id);
    kh_lane_leave(lane);
    /* the message belongs to another failure */
    if (cold->message != 0 && cold->fail_code != code) cold->message = 0;
    uint64_t tail = atomic_load_explicit(&lane->tables->done_tail, memory_order_relaxed);
    wait_for_completion_room(lane, tail);
    uint64_t own = last_account(lane, id);
    /* The client checks the guard words around the state after it has read the results. */
    bool is_whole = cold->block == 0 || kh_blocks_are_whole(&lane->blocks, cold->block, id);
    if (KH_UNLIKELY(lane->checks)) kh_lane_open_memory(lane, 0);
    lane->tables->completions[tail % KH_COMPLETIONS] = (kh_done){
        .steps = steps,
        .started_ns = cold->started_ns,
        .own_ns = (float)own,
        .elapsed_ns = cold->started_ns == 0 ? 0 : (float)(lane->now - cold->started_ns),
        .id = id & 0xffffffu,
        .ending = (uint32_t)ending & 0xfu,
        .has_blocks = cold->block != 0,
        .has_overrun = !is_whole,
        .has_changes = cold->changes != 0,
        .code = code,
    };
    atomic_store_explicit(&lane->tables->done_tail, tail + 1, memory_order_release);
    lane->unnotified++;
    /* The client is notified at the end of a pass, and from time to time in a long one. */
    if (lane->unnotified >= 512 || lane->now - lane->last_notify > lane->notify_ns)
        kh_lane_notify_client(lane);
}

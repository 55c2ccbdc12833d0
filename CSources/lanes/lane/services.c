/* What a lane does for the calls it runs: the functions behind kh_services. */
#include "lane/own_time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static kh_lane *lane_of(kh_call *call) {
    return (kh_lane *)(uintptr_t)call->services;
}

/* The id of the call whose code runs, if it is this one: what a kernel has kept of another
 * call, or lets another thread use, is good for nothing. */
static bool is_current(kh_lane *lane, const kh_call *call, uint32_t *id) {
    uint64_t number = (uint64_t)(call - lane->calls);
    if (number + 1 != lane->tables->stepping >> 32) return false;
    *id = (uint32_t)number;
    return true;
}

uint32_t kh_lane_alloc(kh_lane *lane, uint32_t id, uint64_t size) {
    kh_cold *cold = &lane->cold[id];
    if (cold->memory_left != 0 && size >= cold->memory_left) return 0;
    uint32_t number = kh_blocks_take(&lane->blocks, size, id);
    if (number == 0) return 0;
    /* For the lane after this one. */
    KH_SHOW(lane->tables->blocks_top, lane->blocks.top);
    KH_SHOW(lane->tables->record_top, lane->blocks.record_top);
    if (cold->memory_left != 0) cold->memory_left -= size;
    lane->blocks.records[number].next = cold->block;
    cold->block = number;
    return number;
}

static void *service_alloc(kh_call *call, size_t size) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (!is_current(lane, call, &id)) return NULL;
    uint32_t number = kh_lane_alloc(lane, id, size);
    return number == 0 ? NULL : kh_block_bytes(&lane->blocks, number);
}

void kh_lane_set_message(kh_lane *lane, uint32_t id, int code, const char *text, size_t length) {
    kh_cold *cold = &lane->cold[id];
    uint32_t number = kh_lane_alloc(lane, id, length);
    cold->message = number;
    cold->fail_code = code;
    if (number == 0) return; /* the code's own text will have to do */
    memcpy(kh_block_bytes(&lane->blocks, number), text, length);
    cold->message_length = (uint16_t)length;
}

static int service_fail(kh_call *call, int code, const char *format, va_list arguments) {
    char text[KH_LONGEST_MESSAGE + 1];
    uint32_t id;
    if (code >= 0) code = -EINVAL; /* a positive code would read as KH_MORE */
    if (!is_current(lane_of(call), call, &id)) return code;
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length < 0) length = 0;
    if (length > KH_LONGEST_MESSAGE) length = KH_LONGEST_MESSAGE;
    kh_lane_set_message(lane_of(call), id, code, text, (size_t)length);
    return code;
}

static bool text_has_room(const kh_lane *lane, uint64_t need) {
    uint64_t used = atomic_load_explicit(&lane->tables->text_tail, memory_order_relaxed) -
                    atomic_load_explicit(&lane->arena->text_head, memory_order_acquire);
    return KH_TEXT_BYTES - used >= need;
}

static void copy_in(kh_tables *tables, uint64_t position, const void *bytes, size_t length) {
    size_t at = position % KH_TEXT_BYTES;
    size_t before_end = KH_TEXT_BYTES - at < length ? KH_TEXT_BYTES - at : length;
    memcpy(tables->text + at, bytes, before_end);
    memcpy(tables->text, (const char *)bytes + before_end, length - before_end);
}

static void put_text(kh_lane *lane, uint32_t id, const char *text, size_t length) {
    kh_tables *tables = lane->tables;
    while (length > 0) {
        size_t part = length < KH_LONGEST_PIECE ? length : KH_LONGEST_PIECE;
        uint64_t need = sizeof(kh_piece) + ((part + 7) & ~(size_t)7);
        if (!text_has_room(lane, need)) kh_lane_wait_room(lane, text_has_room, need);
        uint64_t tail = atomic_load_explicit(&tables->text_tail, memory_order_relaxed);
        kh_piece head = {id, (uint32_t)part};
        copy_in(tables, tail, &head, sizeof head);
        copy_in(tables, tail + sizeof head, text, part);
        atomic_store_explicit(&tables->text_tail, tail + need, memory_order_release);
        lane->untold++;
        text += part;
        length -= part;
    }
}

void kh_lane_take_output(kh_lane *lane, uint32_t id) {
    char *output = (char *)(uintptr_t)lane->output;
    int copy = kh_standard_copy(&lane->process.files);
    off_t place = lseek(copy, 0, SEEK_CUR);
    size_t length = place > 0 && place <= KH_OUTPUT_BYTES ? (size_t)place : kh_output_length(output);
    put_text(lane, id | KH_PIECE_OUTPUT, output, length);
    /* A flood's pages go back; a line's page will be wanted again. */
    if (length < 65536 || madvise(output, KH_OUTPUT_BYTES, MADV_REMOVE) != 0)
        memset(output, 0, length);
    output[0] = (char)KH_OUTPUT_MARK;
    lseek(copy, 0, SEEK_SET);
    kh_standard_forget_bytes();
}

static void service_print(kh_call *call, const char *format, va_list arguments) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (!is_current(lane, call, &id)) return;
    char text[1024];
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length >= (int)sizeof text) {
        char *longer = malloc((size_t)length + 1);
        if (longer == NULL) {
            put_text(lane, id, text, sizeof text - 1);
        } else {
            vsnprintf(longer, (size_t)length + 1, format, again);
            put_text(lane, id, longer, (size_t)length);
            free(longer);
        }
    } else if (length > 0) {
        put_text(lane, id, text, (size_t)length);
    }
    va_end(again);
}

static void service_progress(kh_call *call, double fraction) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (!is_current(lane, call, &id)) return;
    atomic_store_explicit(&lane->turns[id].progress, fraction, memory_order_relaxed);
    KH_SHOW(lane->cold[id].has_progress, 1);
}

/* By the tick: a step that asks all the time shall not read the clock all the time. */
static bool service_should_stop(kh_call *call) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (!is_current(lane, call, &id)) return false;
    if (atomic_load_explicit(&lane->arena->stop, memory_order_relaxed) != 0 ||
        atomic_load_explicit(&lane->ends[id], memory_order_relaxed) != KH_GO_ON)
        return true;
    const kh_cold *cold = &lane->cold[id];
    uint64_t tick = atomic_load_explicit(&lane->arena->tick, memory_order_relaxed);
    uint64_t inside = tick > lane->now ? tick - lane->now : 0;
    uint64_t deadline = lane->turns[id].deadline_ns;
    return (cold->timeout_ns != 0 && kh_lane_own(lane, id) + inside >= cold->timeout_ns) ||
           (deadline != 0 && tick > cold->started_ns && tick - cold->started_ns >= deadline);
}

static int service_sleep(kh_call *call, double seconds) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (isnan(seconds)) return kh_fail(call, -EINVAL, "kh_sleep: the time to sleep is NaN");
    if (seconds <= 0) return KH_MORE;
    if (!is_current(lane, call, &id)) return -EINVAL;
    lane->sleeper = id + 1;
    lane->wake = seconds < 9e9 ? kh_monotonic() + (uint64_t)(seconds * 1e9) : UINT64_MAX;
    return KH_PARKED;
}

static void *service_shared(kh_call *call) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    return is_current(lane, call, &id) ? kh_lane_shared(lane, id) : NULL;
}

static uint64_t service_number(kh_call *call) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    return is_current(lane, call, &id) ? lane->numbers[id] >> 16 : 0;
}

static uint32_t service_attempt(kh_call *call) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    return is_current(lane, call, &id) ? (uint32_t)(lane->numbers[id] & 0xffff) : 1;
}

/* Where steps are fast, the time since the last reading is shared by the calls that take turns. */
static double service_time_left(kh_call *call) {
    kh_lane *lane = lane_of(call);
    uint32_t id;
    if (!is_current(lane, call, &id)) return INFINITY;
    const kh_cold *cold = &lane->cold[id];
    uint64_t deadline = lane->turns[id].deadline_ns, now = kh_monotonic();
    uint64_t since = now - lane->now;
    if (!lane->is_slow && lane->live_count > 0) since /= lane->live_count;
    double own = (double)(kh_lane_own(lane, id) + since), left = INFINITY;
    if (cold->timeout_ns != 0) left = (double)cold->timeout_ns - own;
    if (deadline != 0 && cold->started_ns != 0) {
        double wall = (double)deadline - (double)(now - cold->started_ns);
        if (wall < left) left = wall;
    }
    return left > 0 ? left * 1e-9 : 0;
}

void kh_services_init(kh_services *services) {
    *services = (kh_services){
        .size = sizeof(kh_services),
        .fail = service_fail,
        .print = service_print,
        .progress = service_progress,
        .should_stop = service_should_stop,
        .alloc = service_alloc,
        .sleep = service_sleep,
        .shared = service_shared,
        .number = service_number,
        .attempt = service_attempt,
        .time_left = service_time_left,
    };
}

/* What a lane does for the calls it runs: the functions behind kh_services. */
#include "lane.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static kh_slot *slot_of(kh_call *call) {
    return (kh_slot *)call; /* its first member */
}

void *kh_lane_alloc(kh_lane *lane, kh_slot *slot, uint64_t size) {
    if (size > lane->blocks.size) return NULL;
    uint64_t whole = size + sizeof(kh_block);
    uint64_t *left = kh_memory_left(lane->arena, &lane->arena->layout, slot->id);
    if (*left != 0 && whole >= *left) return NULL;
    bool is_zero = false;
    kh_block *block = kh_heap_take(&lane->blocks, whole, &is_zero);
    if (block == NULL) return NULL;
    lane->arena->blocks_top = lane->blocks.top; /* for the lane after this one */
    if (!is_zero) memset(block + 1, 0, size);
    if (*left != 0) *left -= whole;
    kh_cold *cold = kh_cold_of(lane, slot);
    block->next = cold->allocations;
    block->size = whole;
    cold->allocations = kh_offset(lane->arena, block);
    return block + 1;
}

static void *service_alloc(kh_call *call, size_t size) {
    return kh_lane_alloc(kh_lane_of(call), slot_of(call), size);
}

void kh_lane_set_message(kh_lane *lane, kh_slot *slot, int code, const char *text, size_t length) {
    kh_cold *cold = kh_cold_of(lane, slot);
    char *message = kh_lane_alloc(lane, slot, length);
    cold->message = 0;
    cold->fail_code = code;
    if (message == NULL) return; /* the code's own text will have to do */
    memcpy(message, text, length);
    cold->message = kh_offset(lane->arena, message);
    cold->message_length = (uint32_t)length;
}

static int service_fail(kh_call *call, int code, const char *format, va_list arguments) {
    char text[4001];
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length < 0) length = 0;
    if (length > 4000) length = 4000;
    if (code >= 0) code = -EINVAL; /* a positive code would read as KH_MORE */
    kh_lane_set_message(kh_lane_of(call), slot_of(call), code, text, (size_t)length);
    return code;
}

static bool text_has_room(const kh_arena *arena, uint64_t need) {
    uint64_t used = atomic_load_explicit(&arena->text_tail, memory_order_relaxed) -
                    atomic_load_explicit(&arena->text_head, memory_order_acquire);
    return KH_TEXT_BYTES - used >= need;
}

static void copy_in(kh_arena *arena, uint64_t position, const void *bytes, size_t length) {
    size_t at = position % KH_TEXT_BYTES;
    size_t before_end = KH_TEXT_BYTES - at < length ? KH_TEXT_BYTES - at : length;
    memcpy(arena->text + at, bytes, before_end);
    memcpy(arena->text, (const char *)bytes + before_end, length - before_end);
}

static void put_text(kh_lane *lane, uint32_t slot, const char *text, size_t length) {
    kh_arena *arena = lane->arena;
    while (length > 0) {
        size_t part = length < 65536 ? length : 65536;
        uint64_t need = sizeof(kh_piece) + ((part + 7) & ~(size_t)7);
        if (!text_has_room(arena, need)) kh_lane_wait_room(lane, text_has_room, need);
        uint64_t tail = atomic_load_explicit(&arena->text_tail, memory_order_relaxed);
        kh_piece head = {slot, (uint32_t)part};
        copy_in(arena, tail, &head, sizeof head);
        copy_in(arena, tail + sizeof head, text, part);
        atomic_store_explicit(&arena->text_tail, tail + need, memory_order_release);
        lane->untold++;
        text += part;
        length -= part;
    }
}

void kh_lane_take_output(kh_lane *lane, const kh_slot *slot) {
    char *output = (char *)(uintptr_t)lane->output;
    size_t length = strnlen(output, KH_OUTPUT_BYTES);
    put_text(lane, slot->id | KH_PIECE_OUTPUT, output, length);
    /* A flood's pages go back; a line's page will be wanted again. */
    if (length < 65536 || madvise(output, KH_OUTPUT_BYTES, MADV_REMOVE) != 0)
        memset(output, 0, length);
    /* The two share their place, unless the kernel has closed one. */
    lseek(1, 0, SEEK_SET);
    lseek(2, 0, SEEK_SET);
}

static void service_print(kh_call *call, const char *format, va_list arguments) {
    kh_lane *lane = kh_lane_of(call);
    char text[1024];
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length >= (int)sizeof text) {
        char *longer = malloc((size_t)length + 1);
        if (longer == NULL) {
            put_text(lane, slot_of(call)->id, text, sizeof text - 1);
        } else {
            vsnprintf(longer, (size_t)length + 1, format, again);
            put_text(lane, slot_of(call)->id, longer, (size_t)length);
            free(longer);
        }
    } else if (length > 0) {
        put_text(lane, slot_of(call)->id, text, (size_t)length);
    }
    va_end(again);
}

static void service_progress(kh_call *call, double fraction) {
    atomic_store_explicit(&kh_cold_of(kh_lane_of(call), slot_of(call))->progress, fraction,
                          memory_order_relaxed);
}

static bool service_should_stop(kh_call *call) {
    uint64_t tick = atomic_load_explicit(&kh_lane_of(call)->arena->tick, memory_order_relaxed);
    return atomic_load_explicit(&slot_of(call)->deadline, memory_order_relaxed) <= tick;
}

static int service_sleep(kh_call *call, double seconds) {
    kh_lane *lane = kh_lane_of(call);
    if (isnan(seconds)) return kh_fail(call, -EINVAL, "kh_sleep: the time to sleep is NaN");
    if (seconds <= 0) return KH_MORE;
    uint64_t now = kh_monotonic();
    lane->sleeper = slot_of(call);
    lane->wake = seconds < 9e9 ? now + (uint64_t)(seconds * 1e9) : UINT64_MAX;
    return KH_PARKED;
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
    };
}

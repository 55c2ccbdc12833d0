/* The text ring: what calls print, and what they write to descriptors 1 and 2. */
#include "lane/lane.h"

#include <string.h>
#include <sys/mman.h>

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

/* Counts what a call has printed, for its copies. */
static void count_text(kh_lane *lane, uint32_t id, size_t length) {
    kh_cold *cold = &lane->cold[id];
    if ((cold->said & KH_SAID_TEXT) == 0) lane->turns[id].printed = 0;
    cold->said |= KH_SAID_TEXT;
    lane->turns[id].printed += length;
}

void kh_lane_put_text(kh_lane *lane, uint32_t id, const char *text, size_t length) {
    kh_tables *tables = lane->tables;
    if (lane->copies && (id & KH_PIECE_OUTPUT) == 0) count_text(lane, id, length);
    while (length > 0) {
        size_t part = length < KH_LONGEST_PIECE ? length : KH_LONGEST_PIECE;
        uint64_t need = sizeof(kh_piece) + ((part + 7) & ~(size_t)7);
        if (!text_has_room(lane, need)) kh_lane_wait_room(lane, text_has_room, need);
        uint64_t tail = atomic_load_explicit(&tables->text_tail, memory_order_relaxed);
        kh_piece head = {id, (uint32_t)part};
        copy_in(tables, tail, &head, sizeof head);
        copy_in(tables, tail + sizeof head, text, part);
        atomic_store_explicit(&tables->text_tail, tail + need, memory_order_release);
        lane->unnotified++;
        text += part;
        length -= part;
    }
}

void kh_lane_take_output(kh_lane *lane, uint32_t id) {
    char *output = (char *)(uintptr_t)lane->output;
    int copy = kh_standard_copy(&lane->process.files);
    off_t place = lseek(copy, 0, SEEK_CUR);
    size_t length =
        place > 0 && place <= KH_OUTPUT_BYTES ? (size_t)place : kh_output_length(output);
    kh_lane_put_text(lane, id | KH_PIECE_OUTPUT, output, length);
    /* Give back the pages of a large text; a short one's page is used again. */
    if (length < 65536 || madvise(output, KH_OUTPUT_BYTES, MADV_REMOVE) != 0)
        memset(output, 0, length);
    output[0] = (char)KH_OUTPUT_MARK;
    lseek(copy, 0, SEEK_SET);
    kh_standard_forget_bytes();
}

/* Memory that a call owns: blocks of kh_alloc, and the text of its failure. */
#include "lane/lane.h"

#include <string.h>

uint32_t kh_lane_alloc(kh_lane *lane, uint32_t id, uint64_t size) {
    kh_cold *cold = &lane->cold[id];
    if (cold->memory_left != 0 && size >= cold->memory_left) return 0;
    uint32_t number = kh_blocks_take(&lane->blocks, size, id);
    if (number == 0) return 0;
    /* For the next lane, if this one dies. */
    KH_WRITE_ONCE(lane->tables->blocks_top, lane->blocks.top);
    KH_WRITE_ONCE(lane->tables->record_top, lane->blocks.record_top);
    if (cold->memory_left != 0) cold->memory_left -= size;
    lane->blocks.records[number].next = cold->block;
    cold->block = number;
    return number;
}

void kh_lane_set_message(kh_lane *lane, uint32_t id, int code, const char *text, size_t length) {
    kh_cold *cold = &lane->cold[id];
    uint32_t number = kh_lane_alloc(lane, id, length);
    cold->message = number;
    cold->fail_code = code;
    if (number == 0) return; /* then only the code's own text is shown */
    memcpy(kh_block_bytes(&lane->blocks, number), text, length);
    cold->message_length = (uint16_t)length;
}

/* Checked memory: opens and closes the pages of calls. */
#include "lane/checked.h"

#include "shared/guard_words.h"

#include <sys/mman.h>

static void protect(void *start, uint64_t size, int protection) {
    if (size > 0 && mprotect(start, size, protection) != 0) _exit(KH_WORKER_DAMAGED);
}

static char *end_of_state(kh_lane *lane, uint32_t id, char *state) {
    uint64_t end = kh_offset(lane->arena, state) + kh_kernel_of(lane, id)->state_size;
    return kh_at(lane->arena, kh_up_to_page(end));
}

/* Changes the protection of all of a call's memory: state, arguments and blocks. */
static void set(kh_lane *lane, uint64_t word, int protection) {
    uint32_t id = (uint32_t)(word >> 32) - 1;
    char *state = kh_at_place(lane->arena, (uint32_t)word);
    uint64_t first = (kh_offset(lane->arena, state) - KH_PLACE) & ~(uint64_t)(KH_CHECKED_PAGE - 1);
    char *end = end_of_state(lane, id, state);
    protect(kh_at(lane->arena, first), kh_offset(lane->arena, end) - first, protection);
    protect(end + KH_CHECKED_PAGE, kh_up_to_page(lane->turns[id].payload), protection);
    const kh_blocks *blocks = &lane->blocks;
    uint32_t number = lane->cold[id].block;
    for (uint32_t count = 0; number != 0 && number < blocks->record_top; count++) {
        const kh_block *block = &blocks->records[number];
        if (count > blocks->record_top) _exit(KH_WORKER_DAMAGED);
        protect(blocks->base + (uint64_t)block->unit * 64, kh_checked_room(block->bytes),
                protection);
        number = block->next;
    }
}

void kh_lane_open_memory(kh_lane *lane, uint64_t word) {
    if (lane->opened == word) return;
    if (lane->opened != 0) set(lane, lane->opened, PROT_NONE);
    lane->opened = word;
    if (word != 0) set(lane, word, PROT_READ | PROT_WRITE);
}

void kh_checked_begin(kh_lane *lane) {
    const kh_layout *layout = &lane->layout;
    lane->checks = lane->blocks.is_checked && sysconf(_SC_PAGESIZE) == KH_CHECKED_PAGE;
    lane->is_watched = lane->is_watched || lane->checks;
    if (!lane->checks) return;
    protect(kh_at(lane->arena, layout->slots), layout->slots_size, PROT_NONE);
    protect(kh_at(lane->arena, layout->blocks), layout->blocks_size, PROT_NONE);
}

bool kh_checked_is_whole(kh_lane *lane, uint32_t id, uint32_t place) {
    char *state = kh_at_place(lane->arena, place);
    const uint64_t before[2] = {KH_WORD_BEFORE, KH_WORD_BEFORE}, behind = KH_WORD_BEHIND;
    char *end = state + kh_kernel_of(lane, id)->state_size;
    uint64_t slack = (uint64_t)(end_of_state(lane, id, state) - end);
    if (slack > sizeof behind) slack = sizeof behind;
    return memcmp(state - sizeof before, before, sizeof before) == 0 &&
           memcmp(end, &behind, slack) == 0 &&
           (lane->cold[id].block == 0 ||
            kh_blocks_are_whole(&lane->blocks, lane->cold[id].block, id));
}

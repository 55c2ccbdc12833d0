/* The allocator of kh_alloc. */
#include "shared/blocks.h"

#include "shared/sizes.h"

#include <string.h>
#include <sys/mman.h>

_Static_assert((int)KH_BLOCK_CLASSES == (int)KH_SIZE_CLASSES, "a list for each size class");

/* A number that no kernel writes by accident. */
static const uint64_t guard_word = UINT64_C(0x9e3779b97f4a7c15);

void kh_blocks_init(kh_blocks *blocks, char *base, uint64_t size, kh_block *records,
                    uint32_t record_limit) {
    memset(blocks, 0, sizeof *blocks);
    blocks->base = base;
    blocks->size = size;
    blocks->records = records;
    blocks->record_limit = record_limit;
    blocks->record_top = 1;
}

/* Returns the bytes of the guard word after a block that are accessible. */
static size_t length_behind(const kh_blocks *blocks, uint32_t number) {
    uint64_t bytes = blocks->records[number].bytes, left = kh_up_to_place(bytes) - bytes;
    return blocks->is_checked && left < sizeof guard_word ? (size_t)left : sizeof guard_word;
}

static void set_guards(const kh_blocks *blocks, uint32_t number) {
    char *bytes = kh_block_bytes(blocks, number);
    uint64_t words[2] = {guard_word, guard_word ^ number};
    memcpy(bytes - KH_BLOCK_GUARD, words, sizeof words);
    memcpy(bytes + blocks->records[number].bytes, words, length_behind(blocks, number));
}

static bool is_whole(const kh_blocks *blocks, uint32_t number) {
    const char *bytes = kh_block_bytes(blocks, number);
    uint64_t words[2] = {guard_word, guard_word ^ number};
    return memcmp(bytes - KH_BLOCK_GUARD, words, sizeof words) == 0 &&
           memcmp(bytes + blocks->records[number].bytes, words,
                  length_behind(blocks, number)) == 0;
}

/* Returns whether a record can belong to the call. A wild write can reach the table too. */
static bool is_of(const kh_blocks *blocks, uint32_t number, uint32_t id) {
    if (number == 0 || number >= blocks->record_top) return false;
    const kh_block *block = &blocks->records[number];
    uint64_t start = (uint64_t)block->unit * 64, length = (uint64_t)block->units * 64;
    return block->owner == id + 1 && start < blocks->top && length <= blocks->top - start &&
           length >= KH_BLOCK_GUARD + sizeof guard_word &&
           block->bytes <= length - KH_BLOCK_GUARD - sizeof guard_word;
}

static uint32_t unused_record(kh_blocks *blocks) {
    if (blocks->record_top == blocks->record_limit) return 0;
    return blocks->record_top++;
}

static void open_block(const kh_blocks *blocks, uint32_t number) {
    const kh_block *block = &blocks->records[number];
    mprotect(blocks->base + (uint64_t)block->unit * 64, kh_checked_room(block->bytes),
             PROT_READ | PROT_WRITE);
}

uint32_t kh_blocks_take(kh_blocks *blocks, uint64_t size, uint32_t id) {
    uint64_t rounded, length = size + KH_BLOCK_GUARD + sizeof guard_word;
    if (size > blocks->size || length > blocks->size) return 0;
    if (blocks->is_checked) length = kh_checked_room(size) + KH_CHECKED_PAGE;
    uint32_t index = kh_size_class(length, &rounded);
    if (index >= KH_BLOCK_CLASSES) return 0;
    uint32_t number = blocks->lists[index];
    if (number >= blocks->record_top) number = 0; /* a wild write changed the list: do without it */
    if (number != 0) {
        blocks->lists[index] = blocks->records[number].next;
        blocks->records[number].bytes = size;
        if (blocks->is_checked) open_block(blocks, number);
    } else {
        if (rounded > blocks->size - blocks->top) return 0;
        number = unused_record(blocks);
        if (number == 0) return 0;
        blocks->records[number].unit = (uint32_t)(blocks->top / 64);
        blocks->records[number].units = (uint32_t)(rounded / 64);
        blocks->records[number].bytes = size;
        blocks->top += rounded;
        if (blocks->is_checked) open_block(blocks, number);
    }
    /* Fresh memory is zeroed too: a wild write may have reached it. Large blocks are discarded
     * instead. */
    if (rounded < KH_LARGE_BLOCK) memset(kh_block_bytes(blocks, number), 0, size);
    blocks->records[number].owner = id + 1;
    set_guards(blocks, number);
    return number;
}

char *kh_blocks_take_at(kh_blocks *blocks, uint32_t unit, uint32_t units, uint64_t bytes,
                        uint32_t id, uint32_t *last) {
    uint64_t end = ((uint64_t)unit + units) * 64, length = (uint64_t)units * 64, rounded;
    if (end > blocks->size || length < KH_BLOCK_GUARD + sizeof guard_word ||
        bytes > length - KH_BLOCK_GUARD - sizeof guard_word ||
        kh_size_class(length, &rounded) >= KH_BLOCK_CLASSES || rounded != length)
        return NULL;
    uint32_t number = unused_record(blocks);
    if (number == 0) return NULL;
    blocks->records[number] =
        (kh_block){.unit = unit, .units = units, .next = *last, .owner = id + 1, .bytes = bytes};
    if (end > blocks->top) blocks->top = end;
    set_guards(blocks, number);
    *last = number;
    return kh_block_bytes(blocks, number);
}

bool kh_blocks_give(kh_blocks *blocks, uint32_t last, uint32_t id) {
    while (last != 0) {
        if (!is_of(blocks, last, id)) return false;
        kh_block *block = &blocks->records[last];
        uint32_t next = block->next;
        uint64_t length = (uint64_t)block->units * 64, rounded;
        uint32_t index = kh_size_class(length, &rounded);
        if (index >= KH_BLOCK_CLASSES || rounded != length) return false;
        char *start = blocks->base + (uint64_t)block->unit * 64;
        bool is_large = length >= KH_LARGE_BLOCK;
        if (is_large && blocks->is_checked) mprotect(start, length, PROT_READ | PROT_WRITE);
        if (is_large) kh_discard(start, length);
        if (blocks->is_checked) mprotect(start, length, PROT_NONE);
        block->owner = 0; /* the list contains itself */
        block->next = blocks->lists[index];
        blocks->lists[index] = last;
        last = next;
    }
    return true;
}

bool kh_blocks_are_whole(const kh_blocks *blocks, uint32_t last, uint32_t id) {
    for (uint32_t count = 0; last != 0; last = blocks->records[last].next) {
        if (!is_of(blocks, last, id) || !is_whole(blocks, last)) return false;
        if (++count > blocks->record_top) return false;
    }
    return true;
}

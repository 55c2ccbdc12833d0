/* Guard words before and after a state show an overrun when the call ends. */
#ifndef KH_GUARD_WORDS_H
#define KH_GUARD_WORDS_H

#include "kh_lanes.h"

#include <string.h>

/* Numbers that no kernel writes by accident. */
#define KH_WORD_BEFORE UINT64_C(0xd6e8feb86659fd93)
#define KH_WORD_BEHIND UINT64_C(0xa0761d6478bd642f)

/* Writes 16 bytes before the state and 8 after it. */
static inline void kh_set_guard_words(void *state, uint64_t size) {
    const uint64_t before[2] = {KH_WORD_BEFORE, KH_WORD_BEFORE}, behind = KH_WORD_BEHIND;
    memcpy((char *)state - sizeof before, before, sizeof before);
    memcpy((char *)state + size, &behind, sizeof behind);
}

/* Writes the last 8 bytes of a slot with a payload. */
static inline void kh_set_end_word(char *end) {
    const uint64_t word = KH_WORD_BEHIND;
    memcpy(end - sizeof word, &word, sizeof word);
}

static inline bool kh_is_end_word_whole(const char *end) {
    uint64_t word;
    memcpy(&word, end - sizeof word, sizeof word);
    return word == KH_WORD_BEHIND;
}

/* Returns which guard words are damaged, as bits of kh_overrun. */
static inline uint32_t kh_state_overruns(const void *state, uint64_t size) {
    uint64_t before[2], behind;
    memcpy(before, (const char *)state - sizeof before, sizeof before);
    memcpy(&behind, (const char *)state + size, sizeof behind);
    return (before[0] != KH_WORD_BEFORE || before[1] != KH_WORD_BEFORE ? KH_OVERRUN_BEFORE : 0) |
           (behind != KH_WORD_BEHIND ? KH_OVERRUN_BEHIND : 0);
}

#endif

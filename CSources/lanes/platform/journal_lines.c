#include "kh_journal.h"

#include <string.h>

/* Row 0 has the remainder of each byte, row k that of a byte with k zero bytes behind it: eight
 * bytes at a time are eight look-ups that do not wait for each other. */
#define POLYNOMIAL 0x82F63B78u /* 0x1EDC6F41 with its bits reversed */

#define BIT(c) ((c) & 1 ? (c) >> 1 ^ POLYNOMIAL : (c) >> 1)

static uint32_t rows[8][256];

/* Runs before main, so that threads find the table complete. */
__attribute__((constructor)) static void make_rows(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t c = byte;
        for (int bit = 0; bit < 8; bit++) c = BIT(c);
        rows[0][byte] = c;
    }
    for (int row = 1; row < 8; row++)
        for (int byte = 0; byte < 256; byte++)
            rows[row][byte] = rows[row - 1][byte] >> 8 ^ rows[0][rows[row - 1][byte] & 0xFF];
}

static uint64_t eight(const unsigned char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

uint32_t kh_crc32c(uint32_t crc, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    crc = ~crc;
    for (; size >= 8; size -= 8, at += 8) {
        uint64_t word = eight(at) ^ crc;
        crc = rows[7][word & 0xFF] ^ rows[6][word >> 8 & 0xFF] ^ rows[5][word >> 16 & 0xFF] ^
              rows[4][word >> 24 & 0xFF] ^ rows[3][word >> 32 & 0xFF] ^ rows[2][word >> 40 & 0xFF] ^
              rows[1][word >> 48 & 0xFF] ^ rows[0][word >> 56];
    }
    for (; size > 0; size--, at++) crc = crc >> 8 ^ rows[0][(crc ^ *at) & 0xFF];
    return ~crc;
}

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* What stands between a line's bytes and its end: ,"crc":"xxxxxxxx"} */
enum { CHECKSUM_LENGTH = 18 };

static kh_line_state check(const char *line, size_t length) {
    if (length <= CHECKSUM_LENGTH || line[0] != '{') return KH_LINE_UNCHECKED;
    size_t before = length - CHECKSUM_LENGTH;
    const char *end = line + before;
    if (memcmp(end, ",\"crc\":\"", 8) != 0 || memcmp(end + 16, "\"}", 2) != 0)
        return KH_LINE_UNCHECKED;
    uint32_t stated = 0;
    for (int i = 8; i < 16; i++) {
        int value = digit(end[i]);
        if (value < 0) return KH_LINE_UNCHECKED;
        stated = stated << 4 | (uint32_t)value;
    }
    return stated == kh_crc32c(0, line, before) ? KH_LINE_WHOLE : KH_LINE_WRONG;
}

kh_line_state kh_journal_check(const char *line, size_t length) {
    kh_line_state state = check(line, length);
    return state != KH_LINE_WHOLE && memchr(line, 0, length) != NULL ? KH_LINE_ZEROS : state;
}

/* The number behind {"c": and where it ends; -1: there is none. */
static int64_t call_number(const char *line, size_t length, size_t *end) {
    static const char begin[] = "{\"c\":";
    size_t at = sizeof begin - 1;
    if (length <= at || memcmp(line, begin, at) != 0) return -1;
    int64_t number = 0;
    size_t first = at;
    for (; at < length && line[at] >= '0' && line[at] <= '9'; at++) {
        if (at - first >= 15) return -1;
        number = number * 10 + (line[at] - '0');
    }
    *end = at;
    return at > first && at < length && line[at] == ',' ? number : -1;
}

size_t kh_journal_lines(const char *bytes, size_t size, kh_journal_line *lines, size_t room,
                        size_t *used) {
    static const char status[] = ",\"status\":";
    size_t count = 0, at = 0;
    while (count < room && at < size) {
        const char *line = bytes + at, *feed = memchr(line, '\n', size - at);
        if (feed == NULL) break;
        size_t length = (size_t)(feed - line);
        if (length > 0) {
            kh_journal_line *found = &lines[count++];
            *found = (kh_journal_line){.start = at, .length = length, .call = -1};
            kh_line_state state = kh_journal_check(line, length);
            found->state = state;
            size_t end = 0;
            if (state == KH_LINE_WHOLE) found->call = call_number(line, length, &end);
            if (found->call >= 0)
                found->is_ok = length - end < sizeof status - 1 ||
                               memcmp(line + end, status, sizeof status - 1) != 0;
        }
        at += length + 1;
    }
    *used = at;
    return count;
}
